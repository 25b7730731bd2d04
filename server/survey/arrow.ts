/** Predictions as Arrow record batches: what lies on disk, and what pandas or DuckDB open. */
import {
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float32,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchReader,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Uint16,
  Uint32,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { createPredictions, KEY_BYTES, MOST_KEPT, state } from './predictions';
import type { Data, DataType, Vector } from 'apache-arrow';
import type { Predictions } from './predictions';

/** A `RecordBatch` of all rows: `key`, `gold`, `gold_probability`, `gold_rank`, `entropy`, `classes`, `probabilities`. */
export function toBatch(rows: Predictions): RecordBatch {
  const { length, width, classes } = rows;
  const list = <T extends DataType>(type: T, child: Data<T>): Data<FixedSizeList<T>> =>
    makeData({ type: new FixedSizeList<T>(width, new Field('item', type, false)), length, nullCount: 0, child });
  const columns = {
    key: makeData({ type: new FixedSizeBinary(KEY_BYTES), length, nullCount: 0, data: rows.keys }),
    gold: makeData({ type: new Int32(), length, nullCount: 0, data: rows.gold }),
    gold_probability: makeData({ type: new Float32(), length, nullCount: 0, data: rows.goldProbability }),
    gold_rank: makeData({ type: new Uint16(), length, nullCount: 0, data: rows.goldRank }),
    entropy: makeData({ type: new Float32(), length, nullCount: 0, data: rows.entropy }),
    classes: list(new Uint16(), makeData({ type: new Uint16(), length: length * width, nullCount: 0, data: rows.top })),
    probabilities: list(
      new Float32(),
      makeData({ type: new Float32(), length: length * width, nullCount: 0, data: rows.probability }),
    ),
  };
  const fields = Object.entries(columns).map(([name, { type }]) => new Field(name, type as DataType, false));
  const schema = new Schema(fields, new Map([['classes', String(classes)]]));
  const children = Object.values(columns) as unknown as Data[];
  return new RecordBatch(schema, makeData({ type: new Struct(fields), length, nullCount: 0, children }));
}

/** Rows of an Arrow stream that `toBatch` made; null where it is of another kind or for another number of classes. */
export function fromStream(bytes: Uint8Array, classes: number): Predictions | null {
  const reader = RecordBatchReader.from(bytes);
  reader.open();
  const width = Math.min(classes, MOST_KEPT);
  const { schema } = reader;
  if (schema.metadata.get('classes') !== String(classes)) return null;
  const batches = [...reader];
  const rows = createPredictions(
    batches.reduce((sum, { numRows }) => sum + numRows, 0),
    classes,
  );
  let at = 0;
  for (const batch of batches) {
    const count = batch.numRows;
    const column = (name: string): Data => {
      const found = batch.getChild(name)?.data[0] as Data | undefined;
      if (found === undefined) throw new Error(`no column ${name}`);
      return found;
    };
    const inner = (name: string) => column(name).children[0] as Data;
    rows.keys.set((column('key').values as Uint8Array).subarray(0, count * KEY_BYTES), at * KEY_BYTES);
    rows.gold.set((column('gold').values as Int32Array).subarray(0, count), at);
    rows.goldProbability.set((column('gold_probability').values as Float32Array).subarray(0, count), at);
    rows.goldRank.set((column('gold_rank').values as Uint16Array).subarray(0, count), at);
    rows.entropy.set((column('entropy').values as Float32Array).subarray(0, count), at);
    rows.top.set((inner('classes').values as Uint16Array).subarray(0, count * width), at * width);
    rows.probability.set((inner('probabilities').values as Float32Array).subarray(0, count * width), at * width);
    at += count;
  }
  rows.state.fill(state.predicted);
  return rows;
}

/** What a person opens in pandas or DuckDB: one row a sample, labels by name. */
export interface ExportColumns {
  readonly position: Uint32Array;
  readonly file: readonly string[];
  /** 1-based physical line; 0 for files that are one sample. */
  readonly line: Uint32Array;
  /** Null for none. */
  readonly gold: readonly (string | null)[];
  readonly predicted: readonly string[];
  readonly probability: Float32Array;
  readonly goldProbability: Float32Array;
  readonly entropy: Float32Array;
}

/** An Arrow file (also called Feather, version 2). */
export function exportFile(columns: ExportColumns): Uint8Array {
  const { position, file, line, gold, predicted, probability, goldProbability, entropy } = columns;
  const names = (values: readonly (string | null)[]): Vector => vectorFromArray(values, new Utf8());
  const floats = (values: Float32Array, nulls: (at: number) => boolean = () => false): Vector =>
    vectorFromArray(
      Array.from(values, (value, at) => (nulls(at) ? null : value)),
      new Float32(),
    );
  const whole = (values: Uint32Array): Vector => vectorFromArray(Array.from(values), new Uint32());
  const table = new Table({
    position: whole(position),
    file: names(file),
    line: whole(line),
    gold: names(gold),
    predicted: names(predicted),
    probability: floats(probability),
    gold_probability: floats(goldProbability, (at) => gold[at] === null),
    entropy: floats(entropy),
  });
  return tableToIPC(table, 'file');
}

/** One batch as an Arrow stream: schema, batch, end. */
export function toStream(batch: RecordBatch): Uint8Array {
  return tableToIPC(new Table([batch]), 'stream');
}
