/** Operations of TensorFlow graphs, each in a graph model of its own, against TensorFlow.js' own on its plain backend. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { canonicalGraph } from '../../../server/model/import';
import { formatOf } from '../../../server/model/formats';
import type { Tensor } from '../../../server/graph/types';
import { runGraph } from '../onnx/run';

const scratch = mkdtempSync(join(tmpdir(), 'tensorflow-operations-'));
after(() => rmSync(scratch, { recursive: true }));
before(() => tf.setBackend('cpu'));

interface Given {
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly dims: readonly number[];
  readonly data: readonly number[];
  /** Part of the model instead of its input. */
  readonly fixed?: boolean;
}
interface Case {
  readonly op: string;
  readonly name?: string;
  readonly inputs: readonly Given[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly outputs?: number;
  readonly expected: (...inputs: tf.Tensor[]) => tf.Tensor | readonly tf.Tensor[];
}

const floats = (dims: readonly number[], data: readonly number[], fixed = false): Given => ({
  dtype: 'float32',
  dims,
  data,
  fixed,
});
const whole = (dims: readonly number[], data: readonly number[], fixed = true): Given => ({
  dtype: 'int32',
  dims,
  data,
  fixed,
});
/** Numbers without a pattern, some below zero. */
const some = (...dims: readonly number[]): Given =>
  floats(
    dims,
    Array.from(
      { length: dims.reduce((a, b) => a * b, 1) },
      (_, i) => Math.round(4000 * Math.sin(12.9898 * i + 1)) / 1000,
    ),
  );
const named = (...values: readonly number[]): Given => floats([1, values.length], values);

const cases: readonly Case[] = [
  {
    op: 'Atan2',
    name: 'all around, on the axes too',
    inputs: [named(0, 1, 1, 1, 0, -1, -1, -1, 0, 3e-5, -2e4), named(1, 1, 0, -1, -1, -1, 0, 1, 0, -2, -1e-3)],
    expected: (y, x) => tf.atan2(y, x),
  },
  {
    op: 'DivNoNan',
    inputs: [named(1, 2, 0, -3), named(4, 0, 0, 0.5)],
    expected: (x, y) => tf.divNoNan(x, y),
  },
  {
    op: 'FloorMod',
    inputs: [named(7.5, -7.5, 7.5, -7.5), named(2, 2, -2, -2)],
    expected: (x, y) => tf.mod(x, y),
  },
  { op: 'Log1p', inputs: [named(0, 0.5, 3, -0.5)], expected: (x) => tf.log1p(x) },
  { op: 'Expm1', inputs: [named(0, 0.5, 3, -0.5)], expected: (x) => tf.expm1(x) },
  { op: 'Asinh', inputs: [named(-2, 0, 0.5, 30)], expected: (x) => tf.asinh(x) },
  { op: 'Acosh', inputs: [named(1, 1.5, 30)], expected: (x) => tf.acosh(x) },
  { op: 'Atanh', inputs: [named(-0.9, 0, 0.5)], expected: (x) => tf.atanh(x) },
  {
    op: 'LRN',
    inputs: [some(1, 2, 3, 7)],
    attributes: { depth_radius: { i: 2 }, alpha: { f: 0.3 }, beta: { f: 0.75 }, bias: { f: 1.5 } },
    expected: (x) => tf.localResponseNormalization(x as tf.Tensor4D, 2, 1.5, 0.3, 0.75),
  },
  {
    op: 'GatherNd',
    inputs: [some(1, 3, 4), whole([2, 2], [0, 2, 0, 1])],
    expected: (x, at) => tf.gatherND(x, at),
  },
  {
    op: 'GatherV2',
    name: 'within each sample',
    inputs: [some(2, 4, 3), whole([2, 2], [3, 0, 1, 1]), whole([], [1])],
    attributes: { batch_dims: { i: 1 } },
    expected: (x, at) => tf.gather(x, at, 1, 1),
  },
  {
    op: 'ScatterNd',
    name: 'each place once',
    inputs: [whole([2, 1], [3, 1]), some(2, 3), whole([2], [5, 3])],
    expected: (at, x) => tf.scatterND(at, x, [5, 3]),
  },
  {
    op: 'ScatterNd',
    name: 'one place twice: sums',
    inputs: [whole([3, 1], [3, 1, 3]), some(3, 3), whole([2], [5, 3])],
    expected: (at, x) => tf.scatterND(at, x, [5, 3]),
  },
  {
    op: 'TensorScatterUpdate',
    inputs: [some(4, 2), whole([2, 1], [3, 0]), some(2, 2)],
    expected: (x, at, updates) => tf.tensorScatterUpdate(x, at, updates),
  },
  {
    op: 'SparseToDense',
    name: 'places of a matrix',
    inputs: [whole([2, 2], [0, 1, 2, 0]), whole([2], [3, 2]), floats([2], [5, 7]), floats([], [-1], true)],
    expected: (at, _shape, values) => tf.sparseToDense(at, values, [3, 2], tf.scalar(-1)),
  },
  {
    op: 'SparseToDense',
    name: 'places of a vector, one value',
    inputs: [whole([3], [0, 2, 4]), whole([1], [6]), floats([], [5]), floats([], [0], true)],
    expected: (at, _shape, value) => tf.sparseToDense(at, value, [6], tf.scalar(0)),
  },
  {
    op: 'TopKV2',
    inputs: [some(2, 7), whole([], [3])],
    outputs: 2,
    expected: (x) => {
      const { values, indices } = tf.topk(x, 3);
      return [values, indices];
    },
  },
  {
    op: 'ReverseV2',
    inputs: [some(2, 3, 2), whole([2], [1, -1])],
    expected: (x) => tf.reverse(x, [1, 2]),
  },
  {
    op: 'ArgMin',
    inputs: [some(2, 5), whole([], [1])],
    attributes: { output_type: { type: 'DT_INT32' } },
    expected: (x) => tf.argMin(x, 1),
  },
  {
    op: 'MirrorPad',
    name: 'edge repeated',
    inputs: [some(1, 3, 4), whole([3, 2], [0, 0, 2, 1, 0, 3])],
    attributes: { mode: { s: Buffer.from('SYMMETRIC').toString('base64') } },
    expected: (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [2, 1],
          [0, 3],
        ],
        'symmetric',
      ),
  },
  {
    op: 'MirrorPad',
    name: 'edge not repeated',
    inputs: [some(1, 3, 4), whole([3, 2], [0, 0, 2, 1, 0, 3])],
    attributes: { mode: { s: Buffer.from('REFLECT').toString('base64') } },
    expected: (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [2, 1],
          [0, 3],
        ],
        'reflect',
      ),
  },
];

