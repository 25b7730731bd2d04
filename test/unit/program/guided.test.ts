/** Guided backpropagation and deconvnet on networks small enough to do by hand, and against loops over neurons. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import { BATCH } from '../../../server/graph/types';
import type { Value } from '../../../server/graph/types';
import { compileProgram } from '../../../server/program/compile';
import { names } from '../../../server/program/types';
import type { RuleOptions } from '../../../server/program/types';
import { array, interpret } from '../../support/interpreter';
import { inputs, modelOf, worst } from '../../support/interpreter/models';

const float = (value: number) => ({ type: 'float', value }) as const;

interface Case {
  readonly width: number;
  readonly classes: number;
  readonly x: readonly number[];
  readonly seed: readonly number[];
  readonly build: (b: GraphBuilder, x: Value) => Value;
}

function relevance(rules: string, { width, classes, x, seed, build }: Case, options: RuleOptions = {}) {
  const b = inputs({ x: [BATCH, width] });
  const logits = build(b, 'x');
  const model = modelOf({ b, entries: ['x'], logits });
  const { graph, trace } = compileProgram(model, { kind: 'relevance', head: 'linear', rules, options });
  const feeds = { x: array([x.length / width, width], x), [names.seed]: array([1, classes], seed) };
  return { values: Array.from(interpret(graph, feeds)[names.relevance('x')]!.data), trace };
}

/** f = relu(x₁ − x₂) − relu(x₁ + x₂) at (2, 1): slopes 1 and −1 arrive at two open ReLUs. */
const difference: Case = {
  width: 2,
  classes: 1,
  x: [2, 1],
  seed: [1],
  build(b, x) {
    const hidden = b.op('Relu', [b.op('MatMul', [x, b.constant(f32([1, 1, -1, 1], [2, 2]))])]);
    return b.op('MatMul', [hidden, b.constant(f32([1, -1], [2, 1]))]);
  },
};

test('by hand: a negative relevance ends at a ReLU, an open one lets the other through', () => {
  assert.deepEqual(relevance('guided-backprop', difference).values, [1, -1]);
  assert.deepEqual(relevance('deconvnet', difference).values, [1, -1]);
  assert.deepEqual(relevance('gradient', difference).values, [0, -2]);
  // The other sign of the score: now the second unit speaks.
  assert.deepEqual(relevance('guided-backprop', { ...difference, seed: [-1] }).values, [1, 1]);
});

test('by hand: a closed ReLU stops guided backpropagation, not deconvnet', () => {
  // At (1, 2) the first unit is closed: x₁ − x₂ < 0.
  const closed = { ...difference, x: [1, 2] };
  assert.deepEqual(relevance('guided-backprop', closed).values, [0, 0]);
  assert.deepEqual(relevance('deconvnet', closed).values, [1, -1]);
});

test('by hand: what keeps a divisor from 0 is no activation (cosine attention)', () => {
  for (const op of ['Clip', 'Max']) {
    const cosine: Case = {
      ...difference,
      x: [3, 4],
      build(b, x) {
        const norm = b.op('ReduceL2', [x, b.indices([1])], { keepdims: { type: 'int', value: 1 } });
        const unit = b.op('Div', [x, b.op(op, [norm, b.scalar(1e-12)])]);
        return b.op('MatMul', [unit, b.constant(f32([1, 0], [2, 1]))]);
      },
    };
    // ∂(x₁/‖x‖) = (x₂², −x₁x₂) / ‖x‖³
    for (const rules of ['guided-backprop', 'deconvnet']) {
      const [first = NaN, second = NaN] = relevance(rules, cosine).values;
      assert.ok(Math.abs(first - 16 / 125) < 1e-9 && Math.abs(second + 12 / 125) < 1e-9, `${op}: ${first} ${second}`);
    }
  }
});

