/** A dataset as patterns see it: predicted once, position by position. */
import { UserError } from '../../errors';
import { hasRecords } from '../../dataset';
import { toPath } from '../../workspace/uris';
import { keyOf } from '../cache';
import { goldOf } from '../classes';
import { openSource } from '../population/source';
import { prepare } from '../prepare';
import { breather, pace } from './pace';
import type { Compute } from '../../compute/types';
import type { Feeds } from '../../engine/types';
import type { PatternsRequest, SampleAddress } from '../../protocol';
import type { ResultCache } from '../cache';
import type { LoadedModel } from '../load';
import type { Source } from '../population/source';
import type { PrepareContext } from '../prepare';
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

export interface PredictedContext extends PrepareContext {
  readonly compute: Compute;
  readonly surveyed: ResultCache<Predicted>;
}

export interface OpenDataset {
  readonly model: LoadedModel;
  readonly source: Source;
}

/** @throws UserError `no-samples` and what `openSource` says. */
export async function openDataset(
  context: PrepareContext,
  { uris, model: wished, engine }: Pick<PatternsRequest, 'uris' | 'model' | 'engine'>,
  { signal }: RequestOptions,
): Promise<OpenDataset> {
  const [first] = uris;
  if (first === undefined) throw new UserError('no-samples', 'No file of a dataset is named.');
  const begin: SampleAddress = hasRecords(first)
    ? { kind: 'record', uri: first, record: 1 }
    : { kind: 'file', uri: first };
  const request = { address: begin, model: wished, engine: engine ?? null };
  const { model } = await prepare(context, request, signal);
  const dataset = model.chosen.dataset ?? { files: first };
  return { model, source: await openSource(context, model, dataset, uris.map(toPath)) };
}

const AT_ONCE = 64;

/** Predictions of every sample that can be read; kept until model or dataset change. */
export async function predictAll(
  context: PredictedContext,
  { model, source }: OpenDataset,
  { signal, progress }: RequestOptions,
): Promise<Predicted> {
  const key = keyOf('patterns', model.summary.hash, model.source, model.labels, source.fingerprint, source.encoder.key);
  const known = context.surveyed.get(key);
  if (known !== undefined) return known;
  const { total } = source;
  const [positions, gold, predicted] = [new Int32Array(total), new Int32Array(total), new Int32Array(total)];
  const probability = new Float32Array(total);
  let [count, classes, skipped] = [0, model.labels.length, 0];
  let reason: string | null = null;
  let waiting: { readonly position: number; readonly feeds: Feeds; readonly gold: number }[] = [];
  const size = pace(AT_ONCE);
  const breathe = breather(signal);
  const predictWaiting = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const began = performance.now();
    const { probabilities } = await context.compute.probabilities(
      { model: model.source, rows: waiting.map(({ feeds }) => feeds) },
      signal === undefined ? {} : { signal },
    );
    size.took(waiting.length, performance.now() - began);
    waiting.forEach((one, i) => {
      const row = probabilities[i] ?? [];
      const own = row.indexOf(Math.max(...row));
      [positions[count], gold[count], predicted[count]] = [one.position, one.gold, own];
      probability[count] = row[own] ?? 0;
      classes = Math.max(classes, row.length);
      count += 1;
    });
    waiting = [];
  };
  for (let position = 0; position < total; position += 1) {
    await breathe();
    try {
      const sample = await source.read(position);
      const { feeds } = await source.encoder.encode(sample, 0);
      waiting.push({ position, feeds, gold: goldOf(source.label(sample), model.labels)?.class ?? -1 });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      skipped += 1;
      reason ??= error.message;
    }
    if (waiting.length < size.size()) continue;
    await predictWaiting();
    progress?.(position + 1, total, 'Predicting');
  }
  await predictWaiting();
  if (count === 0)
    throw new UserError('no-samples', `None of the ${total} samples of the dataset can be read.`, {
      ...(reason === null ? {} : { where: reason }),
      next: 'Check the dataset’s entry in model-blame.json.',
    });
  const result: Predicted = {
    positions: positions.slice(0, count),
    gold: gold.slice(0, count),
    predicted: predicted.slice(0, count),
    probability: probability.slice(0, count),
    classes,
    skipped,
    reason,
  };
  context.surveyed.set(key, result);
  return result;
}