for (const [index, item] of cases.entries())
  test(`${item.op}${item.name === undefined ? '' : `, ${item.name}`}`, async () => {
    const path = modelOf(item, `case-${index}`);
    const graph = canonicalGraph(await formatOf(path).read(path));
    const feeds = Object.fromEntries(
      item.inputs.flatMap((given, at): [string, Tensor][] =>
        given.fixed === true ? [] : [[`input_${at}`, tensorOf(given)]],
      ),
    );
    const results = await runGraph(graph, feeds);
    const made = item.expected(...item.inputs.map(({ data, dims, dtype }) => tf.tensor([...data], [...dims], dtype)));
    const expected = 'dataSync' in made ? [made] : made;
    expected.forEach((want, output) => {
      const got = results[graph.outputs[output] ?? ''];
      assert.deepEqual(got?.dims, want.shape);
      const numbers = Array.from(want.dataSync());
      const largest = Math.max(1, ...numbers.map(Math.abs));
      numbers.forEach((value, at) => {
        const error = Math.abs(value - Number(got.data[at])) / largest;
        assert.ok(error < 1e-6, `element ${at}: ${String(got.data[at])} instead of ${value}`);
      });
    });
  });

test('an output behind a loop is left out with a note; alone, it is the error', async () => {
  const nodes = [
    placeholder('input_0', some(1, 3)),
    { name: 'double', op: 'AddV2', input: ['input_0', 'input_0'], attr: {} },
    { name: 'loop', op: 'Enter', input: ['double'], attr: {} },
  ];
  const path = write('loop', nodes, { double: 'double', loop: 'loop' }, []);
  const file = await formatOf(path).read(path);
  assert.deepEqual(file.graph.outputs, ['double']);
  assert.match(
    file.notes?.[0] ?? '',
    /^The output loop is left out: The model branches or loops: Enter \(node loop\)\.$/,
  );
  const alone = write('loop-alone', nodes, { loop: 'loop' }, []);
  await assert.rejects(async () => formatOf(alone).read(alone), /branches or loops: Enter/);
});

function tensorOf({ dtype, dims, data }: Given): Tensor {
  return dtype === 'int32'
    ? { dtype, dims, data: Int32Array.from(data) }
    : { dtype: 'float32', dims, data: Float32Array.from(data) };
}

function placeholder(name: string, { dtype, dims }: Given): object {
  const shape = { dim: dims.map((size) => ({ size: String(size) })) };
  return {
    name,
    op: 'Placeholder',
    attr: { dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' }, shape: { shape } },
  };
}

/** A graph model with one operation; fixed inputs are its weights. */
function modelOf({ op, inputs, attributes, outputs = 1 }: Case, name: string): string {
  const nodes = [
    ...inputs.map((given, at) =>
      given.fixed === true
        ? {
            name: `input_${at}`,
            op: 'Const',
            attr: { dtype: { type: given.dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' } },
          }
        : placeholder(`input_${at}`, given),
    ),
    { name: 'made', op, input: inputs.map((_, at) => `input_${at}`), attr: attributes ?? {} },
  ];
  const ends = Object.fromEntries(
    Array.from({ length: outputs }, (_, at) => [`made_${at}`, at === 0 ? 'made' : `made:${at}`]),
  );
  return write(
    name,
    nodes,
    ends,
    inputs.flatMap((given, at) => (given.fixed === true ? [{ name: `input_${at}`, given }] : [])),
  );
}

function write(
  name: string,
  node: readonly object[],
  outputs: Readonly<Record<string, string>>,
  weights: readonly { readonly name: string; readonly given: Given }[],
): string {
  const bytes = Buffer.concat(
    weights.map(({ given }) =>
      Buffer.from((given.dtype === 'int32' ? Int32Array.from(given.data) : Float32Array.from(given.data)).buffer),
    ),
  );
  writeFileSync(join(scratch, `${name}.bin`), bytes);
  const model = {
    format: 'graph-model',
    modelTopology: { node },
    signature: { outputs: Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, { name: value }])) },
    weightsManifest: [
      {
        paths: [`${name}.bin`],
        weights: weights.map(({ name: weight, given }) => ({ name: weight, shape: given.dims, dtype: given.dtype })),
      },
    ],
  };
  const path = join(scratch, `${name}.json`);
  writeFileSync(path, JSON.stringify(model));
  return path;
}
