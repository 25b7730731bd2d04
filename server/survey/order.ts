/** Ordering many samples by a number each: a radix sort over the bits of the floats.*/
import type { Breathe } from './slices';

const BITS = 11;
const BUCKETS = 1 << BITS;

/**
 * Positions in the order of their values; equal values keep their order, NaN comes last either way.
 * @param values One per entry of `rows`. A million take about 20 ms.
 * @param breathe Called between the passes.
 */
export async function ordered(
  rows: Uint32Array,
  values: Float32Array,
  descending: boolean,
  breathe: Breathe,
): Promise<Uint32Array> {
  const count = rows.length;
  const bits = new Uint32Array(values.buffer, values.byteOffset, count);
  let keys: Uint32Array = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    const raw = bits[i] as number;
    // As unsigned numbers the bits of positive floats ascend; those of negative ones descend below them.
    const ascending = raw >>> 31 === 1 ? ~raw >>> 0 : (raw | 0x80000000) >>> 0;
    const isNumber = values[i] === values[i];
    keys[i] = isNumber ? (descending ? ~ascending >>> 0 : ascending) : 0xffffffff;
  }
  let items: Uint32Array = rows.slice();
  let [otherKeys, otherItems]: [Uint32Array, Uint32Array] = [new Uint32Array(count), new Uint32Array(count)];
  for (let shift = 0; shift < 32; shift += BITS) {
    await breathe();
    const starts = new Uint32Array(BUCKETS + 1);
    for (let i = 0; i < count; i += 1) {
      const bucket = (((keys[i] as number) >>> shift) & (BUCKETS - 1)) + 1;
      starts[bucket] = (starts[bucket] as number) + 1;
    }
    for (let bucket = 1; bucket < BUCKETS; bucket += 1)
      starts[bucket] = (starts[bucket] as number) + (starts[bucket - 1] as number);
    for (let i = 0; i < count; i += 1) {
      const key = keys[i] as number;
      const bucket = (key >>> shift) & (BUCKETS - 1);
      const to = starts[bucket] as number;
      starts[bucket] = to + 1;
      otherKeys[to] = key;
      otherItems[to] = items[i] as number;
    }
    [keys, otherKeys] = [otherKeys, keys];
    [items, otherItems] = [otherItems, items];
  }
  return items;
}
