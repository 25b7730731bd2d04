/** Stacks that cross to the compute process: what is packed comes out as it went in, whatever its numbers are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { pack, unpack } from '../../../server/compute/packing';
import type { Stack } from '../../../server/compute/types';

const ids = (rows: number, ...values: readonly bigint[]): Stack => ({
  rows,
  feeds: { ids: { dtype: 'int64', dims: [rows, values.length / rows], data: BigInt64Array.from(values) } },
});
/** As a channel does it, which copies. */
const crossed = (stacks: readonly Stack[]): readonly Stack[] =>
  unpack(deserialize(serialize(pack(stacks))) as ReturnType<typeof pack>);
const dataOf = (stacks: readonly Stack[]): unknown => {
  const packed = pack(stacks);
  return 'inputs' in packed ? packed.inputs[0]?.data : 'as they are';
};

test('whole numbers of any size, floats and bytes, several inputs, several stacks', () => {
  const number = fc.oneof(
    fc.bigInt(0n, 65_535n),
    fc.bigInt(-(2n ** 31n), 2n ** 31n - 1n),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  );
  const stack = fc
    .record({ rows: fc.integer({ min: 1, max: 4 }), width: fc.integer({ min: 0, max: 5 }) })
    .chain(({ rows, width }): fc.Arbitrary<Stack> =>
      fc
        .record({
          whole: fc.array(number, { minLength: rows * width, maxLength: rows * width }),
          float: fc.array(fc.float(), { minLength: rows * 3, maxLength: rows * 3 }),
        })
        .map(({ whole, float }) => ({
          rows,
          feeds: {
            ids: { dtype: 'int64', dims: [rows, width], data: BigInt64Array.from(whole) },
            x: { dtype: 'float32', dims: [rows, 3], data: Float32Array.from(float) },
          },
        })),
    );
  fc.assert(
    fc.property(fc.array(stack, { minLength: 1, maxLength: 6 }), (stacks) => {
      assert.deepEqual(crossed(stacks), stacks);
    }),
  );
});

test('whole numbers cross as narrow as they are', () => {
  assert.deepEqual(dataOf([ids(1, 0n, 7n), ids(2, 65_535n, 3n)]), Uint16Array.of(0, 7, 65_535, 3));
  assert.deepEqual(dataOf([ids(1, 65_536n), ids(1, -1n)]), Int32Array.of(65_536, -1));
  assert.deepEqual(dataOf([ids(1, 2n ** 31n)]), BigInt64Array.of(2n ** 31n));
  assert.deepEqual(dataOf([ids(1, -(2n ** 31n) - 1n)]), BigInt64Array.of(-(2n ** 31n) - 1n));
});

test('strings, other ranks, other inputs: as they are', () => {
  const text: Stack = { rows: 1, feeds: { ids: { dtype: 'string', dims: [1], data: ['a'] } } };
  const flat: Stack = { rows: 1, feeds: { ids: { dtype: 'int64', dims: [1], data: BigInt64Array.of(1n) } } };
  const more: Stack = { rows: 1, feeds: { ...ids(1, 1n).feeds, mask: flat.feeds['ids']! } };
  for (const stacks of [[text], [ids(1, 1n), flat], [ids(1, 1n), text], [ids(1, 1n), more], [more, ids(1, 1n)], []]) {
    assert.deepEqual(crossed(stacks), stacks);
    if (stacks.length > 0) assert.equal(dataOf(stacks), 'as they are');
  }
});
