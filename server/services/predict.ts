/** The service behind `predict`. */
import { throwIfCancelled } from '../errors';
import { keyOf } from './cache';
import { prepare } from './prepare';
import type { Compute, ComputedPrediction } from '../compute/types';
import type { ClassScore, Prediction, PredictRequest } from '../protocol';
import type { ResultCache } from './cache';
import type { PrepareContext, Prepared } from './prepare';
import type { RequestOptions } from './types';

export interface PredictContext extends PrepareContext {
  readonly compute: Compute;
  readonly predictions: ResultCache<ComputedPrediction>;
}

export async function predict(
  context: PredictContext,
  request: PredictRequest,
  { signal, progress }: RequestOptions = {},
): Promise<Prediction> {
  const began = performance.now();
  throwIfCancelled(signal);
  const prepared = await prepare(context, request, signal);
  const computed = await scoresOf(context, prepared, {
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  });
  return {
    sample: prepared.sample.ref,
    model: prepared.ref,
    scores: listedScores(computed.scores, [prepared.gold?.class]),
    gold: prepared.gold,
    ...(prepared.goldSource === null ? {} : { goldSource: prepared.goldSource }),
    ...(prepared.positions === undefined ? {} : { positions: prepared.positions }),
    features: prepared.encoded.features,
    engine: computed.engine,
    milliseconds: performance.now() - began,
  };
}

export async function scoresOf(
  context: PredictContext,
  prepared: Prepared,
  options: RequestOptions,
): Promise<ComputedPrediction> {
  const { model, encoded } = prepared;
  const key = predictionKey(prepared);
  const before = context.predictions.get(key);
  if (before !== undefined) return before;
  const computed = await context.compute.predict(
    { model: model.source, feeds: encoded.feeds, labels: model.labels },
    options,
  );
  context.predictions.set(key, computed);
  return computed;
}

/** From so many classes on (the words of a language) an answer lists the likeliest. */
const MANY_CLASSES = 1000;
const LISTED_CLASSES = 200;

/** @param wanted Classes that are listed in any case. */
export function listedScores(
  scores: readonly ClassScore[],
  wanted: readonly (number | null | undefined)[],
): readonly ClassScore[] {
  if (scores.length <= MANY_CLASSES) return scores;
  return scores.filter((score, index) => index < LISTED_CLASSES || wanted.includes(score.class));
}

/** Everything the scores depend on: model, labels, engine and the input tensors themselves. */
export function predictionKey({ model, feedsHash }: Prepared): string {
  return keyOf('predict', model.summary.hash, model.source, model.labels, feedsHash);
}
