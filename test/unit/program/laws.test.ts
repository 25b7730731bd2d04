/** Laws every gradient obeys: linear in the seed, a batch is its samples, the function counts and not its spelling. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { int } from '../../../server/graph/attributes';
import type { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import { BATCH } from '../../../server/graph/types';
import type { Graph, Value } from '../../../server/graph/types';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import { array, interpret } from '../../support/interpreter';
import { inputs, modelOf, worst } from '../../support/interpreter/models';

const number = fc.double({ min: -2, max: 2, noNaN: true }).filter((x) => Math.abs(x) > 1e-3);
const numbers = (length: number): fc.Arbitrary<number[]> => fc.array(number, { minLength: length, maxLength: length });
const [width, hidden, classes] = [4, 5, 3];

/** How each step of a network may be written; all ways of a step are the same function. */
const spellings = {
  dense: [
    (b: GraphBuilder, x: Value, w: Value, bias: Value) => b.op('Gemm', [x, w, bias]),
    (b: GraphBuilder, x: Value, w: Value, bias: Value) => b.op('Add', [b.op('MatMul', [x, w]), bias]),
    (b: GraphBuilder, x: Value, w: Value, bias: Value) =>
      b.op('Gemm', [x, b.op('Transpose', [w], { perm: { type: 'ints', value: [1, 0] } }), bias], { transB: int(1) }),
    (b: GraphBuilder, x: Value, w: Value, bias: Value) =>
      b.op('Sum', [bias, b.op('Einsum', [x, w], { equation: { type: 'string', value: 'bi,ij->bj' } })]),
  ],
  relu: [
    (b: GraphBuilder, x: Value) => b.op('Relu', [x]),
    (b: GraphBuilder, x: Value) => b.op('Max', [b.scalar(0), x]),
    (b: GraphBuilder, x: Value) => b.op('Clip', [x, b.scalar(0)]),
    (b: GraphBuilder, x: Value) => b.op('Where', [b.op('Greater', [x, b.scalar(0)]), x, b.scalar(0)]),
    (b: GraphBuilder, x: Value) => b.op('Mul', [b.scalar(0.5), b.op('Add', [x, b.op('Abs', [x])])]),
    (b: GraphBuilder, x: Value) => b.op('LeakyRelu', [x], { alpha: { type: 'float', value: 0 } }),
  ],
  halves: [
    (_b: GraphBuilder, x: Value) => x,
    (b: GraphBuilder, x: Value) =>
      b.op('Concat', b.ops('Split', [x, b.indices([2, 3])], 2, { axis: int(1) }), { axis: int(1) }),
    (b: GraphBuilder, x: Value) => b.op('Squeeze', [b.op('Unsqueeze', [x, b.indices([1])]), b.indices([1])]),
    (b: GraphBuilder, x: Value) =>
      b.op('Slice', [b.op('Pad', [x, b.indices([0, 2, 0, 1])]), b.indices([2]), b.indices([7]), b.indices([1])]),
  ],
};

interface Spelling {
  readonly dense: number;
  readonly relu: number;
  readonly halves: number;
}

const spelling: fc.Arbitrary<Spelling> = fc.record({
  dense: fc.nat({ max: spellings.dense.length - 1 }),
  relu: fc.nat({ max: spellings.relu.length - 1 }),
  halves: fc.nat({ max: spellings.halves.length - 1 }),
});

function network(weights: readonly number[], how: Spelling): Graph {
  const b = inputs({ x: [BATCH, width] });
  const take = (dims: readonly number[], from: number): Value => {
    const length = dims.reduce((a, c) => a * c, 1);
    return b.constant(f32(weights.slice(from, from + length), dims), 'weights');
  };
  const first = spellings.dense[how.dense]!(b, 'x', take([width, hidden], 0), take([hidden], 20));
  const active = spellings.halves[how.halves]!(b, spellings.relu[how.relu]!(b, first));
  const logits = spellings.dense[how.dense]!(b, active, take([hidden, classes], 25), take([classes], 40));
  return compileProgram(modelOf({ b, entries: ['x'], logits }), {
    kind: 'relevance',
    head: 'linear',
    rules: 'gradient',
  }).graph;
}

