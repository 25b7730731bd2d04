/** Folding batch norm never changes what the graph gives, and does not happen where it would. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { float, int, ints, text } from '../../../../server/graph/attributes';
import type { GraphBuilder } from '../../../../server/graph/builder';
import { f32 } from '../../../../server/graph/tensor';
import { BATCH } from '../../../../server/graph/types';
import type { Attribute, Dim, Graph, Value } from '../../../../server/graph/types';
import { foldBatchNorm } from '../../../../server/program/canonize/batch-norm';
import { array, interpret } from '../../../support/interpreter';
import { inputs, worst } from '../../../support/interpreter/models';

let state = 1;
/** Numbers from −1 to 1, the same in every run. */
function random(): number {
  state = (state * 48271) % 2147483647;
  return (state / 2147483647) * 2 - 1;
}
const some = (count: number, from = -1): number[] =>
  Array.from({ length: count }, () => from + (random() + 1) * 0.5 * (1 - from));
const weights = (b: GraphBuilder, ...dims: number[]): Value =>
  b.constant(f32(some(dims.reduce((size, dim) => size * dim, 1)), dims), 'w');

function norm(b: GraphBuilder, x: Value, channels: number, how: { shiftless?: boolean } = {}): Value {
  const row = (values: readonly number[]): Value => b.constant(f32([...values]), 'p');
  const zeros = new Array<number>(channels).fill(0);
  const [shift, mean] = how.shiftless === true ? [zeros, zeros] : [some(channels), some(channels)];
  const parameters = [row(some(channels)), row(shift), row(mean), row(some(channels, 0.3))];
  return b.op('BatchNormalization', [x, ...parameters], { epsilon: float(1e-3) });
}

type Made = (b: GraphBuilder, x: Value) => Value;
const attributes = (given: Readonly<Record<string, number | string | readonly number[]>>): Record<string, Attribute> =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      typeof value === 'number'
        ? name === 'alpha' || name === 'beta'
          ? float(value)
          : int(value)
        : typeof value === 'string'
          ? text(value)
          : ints(value),
    ]),
  );

function graphOf(shape: readonly number[], make: Made): Graph {
  const b = inputs({ x: [BATCH, ...shape] });
  return b.build([b.rename(make(b, 'x'), 'y')]);
}

/** Largest difference of the graph and its folded form, relative to the largest number. */
function difference(graph: Graph, folded: Graph, shape: readonly number[]): number {
  const size = shape.reduce((product, dim) => product * dim, 2);
  const x = array([2, ...shape], Float64Array.from(some(size), Math.fround));
  return worst(interpret(folded, { x })['y']!.data, interpret(graph, { x })['y']!.data);
}

const ops = (graph: Graph): string[] => graph.nodes.map(({ op }) => op).filter((op) => op !== 'Identity');

interface Case {
  readonly shape: readonly number[];
  readonly make: Made;
  readonly becomes: readonly string[];
}

const conv = (w: readonly number[], biased: boolean, given: Parameters<typeof attributes>[0] = {}) =>
  function (b: GraphBuilder, x: Value): Value {
    const bias = biased ? [weights(b, w[0] ?? 0)] : [];
    return b.op('Conv', [x, weights(b, ...w), ...bias], attributes(given));
  };
const transposed = (w: readonly number[], group = 1) =>
  function (b: GraphBuilder, x: Value): Value {
    const bias = weights(b, (w[1] ?? 0) * group);
    return b.op('ConvTranspose', [x, weights(b, ...w), bias], attributes({ group, strides: [2, 2] }));
  };
const gemm = (dims: readonly number[], given: Parameters<typeof attributes>[0], bias: readonly number[] | null) =>
  function (b: GraphBuilder, x: Value): Value {
    return b.op('Gemm', [x, weights(b, ...dims), ...(bias === null ? [] : [weights(b, ...bias)])], attributes(given));
  };
const behind =
  (layer: Made, channels: number): Made =>
  (b, x) =>
    norm(b, layer(b, x), channels);
