/** `.npy` files and plain tensors. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SampleRef } from '../../../server/protocol';
import { UserError } from '../../../server/errors';
import { createTensorEncoder, readNpy, writeNpy } from '../../../server/input';
import type { InputSpec } from '../../../server/input';
import { halfBits, halfValue } from '../../../server/input/model-input';

/** A file as NumPy lays it out, by hand. */
function npy(descr: string, shape: string, body: Uint8Array, fortran = 'False', version = 1): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]),
    length,
    Buffer.from(header),
    body,
  ]);
}

const floats = Buffer.from(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);

test('C order, both byte orders, versions 1 to 3', () => {
  const big = Buffer.from(floats).swap32();
  for (const file of [
    npy('<f4', '(2, 3)', floats),
    npy('>f4', '(2, 3)', big),
    npy('<f4', '(2, 3)', floats, 'False', 3),
  ]) {
    const tensor = readNpy(file, 'x.npy');
    assert.deepEqual([tensor.dtype, tensor.dims, [...tensor.data]], ['float32', [2, 3], [1, 2, 3, 4, 5, 6]]);
  }
});

test('Fortran order is turned', () => {
  assert.deepEqual([...readNpy(npy('<f4', '(2, 3)', floats, 'True'), 'x.npy').data], [1, 3, 5, 2, 4, 6]);
  const cube = Buffer.from(Int8Array.from({ length: 24 }, (_, index) => index).buffer);
  const tensor = readNpy(npy('|i1', '(2, 3, 4)', cube, 'True'), 'x.npy');
  // Element (i, j, k) of a Fortran array lies at i + 2j + 6k.
  assert.equal(tensor.data[1 * 12 + 2 * 4 + 3], 1 + 2 * 2 + 6 * 3);
});

test('all types are read back as they were written', () => {
  const cases = [
    { dtype: 'int64', data: BigInt64Array.of(-(2n ** 62n), 5n) },
    { dtype: 'uint8', data: Uint8Array.of(0, 255) },
    { dtype: 'bool', data: Uint8Array.of(1, 0) },
    { dtype: 'float16', data: Uint16Array.of(0x3c00, 0xc000) },
    { dtype: 'float64', data: Float64Array.of(Math.PI, -0) },
  ] as const;
  for (const { dtype, data } of cases)
    for (const dims of [[2], [1, 2], [2, 1, 1]]) {
      const bytes = writeNpy({ dtype, dims, data });
      assert.equal(bytes.indexOf(10) % 64, 63);
      assert.deepEqual(readNpy(bytes, 'x.npy'), { dtype, dims, data });
    }
  assert.deepEqual(readNpy(writeNpy({ dtype: 'float32', dims: [], data: Float32Array.of(3) }), 'x').dims, []);
});

test('half floats: exact values, rounding to even, subnormals, overflow', () => {
  for (const [value, bits] of [
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [2 ** -24, 1],
    [2 ** -14, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [65520, 0x7c00],
    [0, 0],
  ] as const)
    assert.equal(halfBits(value), bits, String(value));
  for (let bits = 0; bits < 0x7c00; bits++) assert.equal(halfBits(halfValue(bits)), bits);
});

const broken: readonly (readonly [string, Uint8Array, string])[] = [
  ['cut off', npy('<f4', '(2, 4)', floats), 'npy-truncated'],
  ['objects', npy('|O', '(1,)', floats), 'npy-type'],
  ['text', npy('<U4', '(1,)', floats), 'npy-type'],
  [
    'records',
    Buffer.from(
      Buffer.from(npy('<f4', '(1,)', floats))
        .toString('latin1')
        .replace("'<f4'", "[('a')]"),
      'latin1',
    ),
    'npy-type',
  ],
  ['another file', Buffer.from('hello'), 'not-npy'],
  ['a future version', npy('<f4', '(1,)', floats, 'False', 9), 'not-npy'],
  ['a huge shape', npy('<f4', '(999999999, 999999999, 9)', floats), 'npy-truncated'],
];
for (const [name, file, code] of broken)
  test(`error: ${name}`, () => assert.throws(() => readNpy(file, 'x.npy'), { name: 'UserError', code }));

test('mutated files give an array or an error', () => {
  const seed = [...writeNpy({ dtype: 'float32', dims: [2, 3], data: new Float32Array(6) })];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
      fc.nat(seed.length),
      (changes, length) => {
        const bytes = Uint8Array.from(seed);
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          readNpy(bytes.slice(0, length), 'x.npy');
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      },
    ),
    { numRuns: 500 },
  );
});

