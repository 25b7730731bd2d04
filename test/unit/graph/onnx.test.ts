import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../server/errors';
import { bufferSource, fileSource } from '../../../server/graph/onnx/bytes';
import { bfloatToFloat, halfToFloat } from '../../../server/graph/onnx/elements';
import { readOnnx } from '../../../server/graph/onnx/read';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { sizeOf, allocate } from '../../../server/graph/tensor';
import type { Attribute, DType, Graph, Node, Tensor, ValueType } from '../../../server/graph/types';

const dtypes: readonly DType[] = [
  'float32',
  'float64',
  'float16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
  'string',
];
const dims = fc.array(fc.nat(4), { maxLength: 3 });
/** Records with an ordinary prototype, as the reader makes them. */
const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

const word = fc.string({ unit: 'grapheme', maxLength: 6 });

const tensor: fc.Arbitrary<Tensor> = fc
  .record({ dtype: fc.constantFrom(...dtypes), dims, seed: fc.array(fc.nat(255), { minLength: 1, maxLength: 9 }) })
  .map(({ dtype, dims: shape, seed }) => {
    const data = allocate(dtype, sizeOf(shape));
    if (Array.isArray(data))
      return { dtype, dims: shape, data: data.map((_, index) => `é${seed[index % seed.length]}`) };
    // Arbitrary bit patterns, except NaN, which deepEqual would have to know about.
    new Uint8Array(data.buffer).forEach((_, index, bytes) => {
      bytes[index] = (seed[index % seed.length] ?? 0) & (dtype.startsWith('float') ? 0x3f : 0xff);
    });
    return { dtype, dims: shape, data };
  });

const type: fc.Arbitrary<ValueType> = record({
  dtype: fc.constantFrom(...dtypes),
  shape: fc.option(
    fc.array(fc.oneof(fc.nat(9), fc.constantFrom('batch', '2*sequence+1', '<?a/b:0>')), { maxLength: 3 }),
    {
      nil: undefined,
    },
  ),
});

const integer = fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 63), 2 ** 63, -1, 2 ** 31, -(2 ** 40)));
const single = fc.float({ noNaN: true });

const graphs = fc.letrec<{ graph: Graph; attribute: Attribute; node: Node }>((tie) => ({
  attribute: fc.oneof(
    { maxDepth: 1 },
    record({ type: fc.constant('int' as const), value: integer }),
    record({ type: fc.constant('float' as const), value: single }),
    record({ type: fc.constant('string' as const), value: word }),
    record({ type: fc.constant('ints' as const), value: fc.array(integer) }),
    record({ type: fc.constant('floats' as const), value: fc.array(single) }),
    record({ type: fc.constant('strings' as const), value: fc.array(word) }),
    record({ type: fc.constant('tensor' as const), value: tensor }),
    record({ type: fc.constant('graph' as const), value: tie('graph') }),
  ),
  node: record({
    name: fc.string({ minLength: 1 }),
    op: fc.constantFrom('Add', 'Scan', 'Mine'),
    domain: fc.constantFrom('', 'ai.onnx.ml', 'com.example'),
    inputs: fc.array(word, { maxLength: 3 }),
    outputs: fc.array(word, { maxLength: 3 }),
    attributes: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('attribute'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  }),
  graph: fc
    .record({
      nodes: fc.array(tie('node'), { maxLength: 3 }),
      inputs: fc.uniqueArray(fc.tuple(fc.string(), type), { maxLength: 3, selector: ([name]) => name }),
      constants: fc.uniqueArray(fc.tuple(fc.string(), tensor), { maxLength: 3, selector: ([name]) => name }),
    })
    .map(({ nodes, inputs, constants }) => ({
      name: 'g',
      inputs: inputs.map(([name]) => name),
      outputs: [],
      nodes,
      constants: new Map(constants),
      types: new Map(inputs),
    })),
}));

test('graph → bytes → graph is the same graph', () => {
  fc.assert(
    fc.property(graphs.graph, (graph) => {
      const file = readOnnx(bufferSource(writeOnnx(graph)));
      assert.deepEqual(file.graph, graph);
      assert.equal(file.opsets.get(''), 21);
    }),
    { numRuns: 200 },
  );
});

test('mutated bytes give an error made for people or a graph, never anything else', () => {
  const graph = fc.sample(graphs.graph, { numRuns: 20, seed: 7 });
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.nat(19), edits, fc.nat(), (which, changes, cut) => {
      const bytes = writeOnnx(graph[which]!);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const part = cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
      try {
        readOnnx(bufferSource(part));
      } catch (error) {
        assert.ok(error instanceof UserError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('a file on disk: large constants are read on first use and say where they lie', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-'));
  try {
    const data = Float32Array.from({ length: 5000 }, (_, index) => index / 3);
    const graph: Graph = {
      name: 'g',
      inputs: [],
      outputs: [],
      nodes: [],
      types: new Map(),
      constants: new Map([['w', { dtype: 'float32', dims: [50, 100], data }]]),
    };
    const path = join(folder, 'm.onnx');
    writeFileSync(path, writeOnnx(graph));
    const source = fileSource(path);
    const weight = readOnnx(source).graph.constants.get('w')!;
    source.close();
    assert.equal(weight.origin?.length, 20_000);
    assert.deepEqual(weight.data, data);

    writeFileSync(
      join(folder, 'e.onnx'),
      writeOnnx(graph, { external: () => ({ location: 'm.onnx', ...rangeOf(weight) }) }),
    );
    const other = fileSource(join(folder, 'e.onnx'));
    assert.ok(other.size < 200);
    assert.deepEqual(readOnnx(other).graph.constants.get('w')?.data, data);
    other.close();

    for (const location of ['../m.onnx', '/etc/passwd', 'a/../../m.onnx', 'C:\\x', '']) {
      const bytes = writeOnnx(graph, { external: () => ({ location, ...rangeOf(weight) }) });
      writeFileSync(join(folder, 'bad.onnx'), bytes);
      const bad = fileSource(join(folder, 'bad.onnx'));
      assert.throws(() => readOnnx(bad), { code: 'model-external-path' });
      bad.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function rangeOf(tensor: Tensor): { offset: number; length: number } {
  assert.ok(tensor.origin);
  return { offset: tensor.origin.offset, length: tensor.origin.length };
}

test('half precision floats', () => {
  // Bit patterns from IEEE 754: 1, −2, 65504 (largest), 2⁻²⁴ (smallest), 2⁻¹⁴, −0, ∞.
  const halves = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x8000, 0x7c00, 0x03ff];
  const expected = [1, -2, 65504, 2 ** -24, 2 ** -14, -0, Infinity, 1023 * 2 ** -24];
  assert.deepEqual(Array.from(halfToFloat(halves)), expected);
  assert.deepEqual(Array.from(bfloatToFloat([0x3f80, 0xc040])), [1, -3]);
});

test('wrong size of contents names the tensor', () => {
  const bad: Tensor = { dtype: 'float32', dims: [3], data: Float32Array.of(1, 2) };
  const graph: Graph = {
    name: '',
    inputs: [],
    outputs: [],
    nodes: [],
    constants: new Map([['w', bad]]),
    types: new Map(),
  };
  assert.throws(() => readOnnx(bufferSource(writeOnnx(graph))), /tensor w has shape \[3\] but 8 bytes/);
});