const before =
  (layer: Made, channels: number, how = {}): Made =>
  (b, x) =>
    layer(b, norm(b, x, channels, how));

const cases: Readonly<Record<string, Case>> = {
  'behind a Conv': { shape: [3, 5, 5], make: behind(conv([4, 3, 3, 3], true, { pads: [1, 1, 1, 1] }), 4), becomes: ['Conv'] },
  'behind a Conv without bias': { shape: [3, 5], make: behind(conv([4, 3, 3], false), 4), becomes: ['Conv'] },
  'behind a grouped Conv': { shape: [4, 5, 5], make: behind(conv([6, 2, 3, 3], true, { group: 2 }), 6), becomes: ['Conv'] },
  'behind a depthwise Conv': { shape: [4, 5, 5], make: behind(conv([8, 1, 3, 3], false, { group: 4, auto_pad: 'SAME_UPPER' }), 8), becomes: ['Conv'] },
  'behind a 3-D Conv': { shape: [2, 3, 3, 3], make: behind(conv([3, 2, 2, 2, 2], true), 3), becomes: ['Conv'] },
  'behind a ConvTranspose': { shape: [3, 3, 3], make: behind(transposed([3, 4, 2, 2]), 4), becomes: ['ConvTranspose'] },
  'behind a grouped ConvTranspose': { shape: [4, 3, 3], make: behind(transposed([4, 3, 3, 3], 2), 6), becomes: ['ConvTranspose'] },
  'behind a Gemm': { shape: [5], make: behind(gemm([5, 3], { alpha: 0.5, beta: 2 }, [3]), 3), becomes: ['Gemm'] },
  'behind a Gemm with turned weights': { shape: [5], make: behind(gemm([3, 5], { transB: 1 }, [1, 3]), 3), becomes: ['Gemm'] },
  'behind a Gemm without bias': { shape: [5], make: behind(gemm([5, 3], {}, null), 3), becomes: ['Gemm'] },
  'behind a MatMul': { shape: [5], make: behind((b, x) => b.op('MatMul', [x, weights(b, 5, 3)]), 3), becomes: ['MatMul', 'Add'] },
  'behind a MatMul and its bias': {
    shape: [5],
    make: behind((b, x) => b.op('Add', [b.op('MatMul', [x, weights(b, 5, 3)]), weights(b, 3)]), 3),
    becomes: ['MatMul', 'Add'],
  },
  'two of them, and a scale and a shift of its own': {
    shape: [3, 5, 5],
    make: (b, x) => b.op('Add', [b.op('Mul', [norm(b, norm(b, conv([4, 3, 3, 3], true)(b, x), 4), 4), weights(b, 4, 1, 1)]), weights(b, 1, 4, 1, 1)]),
    becomes: ['Conv'],
  },
  'a scale behind a MatMul of positions': {
    shape: [2, 5],
    make: (b, x) => b.op('Sub', [weights(b, 3), b.op('Div', [b.op('MatMul', [x, weights(b, 5, 3)]), weights(b, 3)])]),
    becomes: ['MatMul', 'Add'],
  },
  'before a Conv without padding': { shape: [3, 5, 5], make: before(conv([4, 3, 3, 3], true, { strides: [2, 2] }), 3), becomes: ['Conv'] },
  'before a grouped Conv': { shape: [4, 5, 5], make: before(conv([6, 2, 3, 3], true, { group: 2, auto_pad: 'VALID' }), 4), becomes: ['Conv'] },
  'before a padded Conv, without a shift': { shape: [4, 5, 5], make: before(conv([4, 1, 3, 3], false, { group: 4, pads: [1, 1, 1, 1] }), 4, { shiftless: true }), becomes: ['Conv'] },
  'before a ConvTranspose, without a shift': { shape: [4, 3, 3], make: before(transposed([4, 3, 3, 3], 2), 4, { shiftless: true }), becomes: ['ConvTranspose'] },
  'before a Gemm': { shape: [5], make: before(gemm([5, 3], { alpha: 0.5, beta: 3 }, [3]), 5), becomes: ['Gemm'] },
  'before a MatMul': { shape: [5], make: before((b, x) => b.op('MatMul', [x, weights(b, 5, 3)]), 5), becomes: ['Gemm'] },
  'between two layers: into the first': {
    shape: [3, 5, 5],
    make: (b, x) => conv([2, 4, 3, 3], true, { pads: [1, 1, 1, 1] })(b, norm(b, conv([4, 3, 3, 3], true)(b, x), 4)),
    becomes: ['Conv', 'Conv'],
  },
}; // prettier-ignore