const plain: Spelling = { dense: 0, relu: 0, halves: 0 };

function gradientOf(graph: Graph, x: readonly number[], seed: readonly number[]): Float64Array {
  const rows = x.length / width;
  const feeds = { x: array([rows, width], x), [names.seed]: array([1, classes], seed) };
  return interpret(graph, feeds)[names.relevance('x')]!.data;
}

const runs = { numRuns: 60 };

test('linear in the seed', () => {
  fc.assert(
    fc.property(numbers(43), numbers(width), numbers(classes), numbers(classes), number, (w, x, v, u, k) => {
      const graph = network(w, plain);
      const joint = gradientOf(
        graph,
        x,
        v.map((value, at) => value + k * u[at]!),
      );
      const [first, second] = [gradientOf(graph, x, v), gradientOf(graph, x, u)];
      joint.forEach((value, at) => assert.ok(Math.abs(value - (first[at]! + k * second[at]!)) < 1e-9));
    }),
    runs,
  );
});

test('a batch gives what its samples give', () => {
  fc.assert(
    fc.property(numbers(43), numbers(3 * width), numbers(classes), spelling, (w, x, v, how) => {
      const graph = network(w, how);
      const batch = gradientOf(graph, x, v);
      const singles = [0, 1, 2].flatMap((row) =>
        Array.from(gradientOf(graph, x.slice(row * width, (row + 1) * width), v)),
      );
      batch.forEach((value, at) => assert.ok(Math.abs(value - singles[at]!) < 1e-12));
    }),
    runs,
  );
});

test('the same function written otherwise has the same gradient', () => {
  fc.assert(
    fc.property(numbers(43), numbers(width), numbers(classes), spelling, (w, x, v, how) => {
      const [one, other] = [gradientOf(network(w, plain), x, v), gradientOf(network(w, how), x, v)];
      one.forEach((value, at) => assert.ok(Math.abs(value - other[at]!) < 1e-9, JSON.stringify(how)));
    }),
    { numRuns: 150 },
  );
});

test('relu(relu(x₁ − 1) − relu(x₂)) at (3, 1): gradient (1, −1), gradient × input (3, −1), IG from 0 (1.5, −0.5)', () => {
  const b = inputs({ x: [BATCH, 2] });
  const part = (at: number): Value => b.op('Slice', ['x', b.indices([at]), b.indices([at + 1]), b.indices([1])]);
  const left = b.op('Relu', [b.op('Sub', [part(0), b.scalar(1)])]);
  const logits = b.op('Relu', [b.op('Sub', [left, b.op('Relu', [part(1)])])]);
  const model = modelOf({ b, entries: ['x'], logits });
  const spec = { head: 'linear', rules: 'gradient' } as const;
  const feeds = { x: array([1, 2], [3, 1]), [names.seed]: array([1, 1], [1]) };
  const slope = interpret(compileProgram(model, { ...spec, kind: 'relevance' }).graph, feeds)[names.relevance('x')]!;
  assert.deepEqual([...slope.data], [1, -1]);

  const nodes = 400;
  const alphas = Array.from({ length: nodes }, (_, at) => (at + 0.5) / nodes);
  const path = interpret(compileProgram(model, { ...spec, kind: 'path' }).graph, {
    [names.sample('x')]: array([1, 2], [3, 1]),
    [names.baseline('x')]: array([1, 2], [0, 0]),
    [names.alpha]: array([nodes], alphas),
    [names.weight]: array(
      [nodes],
      alphas.map(() => 1 / nodes),
    ),
    [names.seed]: array([1, 1], [1]),
  })[names.relevance('x')]!;
  assert.ok(worst(path.data, [1.5, -0.5]) < 1e-9, path.data.join());
});
