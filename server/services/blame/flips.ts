/** The service behind `flips`: the removal experiment over all misclassified samples of a dataset. */
import { throwIfCancelled, UserError } from '../../errors';
import { toPath } from '../../workspace/uris';
import { firstSample } from '../addresses';
import { modelRef } from '../load';
import { draw } from '../population/draw';
import { openSource } from '../population/source';
import { prepare } from '../prepare';
import { needsClasses } from '../quantities';
import { blamePrepared } from './blame';
import type { Feeds } from '../../engine/types';
import type {
  BlameResponse,
  FlippedSample,
  FlipsRequest,
  FlipsResponse,
  RemovalTrial,
  SampleAddress,
} from '../../protocol';
import type { ExplainContext } from '../explain';
import type { Tally } from '../population/draw';
import type { Prepared } from '../prepare';
import type { RequestOptions } from '../types';

/** Samples predicted at once. */
const AT_ONCE = 64;
const MOST_MISCLASSIFIED = 1000;

/**
 * Predicts every sample and tests the blame of each misclassified one. A sample counts as fixed at k when the gold class
 * wins after at most k replaced features: by the first replacement (the nearest donor) in the order of blame; for random
 * order the share of the random trials.
 * @throws UserError `no-samples`, `nothing-misclassified`, and what `blame` throws.
 */
export async function flips(
  context: ExplainContext,
  request: FlipsRequest,
  options: RequestOptions = {},
): Promise<FlipsResponse> {
  const began = performance.now();
  const { signal, progress } = options;
  const [first] = request.uris;
  if (first === undefined) throw new UserError('no-samples', 'No file of a dataset is named.');
  const begin = firstSample(first);
  const { model } = await prepare(context, { address: begin, model: request.model }, signal);
  needsClasses(model, 'Blame of misclassified samples');
  const dataset = model.chosen.dataset ?? { files: first };
  const source = await openSource(context, model, dataset, request.uris.map(toPath));

  const tally: Tally = { drawn: 0, skipped: 0, reason: null };
  const wrong: SampleAddress[] = [];
  let unlabelled = 0;
  let waiting: { readonly feeds: Feeds; readonly gold: number; readonly address: SampleAddress }[] = [];
  const predictAll = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const { probabilities } = await context.compute.probabilities(
      { model: model.source, rows: waiting.map(({ feeds }) => feeds) },
      signal === undefined ? {} : { signal },
    );
    waiting.forEach(({ gold, address }, i) => {
      const row = probabilities[i] ?? [];
      if (row.indexOf(Math.max(...row)) !== gold) wrong.push(address);
    });
    waiting = [];
    progress?.(tally.drawn, source.total, 'Predicting');
  };
  for await (const { member, sample } of draw(source, model.labels, { count: source.total, seed: 0 }, tally, signal)) {
    if (member.gold === null) unlabelled += 1;
    else waiting.push({ feeds: member.feeds, gold: member.gold, address: sample.ref.address });
    if (waiting.length >= AT_ONCE) await predictAll();
  }
  await predictAll();
  const chosen = wrong.slice(0, request.most ?? MOST_MISCLASSIFIED);
  if (chosen.length === 0)
    throw new UserError(
      'nothing-misclassified',
      unlabelled === tally.drawn
        ? 'No sample has a gold label.'
        : `None of the ${tally.drawn} samples is misclassified.`,
      { next: 'Name the labels in model-blame.json ("label", "labelFrom"), or another dataset.' },
    );

  const results: BlameResponse[] = [];
  const blameOne = async (address: SampleAddress): Promise<BlameResponse> => {
    const prepared: Prepared = await prepare(context, { address, model: request.model }, signal);
    const { uris: _uris, most: _most, ...wish } = request;
    return blamePrepared(context, prepared, wish, signal === undefined ? {} : { signal });
  };
  for (const address of chosen) {
    throwIfCancelled(signal);
    results.push(await blameOne(address));
    progress?.(results.length, chosen.length, 'Removing what is blamed');
  }
  const [one] = results;
  return {
    model: modelRef(model, source.encoder.kind),
    samples: tally.drawn,
    misclassified: wrong.length,
    unlabelled,
    method: one?.explanation.method ?? '',
    parameters: one?.explanation.parameters ?? {},
    replacement: one?.replacement ?? { id: 'baseline', label: '' },
    remove: request.remove,
    blame: curve(results, request.remove, ({ trials }) => trials.slice(0, 1)),
    random: curve(results, request.remove, ({ random }) => random),
    errors: results.map(flipped),
    milliseconds: performance.now() - began,
  };
}

/** Share of samples that are gold after at most k features, k = 0 … most; several trials of a sample are averaged. */
export function curve(
  results: readonly BlameResponse[],
  most: number,
  trialsOf: (result: BlameResponse) => readonly RemovalTrial[],
): number[] {
  return Array.from({ length: most + 1 }, (_, k) => {
    const fixed = results.map((result) => {
      const trials = trialsOf(result);
      return trials.filter(({ flipsAt }) => flipsAt !== null && flipsAt <= k).length / Math.max(1, trials.length);
    });
    return fixed.reduce((sum, share) => sum + share, 0) / results.length;
  });
}

function flipped({ explanation, gold, trials }: BlameResponse): FlippedSample {
  return {
    sample: explanation.sample,
    gold: gold.label,
    predicted: explanation.prediction[0]?.label ?? '',
    flipsAt: trials[0]?.flipsAt ?? null,
  };
}