test('start: 1 as a gradient, or the score; nothing else', () => {
  // f(2, 1) = 1 − 3 = −2: from the score the sign turns, and the second unit speaks twice.
  assert.deepEqual(relevance('guided-backprop', difference, { start: 'score' }).values, [2, 2]);
  assert.deepEqual(relevance('guided-backprop', difference, { start: 'one' }).values, [1, -1]);
  assert.throws(() => relevance('deconvnet', difference, { start: 'two' }), /deconvnet.*one or score/);
  assert.throws(() => relevance('deconvnet', difference, { begin: 'one' }), /begin/);
});

test('traces say which nodes had the rule', () => {
  const { trace } = relevance('guided-backprop', difference);
  assert.deepEqual(
    trace.map(({ op, rule }) => [op, rule]),
    [
      ['MatMul', 'guided-backprop'],
      ['Relu', 'guided-backprop'],
      ['MatMul', 'guided-backprop'],
    ],
  );
});

/** Every way to write an activation, with the derivative from the book. */
const activations: Readonly<
  Record<string, { readonly build: (b: GraphBuilder, x: Value) => Value; readonly slope: (x: number) => number }>
> = {
  relu: { build: (b, x) => b.op('Relu', [x]), slope: (x) => (x > 0 ? 1 : 0) },
  'relu as Max': { build: (b, x) => b.op('Max', [b.scalar(0), x]), slope: (x) => (x > 0 ? 1 : 0) },
  'relu6 as Clip': {
    build: (b, x) => b.op('Clip', [x, b.scalar(0), b.scalar(6)]),
    slope: (x) => (x > 0 && x < 6 ? 1 : 0),
  },
  'leaky relu': { build: (b, x) => b.op('LeakyRelu', [x], { alpha: float(0.1) }), slope: (x) => (x > 0 ? 1 : 0.1) },
  prelu: { build: (b, x) => b.op('PRelu', [x, b.constant(f32([-0.5], [1]))]), slope: (x) => (x > 0 ? 1 : -0.5) },
  tanh: { build: (b, x) => b.op('Tanh', [x]), slope: (x) => 1 - Math.tanh(x) ** 2 },
  sigmoid: {
    build: (b, x) => b.op('Sigmoid', [x]),
    slope: (x) => 1 / (1 + Math.exp(-x)) / (1 + Math.exp(x)),
  },
  'silu in two nodes': { build: (b, x) => b.op('Mul', [x, b.op('Sigmoid', [x])]), slope: siluSlope },
  'silu, gate first': { build: (b, x) => b.op('Mul', [b.op('Sigmoid', [x]), x]), slope: siluSlope },
  'gelu, quick': {
    build: (b, x) => b.op('Mul', [x, b.op('Sigmoid', [b.op('Mul', [b.scalar(1.702), x])])]),
    slope: (x) => {
      const g = 1 / (1 + Math.exp(-1.702 * x));
      return g + 1.702 * x * g * (1 - g);
    },
  },
  'hard swish': {
    build: (b, x) => b.op('HardSwish', [x]),
    slope: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
  },
};

function siluSlope(x: number): number {
  const s = 1 / (1 + Math.exp(-x));
  return s + x * s * (1 - s);
}

const number = fc.double({ min: -2, max: 2, noNaN: true }).filter((x) => Math.abs(x) > 1e-3);
const numbers = (length: number): fc.Arbitrary<number[]> => fc.array(number, { minLength: length, maxLength: length });
const [width, hidden] = [3, 4];

