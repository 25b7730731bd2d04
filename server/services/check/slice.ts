/** A dataset or a part of it, predicted row by row: what checks over datasets are made from. */
import { throwIfCancelled, UserError } from '../../errors';
import { hasRecords } from '../../dataset';
import { datasetOf } from '../../workspace/locate';
import { toUri } from '../../workspace/uris';
import { bytesOf } from '../cache';
import { chooseModel } from '../choose';
import { goldOf } from '../classes';
import { filesOf } from '../population/files';
import { openSource } from '../population/source';
import { fits } from './where';
import { nameOf } from './name';
import type { CheckOptions, Predicted, Slice } from '../../checks/types';
import type { RawSample } from '../../dataset/types';
import type { Feeds } from '../../engine/types';
import type { SampleAddress } from '../../protocol';
import type { SliceConfig } from '../../workspace/checkTypes';
import type { LoadedModel } from '../load';
import type { Source } from '../population/source';
import type { PredictContext } from '../predict';
import type { Ground } from './ground';

/** Samples predicted at once, and the bytes of their inputs at most. */
const AT_ONCE = 64;
const MOST_BYTES = 2 ** 26;

interface Waiting {
  readonly feeds: Feeds;
  readonly sample: RawSample;
  readonly gold: Predicted['gold'];
}

export async function openSlice(
  context: PredictContext,
  ground: Ground,
  asked: string | null,
  config: SliceConfig,
  holds: RegExp | null,
): Promise<Slice> {
  const paths = await filesOf(config.dataset, ground.folder, ground.policy);
  const first = toUri(paths[0] ?? ground.folder);
  const begin: SampleAddress = hasRecords(first)
    ? { kind: 'record', uri: first, record: 1 }
    : { kind: 'file', uri: first };
  const chosen = await chooseModel(context, begin, asked);
  const { model: file, config: beside, tokenizer, preprocessor, vocabulary, labels } = chosen.files;
  for (const path of [file, beside, tokenizer, preprocessor, vocabulary, labels])
    if (path !== null) context.uses(toUri(path));
  const model = await context.loader.load(chosen, context.engine);
  const entry = ground.workspace === null ? null : datasetOf(ground.workspace, paths[0] ?? '');
  const source = await openSource(context, model, entry ?? chosen.dataset ?? { files: config.dataset }, paths);
  return {
    model: chosen.name,
    labels: model.labels,
    predictions: (options) => predictions(context, ground, model, source, entry?.id ?? null, config, holds, options),
  };
}

async function* predictions(
  context: PredictContext,
  ground: Ground,
  model: LoadedModel,
  source: Source,
  id: string | null,
  config: SliceConfig,
  holds: RegExp | null,
  { signal, progress }: CheckOptions,
): AsyncGenerator<Predicted> {
  const gold = config.gold === undefined ? null : [config.gold].flat();
  const wanted = config.predicted === undefined ? null : [config.predicted].flat();
  let waiting: Waiting[] = [];
  let bytes = 0;
  const predict = async function* (): AsyncGenerator<Predicted> {
    const batch = waiting;
    waiting = [];
    bytes = 0;
    if (batch.length === 0) return;
    const { probabilities } = await context.compute.probabilities(
      { model: model.source, rows: batch.map(({ feeds }) => feeds) },
      signal === undefined ? {} : { signal },
    );
    for (const [index, item] of batch.entries()) {
      const predicted = predictedOf(item, probabilities[index] ?? [], ground, id);
      if (wanted === null || wanted.includes(model.labels[predicted.class] ?? '')) yield predicted;
    }
  };
  for (let position = 0; position < source.total; position += 1) {
    throwIfCancelled(signal);
    progress?.(position, source.total, `Predicting ${source.name}`);
    const known = source.labelAt(position);
    if (gold !== null && known !== undefined && !isOne(known, gold)) continue;
    const sample = await source.read(position);
    if (!fits(sample, config.where)) continue;
    const label = source.label(sample);
    if (gold !== null && !isOne(label, gold)) continue;
    const { feeds, features } = await source.encoder.encode(sample, 0);
    if (holds !== null) {
      if (features.kind !== 'tokens')
        throw new UserError('no-text', 'The check looks for words, and the model does not read text.', {
          where: sample.ref.title,
          next: 'Write "columns", or another dataset.',
        });
      if (features.text.search(holds) === -1) continue;
    }
    waiting.push({ feeds, sample, gold: goldOf(label, model.labels) });
    bytes += bytesOf(Object.values(feeds).map(({ data }) => data));
    if (waiting.length >= AT_ONCE || bytes > MOST_BYTES) yield* predict();
  }
  yield* predict();
}

function isOne(label: string | null, wanted: readonly string[]): boolean {
  return label !== null && wanted.includes(label);
}

export function predictedOf(
  { sample, gold }: Pick<Waiting, 'sample' | 'gold'>,
  probabilities: readonly number[],
  ground: Ground,
  id: string | null,
): Predicted {
  const field = id === null || sample.kind !== 'record' ? undefined : sample.fields.find(({ name }) => name === id);
  return {
    address: sample.ref.address,
    name: nameOf(sample.ref, ground.folder),
    line: sample.ref.span?.line ?? null,
    id: field?.text ?? null,
    hash: sample.ref.contentHash,
    gold,
    class: probabilities.indexOf(Math.max(...probabilities)),
    probabilities,
  };
}
