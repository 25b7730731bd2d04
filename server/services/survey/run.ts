/** One pass over the files of a survey: what is known is taken over, the rest is read, encoded and predicted. */
import { hash as hashOnce } from 'node:crypto';
import { UserError } from '../../errors';
import { BATCH } from '../../graph/types';
import { readFields } from '../../dataset/record';
import { copyPrediction, createPredictions, KEY_BYTES, state, writePrediction } from '../../survey/predictions';
import { keyIndex } from '../../survey/keys';
import type { KeyIndex } from '../../survey/keys';
import { tallyOf } from '../../survey/tally';
import { breathing } from '../../survey/slices';
import { goldOf } from '../classes';
import { batcher } from './batcher';
import { addressAt } from './parts';
import type { RawSample } from '../../dataset/types';
import type { Predictions } from '../../survey/predictions';
import type { Recorder } from '../../survey/store';
import type { Tally } from '../../survey/tally';
import type { PredictContext } from '../predict';
import type { LoadedModel } from '../load';
import type { Batcher } from './batcher';
import type { Part } from './parts';

/** The model's file is another one than the survey began with. */
export class ModelChanged extends Error {
  override readonly name = 'ModelChanged';
}

/** What a run fills. */
export interface Sheet {
  readonly predictions: Predictions;
  readonly tally: Tally;
  /** 1-based physical line a sample begins on; 0 for files that are one sample. */
  readonly line: Uint32Array;
  /** Why samples have no prediction, by position. */
  readonly problems: Map<number, string>;
}

/** Nothing is known of any sample yet. */
export function emptySheet(total: number, classes: number): Sheet {
  const predictions = createPredictions(total, classes);
  return { predictions, tally: tallyOf(predictions), line: new Uint32Array(total), problems: new Map() };
}

export interface RunOptions {
  readonly model: LoadedModel;
  readonly parts: readonly Part[];
  readonly sheet: Sheet;
  /** Predictions of earlier runs; null for none, or where they are not wanted. */
  readonly known: Predictions | null;
  readonly recorder: Recorder;
  /**
   * With another process at the same files: who came second begins with their second half, and in the middle both look
   * at what the other has predicted meanwhile; null: nothing. Left out: nobody else is looked at.
   */
  readonly shared?: { readonly first: boolean; readonly reload: () => Promise<Predictions | null> };
  readonly signal: AbortSignal;
  /** Called after samples were added to the sheet. @param cached How many of them were known. */
  readonly went: (samples: number, cached: number) => void;
}

/** @throws ModelChanged, Cancelled, or what makes the model unusable. */
export async function runSurvey(context: PredictContext, options: RunOptions): Promise<void> {
  const { model, sheet, recorder, signal, went } = options;
  const { predictions } = sheet;
  const work = batcher({
    compute: context.compute,
    source: model.source,
    packs: packs(model),
    signal,
    predicted(rows, result) {
      if (result.hash !== model.summary.hash) throw new ModelChanged();
      rows.forEach(({ at, gold }, i) => {
        writePrediction(predictions, at, result.probabilities, i * result.classes, gold);
        sheet.tally.add(at);
        recorder.append(predictions, at);
      });
      went(rows.length, 0);
    },
    async refused({ at }, error) {
      const now = await context.loader.load(model.chosen, context.engine, signal);
      if (now.summary.hash !== model.summary.hash) throw new ModelChanged();
      fail(sheet, at, error);
      went(1, 0);
    },
  });
  await readAll(context, options, work);
  await work.end();
}

async function readAll(context: PredictContext, options: RunOptions, work: Batcher): Promise<void> {
  const { parts, sheet, shared, signal, went } = options;
  const { predictions, line } = sheet;
  const breathe = breathing(signal, true);
  let { known } = options;
  const indexed = (): Promise<KeyIndex | null> =>
    known === null ? Promise.resolve(null) : keyIndex(known.keys, known.length, breathe);
  let index = await indexed();

  /** True where the sample was predicted before. */
  const takeOver = (at: number): boolean => {
    const row = index === null ? -1 : index.find(predictions.keys, at);
    if (row < 0 || known === null) return false;
    copyPrediction(known, row, predictions, at);
    sheet.tally.add(at);
    went(1, 1);
    return true;
  };
  const encode = async (part: Part, at: number, read: () => RawSample): Promise<void> => {
    let row;
    try {
      const sample = read();
      const gold = goldOf(part.gold.label(sample), options.model.labels)?.class ?? -1;
      const feeds = await (part.encoder.feeds?.(sample) ?? part.encoder.encode(sample, 0).then((one) => one.feeds));
      row = { at, gold, feeds };
    } catch (error) {
      if (!(error instanceof UserError) || error.code === 'file-changed') throw error;
      fail(sheet, at, error);
      went(1, 0);
      return;
    }
    const room = work.add(row);
    if (room !== undefined) await room;
  };

  /** The samples of a part from `begin` to before `end`. */
  const readPart = async (part: Part, begin: number, end: number): Promise<void> => {
    const { records, first, count, settings, dataset } = part;
    if (first >= end || first + count <= begin) return;
    if (records === null) {
      const address = addressAt(parts, first);
      let sample: RawSample;
      try {
        sample = await context.samples.sample(address, dataset);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        fail(sheet, first, error);
        went(1, 0);
        return;
      }
      // The label may be in the path, which is no part of the content.
      writeKey(predictions, first, `${settings}${part.gold.label(sample) ?? ''}\n${sample.ref.contentHash}`);
      if (!takeOver(first)) await encode(part, first, () => sample);
      await breathe();
      return;
    }
    const { bytes } = records.content;
    const prefix = Buffer.from(settings, 'latin1');
    for (const located of records.index.from(Math.max(0, begin - first) + 1)) {
      const at = first + located.record - 1;
      if (at >= end) return;
      const { start, endByte } = located.extent;
      line[at] = start.line + 1;
      writeKey(predictions, at, Buffer.concat([prefix, bytes.subarray(start.byte, endByte)]));
      if (!takeOver(at)) await encode(part, at, () => readFields(records, located));
      const pause = breathe();
      if (pause !== undefined) await pause;
    }
  };

  const half = Math.floor(predictions.length / 2);
  const halves = [
    [0, half],
    [half, predictions.length],
  ] as const;
  for (const [turn, [begin, end]] of (shared?.first === false ? halves.toReversed() : halves).entries()) {
    const now = turn === 0 ? null : ((await shared?.reload()) ?? null);
    if (now !== null) {
      known = now;
      index = await indexed();
    }
    for (const part of parts) await readPart(part, begin, end);
  }
}

function fail({ predictions, tally, problems }: Sheet, at: number, error: UserError): void {
  predictions.state[at] = state.failed;
  tally.add(at);
  problems.set(at, error.message);
}

function writeKey({ keys }: Predictions, at: number, content: string | Uint8Array): void {
  const digest = hashOnce('sha256', content, 'buffer');
  keys.set(digest.subarray(0, KEY_BYTES), at * KEY_BYTES);
}

/** Every input has to have a batch axis. */
function packs({ summary }: LoadedModel): boolean {
  return summary.batchable && summary.inputs.every(({ type }) => type.shape?.[0] === BATCH);
}
