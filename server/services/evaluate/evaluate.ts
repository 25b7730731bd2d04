/** The service behind `evaluate`: the removal experiment for several methods over samples of a dataset. */
import { throwIfCancelled, UserError } from '../../errors';
import { toPath } from '../../workspace/uris';
import { firstSample } from '../addresses';
import { modelRef } from '../load';
import { draw } from '../population/draw';
import { openSource } from '../population/source';
import { prepare } from '../prepare';
import { needsClasses } from '../quantities';
import { contestants } from './contestants';
import { sampleTrial } from './trial';
import { summary } from './summary';
import type { EvaluateRequest, EvaluateResponse } from '../../protocol';
import type { ExplainContext } from '../explain';
import type { Tally } from '../population/draw';
import type { RequestOptions } from '../types';
import type { SampleTrial } from './trial';

/** @throws UserError `no-samples`, `needs-classes`, and what the methods and the replacement say. */
export async function evaluate(
  context: ExplainContext,
  request: EvaluateRequest,
  options: RequestOptions = {},
): Promise<EvaluateResponse> {
  const began = performance.now();
  const { signal, progress } = options;
  const [first] = request.uris;
  if (first === undefined) throw new UserError('no-samples', 'No file of a dataset is named.');
  const begin = firstSample(first);
  const engine = request.engine ?? null;
  const { model } = await prepare(context, { address: begin, model: request.model, engine }, signal);
  needsClasses(model, 'Evaluating explanations');
  const { methods, left } = contestants(model, request.methods);
  const dataset = model.chosen.dataset ?? { files: first };
  const source = await openSource(context, model, dataset, request.uris.map(toPath));

  const tally: Tally = { drawn: 0, skipped: 0, reason: null };
  const wish = { count: request.samples, seed: request.seed };
  const wanted = Math.min(request.samples, source.total);
  const trials: SampleTrial[] = [];
  progress?.(0, wanted, 'Explaining and removing');
  for await (const { sample, position } of draw(source, model.labels, wish, tally, signal)) {
    throwIfCancelled(signal);
    const prepared = await prepare(context, { address: sample.ref.address, model: request.model, engine }, signal);
    try {
      trials.push(await sampleTrial(context, prepared, methods, request, position, signal));
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'nothing-to-remove') throw error;
      tally.skipped += 1;
      tally.reason ??= error.message;
    }
    progress?.(trials.length, wanted, 'Explaining and removing');
  }
  const [trial] = trials;
  if (trial === undefined)
    throw new UserError('no-samples', 'None of the samples can be evaluated.', {
      where: tally.reason ?? source.name,
      next: 'Check the dataset’s entry in model-blame.json, or name another file.',
    });
  const seen = summary(methods, trials);
  return {
    model: modelRef(model, source.encoder.kind),
    dataset: source.name,
    samples: trials.length,
    total: source.total,
    skipped: tally.skipped === 0 ? null : { samples: tally.skipped, reason: tally.reason ?? '' },
    seed: request.seed,
    steps: request.steps,
    replacement: trial.replacement,
    sets: trial.sets,
    methods: seen.methods,
    left: [...left, ...seen.left],
    milliseconds: performance.now() - began,
  };
}