const ref: SampleRef = { address: { kind: 'tensors', files: {} }, title: 'x.npy', contentHash: '' };
const input = (
  name: string,
  shape: readonly (number | string)[],
  dtype: InputSpec['type']['dtype'] = 'float32',
): InputSpec => ({ name, type: { dtype, shape } });
const encode = (
  inputs: readonly InputSpec[],
  files: Readonly<Record<string, Uint8Array>>,
): ReturnType<ReturnType<typeof createTensorEncoder>['encode']> =>
  createTensorEncoder(inputs).encode({ kind: 'tensors', ref, files });

test('elements are features, numbered through all inputs', () => {
  const small = npy('<i4', '(1, 2)', Buffer.from(Int32Array.of(7, 8).buffer));
  const sample = encode([input('a', ['batch', 2, 3]), input('b', ['batch', 2], 'int64')], {
    a: npy('<f4', '(2, 3)', floats),
    b: small,
  });
  assert.equal(sample.count, 8);
  assert.deepEqual(sample.feeds['a']?.dims, [1, 2, 3]);
  assert.deepEqual([...(sample.feeds['b']?.data ?? [])], [7n, 8n]);
  assert.deepEqual([...(sample.featureOf['b'] ?? [])], [6, 7]);
  const baseline = createTensorEncoder([input('a', ['batch', 2, 3])]).baseline(sample, 'zero');
  assert.ok(baseline.kind === 'feeds');
  assert.deepEqual([...(baseline.feeds[0]?.['a']?.data ?? [1])], [0, 0, 0, 0, 0, 0]);
});

test('a single array without a name feeds the only input', () => {
  assert.deepEqual(encode([input('x', ['batch', 6])], { '': npy('<f4', '(1, 6)', floats) }).feeds['x']?.dims, [1, 6]);
});

test('a state of two layers beside a sample keeps its sizes', () => {
  const inputs = [input('x', ['batch', 6]), input('state', [2, 'batch', 3])];
  const { feeds } = encode(inputs, { x: npy('<f4', '(1, 6)', floats), state: npy('<f4', '(2, 1, 3)', floats) });
  assert.deepEqual(
    [feeds['x']?.dims, feeds['state']?.dims],
    [
      [1, 6],
      [2, 1, 3],
    ],
  );
});

const misfits: readonly (readonly [string, () => unknown, string])[] = [
  ['shape', () => encode([input('x', ['batch', 5])], { x: npy('<f4', '(1, 6)', floats) }), 'wrong-input-shape'],
  [
    'a batch of two',
    () => encode([input('x', ['batch', 3])], { x: npy('<f4', '(2, 3)', floats) }),
    'wrong-input-shape',
  ],
  [
    'a state of two samples',
    () =>
      encode([input('x', ['batch', 6]), input('state', [1, 'batch', 3])], {
        x: npy('<f4', '(1, 6)', floats),
        state: npy('<f4', '(1, 2, 3)', floats),
      }),
    'wrong-input-shape',
  ],
  [
    'floats for ids',
    () => encode([input('x', ['batch', 6], 'int64')], { x: npy('<f4', '(6,)', floats) }),
    'wrong-input-type',
  ],
  [
    'missing',
    () => encode([input('x', ['batch', 6]), input('y', ['batch'])], { x: npy('<f4', '(6,)', floats) }),
    'wrong-tensors',
  ],
  ['strange', () => encode([input('x', ['batch', 6])], { z: npy('<f4', '(6,)', floats) }), 'wrong-tensors'],
  [
    'NaN',
    () => encode([input('x', ['batch', 1])], { x: npy('<f4', '(1,)', Buffer.from(Float32Array.of(NaN).buffer)) }),
    'not-finite',
  ],
];
for (const [name, action, code] of misfits)
  test(`error: ${name}`, () => assert.throws(action, { name: 'UserError', code }));
