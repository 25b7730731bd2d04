/** What a dataset holds, for guessing columns, for the guided first run and for typical values. */
import { UserError } from '../errors';
import type { RecordFormat } from './format';
import type { ReadOptions } from './options';
import { opened, recordsOf } from './read';
import { readFields } from './record';
import type { OpenDataset, RecordSample } from './record';
import type { Files } from './types';

export interface DatasetDescription {
  readonly format: RecordFormat;
  /** Header names, or the keys of the first records. */
  readonly columns: readonly string[];
  /** The first records that could be read. */
  readonly first: readonly RecordSample[];
}

/** Records looked at. */
const FIRST = 20;

/** @throws UserError when the file is no dataset or its header is broken; broken records are left out. */
export async function describeDataset(
  uri: string,
  files: Files,
  options: ReadOptions = {},
): Promise<DatasetDescription> {
  const dataset = recordsOf(uri, await opened(uri, files), options);
  const first = [...take(readable(dataset), FIRST)];
  const keys = new Set(dataset.columns ?? first.flatMap((sample) => sample.fields.map((field) => field.name)));
  return { format: dataset.format, columns: [...keys], first };
}

/** Milliseconds of reading between two pauses, in which others have their turn; the clock is looked at every so many records. */
const SLICE = 8;
const STRIDE = 16;

/** Records one after another, without their hashes; those that cannot be read are left out. Nothing is kept. */
export async function* eachRecord(uri: string, files: Files, options: ReadOptions = {}): AsyncGenerator<RecordSample> {
  let [read, began] = [0, performance.now()];
  for (const record of readable(recordsOf(uri, await opened(uri, files), options))) {
    yield record;
    if (++read % STRIDE !== 0 || performance.now() - began < SLICE) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}

function* readable(dataset: OpenDataset): Generator<RecordSample> {
  for (const located of dataset.index.from(1)) {
    try {
      yield readFields(dataset, located);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  if (count <= 0) return;
  let taken = 0;
  for (const item of items) {
    yield item;
    if (++taken >= count) return;
  }
}
