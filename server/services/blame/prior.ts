/** The prior π: what a model says on average over its dataset, so without having seen a sample. */
import { keyOf } from '../cache';
import { draw } from '../population/draw';
import { datasetFor, openSource } from '../population/source';
import { UserError } from '../../errors';
import { storedPrior, storePrior, WORTH } from './prior-store';
import type { Compute } from '../../compute/types';
import type { Feeds } from '../../engine/types';
import type { DatasetShare, PriorReport } from '../../protocol';
import type { ResultCache } from '../cache';
import type { LoadedModel } from '../load';
import type { PopulationContext } from '../population';
import type { Tally } from '../population/draw';
import type { RequestOptions } from '../types';

export interface Prior {
  /** π, one per class. */
  readonly probabilities: readonly number[];
  /** Null for the uniform prior. */
  readonly source: DatasetShare | null;
}

export interface PriorContext extends PopulationContext {
  readonly compute: Compute;
  readonly priors: ResultCache<Prior>;
}

/** Samples a prior is the mean over, at most: the standard error of a mean probability is then below 0.0112. */
const MOST_SAMPLES = 2000;
/** Samples encoded before they are predicted together. */
const AT_ONCE = 64;

/**
 * Mean prediction over the model's dataset (role `train` preferred; the one used is named), at most 2000 samples spread
 * over all of it. Computed once for a model and a state of the dataset.
 * @throws UserError `no-dataset`, `no-members`, … (`populationOf`).
 */
export async function priorOf(
  context: PriorContext,
  model: LoadedModel,
  { signal, progress }: RequestOptions = {},
): Promise<Prior> {
  const dataset = datasetFor(model.chosen);
  const source = await openSource(context, model, dataset);
  const key = keyOf('prior', model.summary.hash, model.source, source.fingerprint, source.encoder.key);
  const known = context.priors.get(key);
  if (known !== undefined) return known;
  const stored = await storedPrior(key, model.summary.output.classes);
  if (stored !== null) {
    context.priors.set(key, stored);
    return stored;
  }
  const began = performance.now();
  const tally: Tally = { drawn: 0, skipped: 0, reason: null };
  const count = Math.min(MOST_SAMPLES, source.total);
  let sums: number[] = [];
  let rows: Feeds[] = [];
  const add = async (): Promise<void> => {
    if (rows.length === 0) return;
    const options = signal === undefined ? {} : { signal };
    const { probabilities } = await context.compute.probabilities({ model: model.source, rows }, options);
    rows = [];
    for (const row of probabilities) sums = row.map((p, c) => (sums[c] ?? 0) + p);
    progress?.(tally.drawn, count, `Prior over ${source.name}`);
  };
  for await (const { member } of draw(source, model.labels, { count: MOST_SAMPLES, seed: 0 }, tally, signal)) {
    rows.push(member.feeds);
    if (rows.length >= AT_ONCE) await add();
  }
  await add();
  if (tally.drawn === 0)
    throw new UserError('no-members', `No sample of "${source.name}" can be read, so there is no prior.`, {
      ...(tally.reason === null ? {} : { where: tally.reason }),
      next: 'Check the dataset’s entry in model-blame.json, or use prior=uniform.',
    });
  const prior: Prior = {
    probabilities: sums.map((sum) => sum / tally.drawn),
    source: { dataset: source.name, role: source.role, samples: tally.drawn, total: source.total },
  };
  context.priors.set(key, prior);
  if (performance.now() - began > WORTH) await storePrior(key, prior);
  return prior;
}

export function uniformPrior(classes: number): Prior {
  return { probabilities: Array.from({ length: classes }, () => 1 / classes), source: null };
}

/** @returns −log π_gold in nats beside π. */
export function priorReport({ probabilities, source }: Prior, gold: number): PriorReport {
  return { probabilities, surprise: -Math.log(probabilities[gold] ?? 0), source };
}

/** `prior 0.103 over 1005 samples of data/test/**`. */
export function shareWords({ dataset, role, samples, total }: DatasetShare): string {
  const which = role === 'train' ? 'training data' : 'not marked as training data';
  return `${samples === total ? `all ${total}` : `${samples} of ${total}`} samples of ${dataset} (${which})`;
}
