/** One pass of a survey without telling anybody of it: for services that need the predictions of a whole dataset. */
import { UserError } from '../../errors';
import { keyOf } from '../cache';
import { emptySheet, ModelChanged, runSurvey } from './run';
import type { Store } from '../../survey/store';
import type { LoadedModel } from '../load';
import type { PredictContext } from '../predict';
import type { RequestOptions } from '../types';
import type { Part } from './parts';
import type { Sheet } from './run';

/** Where predictions are kept, beside everything that predicting needs. */
export interface StoredContext extends PredictContext {
  readonly store: Store;
}

/** Names a model entry in the store, whatever its file holds at the moment. */
export function storeEntry({ source, summary }: LoadedModel): string {
  const task = summary.output.quantities === true ? ['regression'] : [];
  return keyOf(source.path, source.output ?? null, ...task).slice(0, 16);
}

/** Number of classes. @throws UserError `classes-unknown`. */
export function classesOf({ summary, labels }: LoadedModel): number {
  const classes = summary.output.classes ?? labels.length;
  if (classes >= 1) return classes;
  throw new UserError('classes-unknown', 'The model does not say how many classes it has.', {
    next: 'Name them: "labels" of the model in model-blame.json.',
  });
}

/**
 * What the store knows by content of model and sample is not predicted again, and what is predicted is stored: surveys
 * and this know of each other.
 * @param name Of the dataset, for the progress and for errors.
 * @throws UserError `model-changed`, and what makes the model unusable; Cancelled.
 */
export async function surveySilently(
  context: StoredContext,
  model: LoadedModel,
  parts: readonly Part[],
  name: string,
  { signal, progress }: RequestOptions,
): Promise<Sheet> {
  const last = parts.at(-1);
  const total = last === undefined ? 0 : last.first + last.count;
  const classes = classesOf(model);
  const sheet = emptySheet(total, classes);
  const { hash } = model.summary;
  const known = await context.store.load(storeEntry(model), hash, classes);
  const scope = keyOf(
    storeEntry(model),
    parts.map(({ uri }) => uri),
  ).slice(0, 16);
  const recorder = context.store.record(storeEntry(model), hash, classes, { scope, model: model.source.path });
  let done = 0;
  try {
    await runSurvey(context, {
      model,
      parts,
      sheet,
      known,
      recorder,
      signal: signal ?? new AbortController().signal,
      went(samples) {
        done += samples;
        progress?.(done, total, `Predicting ${name}`);
      },
    });
  } catch (error) {
    if (!(error instanceof ModelChanged)) throw error;
    throw new UserError('model-changed', 'The model was rewritten while its predictions were read.', {
      where: model.chosen.name,
      next: 'Run it again.',
      cause: error,
    });
  } finally {
    await recorder.close();
  }
  return sheet;
}