for (const [name, { build, slope }] of Object.entries(activations))
  test(`${name}: as loops over neurons`, () => {
    fc.assert(
      fc.property(
        numbers(width),
        numbers(width * hidden),
        numbers(hidden * hidden),
        numbers(hidden),
        (x, w1, w2, w3) => {
          const weights = (data: readonly number[], dims: readonly number[]) => (b: GraphBuilder) =>
            b.constant(f32(data, dims));
          const network: Case = {
            width,
            classes: 1,
            x,
            seed: [1],
            build(b, input) {
              const first = build(b, b.op('MatMul', [input, weights(w1, [width, hidden])(b)]));
              const second = build(b, b.op('MatMul', [first, weights(w2, [hidden, hidden])(b)]));
              return b.op('MatMul', [second, weights(w3, [hidden, 1])(b)]);
            },
          };
          // Weights are float32 in the model.
          const [a1, a2, a3] = [w1, w2, w3].map((values) => Array.from(Float32Array.from(values)));
          const forward = forwardOf(name);
          const z1 = times(x, a1!, hidden);
          const z2 = times(z1.map(forward), a2!, hidden);
          const back = (kind: string): number[] => {
            const rule = (z: number, r: number): number =>
              kind === 'deconvnet' ? Math.max(0, r) : Math.max(0, slope(z)) * Math.max(0, r);
            const r2 = a3!.map((r, k) => rule(z2[k]!, r));
            const r1 = timesTransposed(r2, a2!, hidden).map((r, k) => rule(z1[k]!, r));
            return timesTransposed(r1, a1!, hidden);
          };
          for (const kind of ['guided-backprop', 'deconvnet']) {
            const [ours, theirs] = [relevance(kind, network).values, back(kind)];
            const scale = Math.max(...theirs.map(Math.abs));
            if (scale === 0) assert.deepEqual(ours.map(Math.abs), theirs.map(Math.abs));
            else if (scale > 1e-6)
              assert.ok(worst(ours, theirs) < 1e-5, `${kind}: ${ours.join()} for ${theirs.join()}`);
          }
        },
      ),
      { numRuns: 20, seed: 5 },
    );
  });

/** The activation itself, by the same names. */
function forwardOf(name: string): (x: number) => number {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  switch (name) {
    case 'relu6 as Clip':
      return (x) => Math.min(6, Math.max(0, x));
    case 'leaky relu':
      return (x) => (x > 0 ? x : Math.fround(0.1) * x);
    case 'prelu':
      return (x) => (x > 0 ? x : -0.5 * x);
    case 'tanh':
      return Math.tanh;
    case 'sigmoid':
      return sigmoid;
    case 'silu in two nodes':
    case 'silu, gate first':
      return (x) => x * sigmoid(x);
    case 'gelu, quick':
      return (x) => x * sigmoid(Math.fround(1.702) * x);
    case 'hard swish':
      return (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5));
    default:
      return (x) => Math.max(0, x);
  }
}

const times = (x: readonly number[], w: readonly number[], outputs: number): number[] =>
  Array.from({ length: outputs }, (_, k) => x.reduce((sum, value, j) => sum + value * w[j * outputs + k]!, 0));

const timesTransposed = (r: readonly number[], w: readonly number[], outputs: number): number[] =>
  Array.from({ length: w.length / outputs }, (_, j) =>
    r.reduce((sum, value, k) => sum + value * w[j * outputs + k]!, 0),
  );

test('a product with itself is no activation, a gate of another value is none either', () => {
  const square: Case = { ...difference, width: 1, x: [-3], build: (b, x) => b.op('Mul', [x, x]) };
  assert.deepEqual(relevance('guided-backprop', square).values, [-6]);
  // x₁ · σ(x₂) at (−1, 0), seed −1: ordinary products; only the sigmoid itself is an activation, at slope ¼.
  const gate: Case = {
    ...difference,
    x: [-1, 0],
    seed: [-1],
    build(b, x) {
      const [one, two] = b.ops('Split', [x, b.indices([1, 1])], 2, { axis: { type: 'int', value: 1 } }) as [
        Value,
        Value,
      ];
      return b.op('Mul', [one, b.op('Sigmoid', [two])]);
    },
  };
  assert.deepEqual(relevance('guided-backprop', gate).values, [-0.5, 0.25]);
  assert.deepEqual(relevance('guided-backprop', { ...gate, seed: [1] }).values, [0.5, 0]);
});