for (const [title, { shape, make, becomes }] of Object.entries(cases))
  test(`folded ${title}: the same result`, (t) => {
    const graph = graphOf(shape, make);
    const folded = foldBatchNorm(graph, new Set());
    assert.deepEqual(ops(folded), becomes);
    const error = difference(graph, folded, shape);
    assert.ok(error < 1e-6, `error ${error}`);
    t.diagnostic(`largest difference ${error.toExponential(1)} of the largest result`);
  });

const stays: Readonly<Record<string, Omit<Case, 'becomes'> & { readonly keep?: string }>> = {
  'before a padded Conv': { shape: [3, 5, 5], make: before(conv([4, 3, 3, 3], true, { pads: [0, 0, 1, 0] }), 3) },
  'before a Conv of the same size': { shape: [3, 5, 5], make: before(conv([4, 3, 3, 3], true, { auto_pad: 'SAME_LOWER' }), 3) },
  'before a ConvTranspose': { shape: [3, 3, 3], make: before(transposed([3, 4, 2, 2]), 3) },
  'behind what something else reads too': {
    shape: [3, 5, 5],
    make(b, x) {
      const z = conv([3, 3, 3, 3], true, { pads: [1, 1, 1, 1] })(b, x);
      return b.op('Add', [norm(b, z, 3), z]);
    },
  },
  'before two layers': {
    shape: [5],
    make(b, x) {
      const z = norm(b, x, 5);
      return b.op('Add', [gemm([5, 3], {}, [3])(b, z), gemm([5, 3], {}, [3])(b, z)]);
    },
  },
  'with parameters from the sample': {
    shape: [3],
    make: (b, x) =>
      b.op('BatchNormalization', [gemm([3, 3], {}, null)(b, x), weights(b, 3), b.op('ReduceMax', [x, b.indices([0])], { keepdims: int(0) }), weights(b, 3), b.constant(f32([1, 2, 3]))]),
  },
  'before a product over another axis': { shape: [3, 5], make: before((b, x) => b.op('MatMul', [x, weights(b, 5, 3)]), 3) },
  'a shift alone': { shape: [5], make: (b, x) => b.op('Add', [b.op('MatMul', [x, weights(b, 5, 3)]), weights(b, 3)]) },
  'a scale per place': { shape: [3, 5, 5], make: (b, x) => b.op('Mul', [conv([4, 3, 3, 3], true)(b, x), weights(b, 3, 3)]) },
}; // prettier-ignore

for (const [title, { shape, make }] of Object.entries(stays))
  test(`not folded: ${title}`, () => {
    const graph = graphOf(shape, make);
    assert.equal(foldBatchNorm(graph, new Set()), graph);
  });

test('values that are asked for stay, on either side', () => {
  const shape: readonly Dim[] = [BATCH, 3, 5, 5];
  const b = inputs({ x: shape });
  const z = conv([4, 3, 3, 3], true)(b, 'x');
  const n = norm(b, z, 4);
  const graph = b.build([conv([2, 4, 3, 3], true)(b, n)]);
  assert.equal(foldBatchNorm(graph, new Set([z])).nodes.length, 2);
  const second = foldBatchNorm(graph, new Set([z]));
  assert.deepEqual(second.nodes[1]?.inputs[0], z, 'folded into the layer behind it');
  assert.deepEqual(foldBatchNorm(graph, new Set([n])).nodes[0]?.outputs, [n], 'folded into the layer before it');
  assert.equal(foldBatchNorm(graph, new Set([z, n])), graph);
});
