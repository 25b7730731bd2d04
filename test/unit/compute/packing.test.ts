/** Stacks that cross to the compute process: what is packed comes out as it went in, whatever its numbers are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { pack, unpack } from '../../../server/compute/packing';
import { splitTensor } from '../../../server/explain/rows';
import type { Stack } from '../../../server/compute/packing';
import type { Feeds } from '../../../server/engine/types';
import type { Tensor } from '../../../server/graph/types';

/** Samples of one shape, a row of values each. */
const ids = (...rows: readonly (readonly bigint[])[]): readonly Feeds[] =>
  rows.map((values) => ({ ids: { dtype: 'int64', dims: [1, values.length], data: BigInt64Array.from(values) } }));
/** As a channel does it, which copies. */
const crossed = (stacks: readonly (readonly Feeds[])[]): readonly Stack[] =>
  unpack(deserialize(serialize(pack(stacks))) as ReturnType<typeof pack>);
const dataOf = (stacks: readonly (readonly Feeds[])[]): unknown => {
  const packed = pack(stacks);
  return 'inputs' in packed ? packed.inputs[0]?.data : 'stack by stack';
};
/** What comes out, sample by sample. */
const samplesOf = ({ rows, feeds }: Stack): readonly Feeds[] =>
  Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, splitTensor(tensor, rows)[row] as Tensor])),
  );

test('whole numbers of any size, floats and bytes, several inputs, several stacks', () => {
  const number = fc.oneof(
    fc.bigInt(0n, 65_535n),
    fc.bigInt(-(2n ** 31n), 2n ** 31n - 1n),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  );
  const sample = (width: number): fc.Arbitrary<Feeds> =>
    fc
      .record({
        whole: fc.array(number, { minLength: width, maxLength: width }),
        float: fc.array(fc.float(), { minLength: 3, maxLength: 3 }),
        bytes: fc.uint8Array({ minLength: 2, maxLength: 2 }),
      })
      .map(({ whole, float, bytes }) => ({
        ids: { dtype: 'int64', dims: [1, width], data: BigInt64Array.from(whole) },
        x: { dtype: 'float32', dims: [1, 3], data: Float32Array.from(float) },
        b: { dtype: 'uint8', dims: [1, 1, 2], data: Uint8Array.from(bytes) },
      }));
  const stack = fc
    .record({ rows: fc.integer({ min: 1, max: 4 }), width: fc.integer({ min: 0, max: 5 }) })
    .chain(({ rows, width }) => fc.array(sample(width), { minLength: rows, maxLength: rows }));
  fc.assert(
    fc.property(fc.array(stack, { minLength: 1, maxLength: 6 }), (stacks) => {
      assert.deepEqual(crossed(stacks).map(samplesOf), stacks);
      assert.notEqual(dataOf(stacks), 'stack by stack');
    }),
  );
});

test('a sample alone keeps its sizes, whatever its first axis is', () => {
  const alone: Feeds = { x: { dtype: 'float32', dims: [3, 2], data: new Float32Array(6) } };
  assert.deepEqual(crossed([[alone]]), [{ rows: 1, feeds: alone }]);
});

test('whole numbers cross as narrow as they are', () => {
  assert.deepEqual(dataOf([ids([0n, 7n]), ids([65_535n], [3n])]), Uint16Array.of(0, 7, 65_535, 3));
  assert.deepEqual(dataOf([ids([65_536n]), ids([-1n])]), Int32Array.of(65_536, -1));
  assert.deepEqual(dataOf([ids([2n ** 31n])]), BigInt64Array.of(2n ** 31n));
  assert.deepEqual(dataOf([ids([-(2n ** 31n) - 1n])]), BigInt64Array.of(-(2n ** 31n) - 1n));
});

test('strings, other ranks, other inputs: stack by stack', () => {
  const text: Feeds = { ids: { dtype: 'string', dims: [1, 1], data: ['a'] } };
  const flat: Feeds = { ids: { dtype: 'int64', dims: [1], data: BigInt64Array.of(1n) } };
  const one = ids([1n]);
  const more: Feeds = { ...one[0], mask: flat['ids']! };
  for (const stacks of [[[text, text]], [one, [flat]], [one, [text]], [one, [more]], [[more], one]]) {
    assert.deepEqual(crossed(stacks).map(samplesOf), stacks);
    assert.equal(dataOf(stacks), 'stack by stack');
  }
  assert.deepEqual(crossed([]), []);
});
