/** A dataset as patterns see it: predicted once, position by position. */
import { UserError } from '../../errors';
import { confidenceOf, predictedClass, state } from '../../survey/predictions';
import { toPath } from '../../workspace/uris';
import { firstSample } from '../addresses';
import { keyOf } from '../cache';
import { chooseModel } from '../choose';
import { usesModel } from '../prepare';
import { needsClasses } from '../quantities';
import { openParts } from '../survey/parts';
import { breathing } from '../../survey/slices';
import { surveySilently } from '../survey/silent';
import type { PatternsRequest } from '../../protocol';
import type { ResultCache } from '../cache';
import type { LoadedModel } from '../load';
import type { Part } from '../survey/parts';
import type { StoredContext } from '../survey/silent';
import type { RequestOptions } from '../types';

/** Columns over the samples that could be read, in the order of the dataset. */
export interface Predicted {
  readonly positions: Int32Array;
  /** Gold class; −1 for none the model knows. */
  readonly gold: Int32Array;
  readonly predicted: Int32Array;
  readonly probability: Float32Array;
  readonly classes: number;
  readonly skipped: number;
  /** Why, of the first. */
  readonly reason: string | null;
}

export interface PredictedContext extends StoredContext {
  readonly surveyed: ResultCache<Predicted>;
}

export interface OpenDataset {
  readonly model: LoadedModel;
  /** Samples have positions from 0 to `total − 1`, in the order of files and records. */
  readonly parts: readonly Part[];
  readonly total: number;
}

/** @throws UserError `no-samples`, and what choosing a model and opening the files says. */
export async function openDataset(
  context: StoredContext,
  { uris, model: wished, engine }: Pick<PatternsRequest, 'uris' | 'model' | 'engine'>,
  { signal }: RequestOptions,
): Promise<OpenDataset> {
  const [first] = uris;
  if (first === undefined) throw new UserError('no-samples', 'No file of a dataset is named.');
  const begin = firstSample(first);
  const chosen = await chooseModel(context, begin, wished);
  const model = await context.loader.load(chosen, engine ?? context.engine, signal);
  needsClasses(model, 'Looking for patterns');
  usesModel(context, model);
  const parts = await openParts(context, model, uris.map(toPath), breathing(signal));
  return { model, parts, total: parts.reduce((sum, { count }) => sum + count, 0) };
}

/**
 * Predictions of every sample that can be read. A survey's count, and a survey knows these; in this process they are
 * kept until model or dataset change.
 */
export async function predictAll(
  context: PredictedContext,
  { model, parts, total }: OpenDataset,
  options: RequestOptions,
): Promise<Predicted> {
  const contents = await Promise.all(
    parts.map(async ({ uri, dataset, records, settings, stamp }) => [
      uri,
      settings,
      stamp,
      records === null ? '' : (await context.samples.extent(uri, dataset)).stamp,
    ]),
  );
  const key = keyOf('patterns', model.summary.hash, model.source, model.labels, contents);
  const known = context.surveyed.get(key);
  if (known !== undefined) return known;
  const { predictions, problems } = await surveySilently(context, model, parts, 'the dataset', options);
  const readable = Int32Array.from(predictions.state.keys()).filter((at) => predictions.state[at] === state.predicted);
  const [reason] = problems.values();
  if (readable.length === 0)
    throw new UserError('no-samples', `None of the ${total} samples of the dataset can be read.`, {
      ...(reason === undefined ? {} : { where: reason }),
      next: 'Check the dataset’s entry in model-blame.json.',
    });
  const result: Predicted = {
    positions: readable,
    gold: readable.map((at) => predictions.gold[at] as number),
    predicted: readable.map((at) => predictedClass(predictions, at)),
    probability: Float32Array.from(readable, (at) => confidenceOf(predictions, at)),
    classes: predictions.classes,
    skipped: total - readable.length,
    reason: reason ?? null,
  };
  context.surveyed.set(key, result);
  return result;
}
