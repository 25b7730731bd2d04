/** Relevance of samples as an Arrow stream: `key` (16 bytes) and `relevance`, a list of float32. */
import {
  Field,
  FixedSizeBinary,
  Float32,
  List,
  makeData,
  RecordBatch,
  RecordBatchReader,
  Schema,
  Struct,
} from 'apache-arrow';
import { toStream } from '../../survey/arrow';
import type { Data } from 'apache-arrow';
import type { KeptRelevance } from './relevance-store';

const KEY = 16;

/** Schema and one batch of all rows. */
export function relevanceStream(rows: KeptRelevance): Uint8Array {
  const length = rows.size;
  const keys = new Uint8Array(length * KEY);
  const valueOffsets = new Int32Array(length + 1);
  const values = new Float32Array([...rows.values()].reduce((sum, one) => sum + one.length, 0));
  let row = 0;
  for (const [key, relevance] of rows) {
    keys.set(Buffer.from(key, 'hex'), row * KEY);
    values.set(relevance, valueOffsets[row]);
    valueOffsets[row + 1] = (valueOffsets[row] as number) + relevance.length;
    row += 1;
  }
  const item = new Field('item', new Float32(), false);
  const child = makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values });
  const fields = [new Field('key', new FixedSizeBinary(KEY), false), new Field('relevance', new List(item), false)];
  const children: Data[] = [
    makeData({ type: new FixedSizeBinary(KEY), length, nullCount: 0, data: keys }),
    makeData({ type: new List(item), length, nullCount: 0, valueOffsets, child }),
  ];
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  return toStream(new RecordBatch(new Schema(fields), data));
}

/** Rows of such a stream; keys as 32 hexadecimal digits. */
export function* relevanceFrom(stream: Uint8Array): Generator<[string, Float32Array]> {
  for (const batch of RecordBatchReader.from(stream)) {
    const [keys, lists] = [batch.getChild('key')?.data[0] as Data, batch.getChild('relevance')?.data[0] as Data];
    const values = (lists.children[0] as Data).values as Float32Array;
    const offsets = lists.valueOffsets as Int32Array;
    const bytes = keys.values as Uint8Array;
    for (let row = 0; row < batch.numRows; row += 1) {
      const key = Buffer.from(bytes.subarray(row * KEY, (row + 1) * KEY)).toString('hex');
      yield [key, values.slice(offsets[row], offsets[row + 1])];
    }
  }
}
