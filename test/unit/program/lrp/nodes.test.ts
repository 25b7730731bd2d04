/** Rules of nodes that are no linear layers, by numbers worked out by hand. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { float, int, ints, text } from '../../../../server/graph/attributes';
import type { GraphBuilder } from '../../../../server/graph/builder';
import { bool, f32 } from '../../../../server/graph/tensor';
import type { Value } from '../../../../server/graph/types';
import { carry, vector } from './carry';
import type { Small } from './carry';

interface ByHand extends Small {
  readonly name: string;
  readonly gives: Readonly<Record<string, readonly number[]>>;
  readonly absorbs?: Readonly<Record<string, number>>;
}

const constant = (b: GraphBuilder, ...numbers: number[]): Value => b.constant(f32(Float32Array.from(numbers)), 'c');
/** A linear layer that changes nothing: what follows is no shift of the input. */
const linear = (b: GraphBuilder, x: Value, size: number): Value => {
  const eye = Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
  return b.op('MatMul', [x, b.constant(f32(Float32Array.from(eye), [size, size]), 'eye')]);
};
const two = { a: vector(3, -1), c: vector(1, 1) };
const ratio = { rule: { rule: 'zero' }, residual: 'ratio' };
const norm = { scale: [2, 3], shift: [1, 0] };
const ln3 = Math.log(3);

const cases: readonly ByHand[] = [
  {
    name: 'a sum shares by contribution; where it is 0, 0/0 is 0 and is booked',
    x: two,
    build: (b) => b.op('Add', ['a', 'c']),
    r: [8, 5],
    gives: { a: [6, 0], c: [2, 0] },
    absorbs: { empty: 5 },
  },
  {
    name: 'a sum with ε = 1 hands on z / (z + 1)',
    x: { a: vector(3), c: vector(1) },
    build: (b) => b.op('Add', ['a', 'c']),
    r: [10],
    options: { rule: { rule: 'zero' }, epsilon: 1 },
    gives: { a: [6], c: [2] },
    absorbs: { stabiliser: 2 },
  },
  {
    name: 'a sum by ratio: |a| / (|a| + |c|)',
    x: two,
    build: (b) => b.op('Add', ['a', 'c']),
    r: [8, 5],
    options: ratio,
    gives: { a: [6, 2.5], c: [2, 2.5] },
  },
  {
    name: 'a difference: the second counts with its sign',
    x: { a: vector(5), c: vector(2) },
    build: (b) => b.op('Sub', ['a', 'c']),
    r: [3],
    gives: { a: [5], c: [-2] },
  },
  ...[{}, ratio].map((options): ByHand => ({
    name: `a masked place of a sum shares nothing, the mask chosen or added (${JSON.stringify(options)})`,
    x: { a: vector(3, 2), c: vector(1, 5) },
    build(b) {
      const hidden = b.constant(bool([false, true], [2]), 'hidden');
      const masked = b.op('Where', [hidden, constant(b, -Infinity), 'a']);
      return b.op('Add', [b.op('Add', [masked, linear(b, 'c', 2)]), constant(b, 0, -Infinity)]);
    },
    r: [8, 0],
    options: { rule: { rule: 'zero' }, ...options },
    gives: { a: [6, 0], c: [2, 0] },
  })),
  {
    name: 'a mean of two',
    x: { a: vector(2), c: vector(6) },
    build: (b) => b.op('Mean', ['a', 'c']),
    r: [8],
    gives: { a: [2], c: [6] },
  },
  {
    name: 'a sum of one broadcast to two: its shares add up',
    x: { a: vector(1, 3), c: vector(1) },
    build: (b) => b.op('Add', ['a', 'c']),
    r: [4, 8],
    gives: { a: [2, 6], c: [4] },
  },
  {
    name: 'a constant summand behind a layer and an activation is a bias',
    x: { a: vector(3) },
    build: (b) => b.op('Add', [b.op('Relu', [linear(b, 'a', 1)]), constant(b, 1)]),
    r: [8],
    gives: { a: [6] },
    absorbs: { bias: 2 },
  },
  {
    name: 'a shift of the input is passed',
    x: { a: vector(3) },
    build: (b) => b.op('Sub', ['a', constant(b, 1)]),
    r: [8],
    gives: { a: [8] },
  },
  ...(['Sigmoid', 'HardSigmoid'] as const).map((op): ByHand => ({
    name: `${op} is a gate: the signal takes all`,
    x: { a: vector(3, -1), g: vector(0.5, 2) },
    build: (b) => b.op('Mul', [b.op(op, ['g']), 'a']),
    r: [7, -5],
    gives: { a: [7, -5], g: [0, 0] },
  })),
  {
    name: '1 − sigmoid is a gate too',
    x: { a: vector(3), g: vector(0.5) },
    build: (b) => b.op('Mul', ['a', b.op('Sub', [constant(b, 1), b.op('Sigmoid', ['g'])])]),
    r: [7],
    gives: { a: [7], g: [0] },
  },
  {
    name: 'a gate that is guarded against NaN is one',
    x: { a: vector(3, 2), g: vector(0.5, -1) },
    build(b) {
      const gate = b.op('Softmax', ['g'], { axis: int(-1) });
      return b.op('Mul', [b.op('Where', [b.op('Greater', [gate, constant(b, 9)]), constant(b, 0), gate]), 'a']);
    },
    r: [7, 4],
    gives: { a: [7, 4], g: [0, 0] },
  },
  {
    name: 'a gate whose windows are padded, picked and put together is one (Longformer)',
    x: { a: vector(3, 2, 4), g: vector(0.5, -1) },
    build(b) {
      const padded = b.op('Pad', [b.op('Softmax', ['g'], { axis: int(-1) }), b.indices([0, 1, 0, 0])]);
      const picked = b.op('Gather', [padded, b.indices([2, 1])], { axis: int(1) });
      const last = b.op('Gather', [padded, b.indices([1])], { axis: int(1) });
      return b.op('Mul', [b.op('Concat', [picked, last], { axis: int(1) }), 'a']);
    },
    r: [7, 4, 2],
    gives: { a: [7, 4, 2], g: [0, 0] },
  },
  {
    name: 'a product of two signals: half each',
    x: { a: vector(3), c: vector(-2) },
    build: (b) => b.op('Mul', ['a', 'c']),
    r: [7],
    gives: { a: [3.5], c: [3.5] },
  },
  {
    name: 'a product with a constant, and a division by a signal: all to the one that is scaled',
    x: { a: vector(3), c: vector(2) },
    build: (b) => b.op('Div', [b.op('Mul', ['a', constant(b, -4)]), 'c']),
    r: [7],
    gives: { a: [7], c: [0] },
  },
  ...(['reciprocal', 'one over', 'power'] as const).map((form): ByHand => ({
    name: `RMS norm with ${form} the root: the scale is constant, γ linear, and its nodes need no rule`,
    x: { a: vector(1, 7) },
    build(b) {
      // mean a² = 25: a/5 · γ
      const mean = b.op('ReduceMean', [b.op('Mul', ['a', 'a']), b.indices([-1])], { keepdims: int(1) });
      const root = (): Value => b.op('Sqrt', [mean]);
      const scale =
        form === 'reciprocal'
          ? b.op('Reciprocal', [root()])
          : form === 'power'
            ? b.op('Pow', [mean, constant(b, -0.5)])
            : b.op('Div', [constant(b, 1), root()]);
      return b.op('Mul', [constant(b, 2, 3), b.op('Mul', ['a', scale])]);
    },
    r: [4, -6],
    gives: { a: [4, -6] },
  })),
  {
    name: 'softmax: z ⊙ (R − s ΣR), a mask of −∞ is 0',
    x: { a: vector(-Infinity, ln3, 0) },
    build: (b) => b.op('Softmax', ['a']),
    r: [5, 1, 2],
    gives: { a: [0, ln3 * (1 - 0.75 * 8), 0] },
    absorbs: { softmax: 8 - ln3 * (1 - 0.75 * 8) },
  },
  {
    name: 'layer norm: σ is constant, the mean linear, β absorbs',
    x: { a: vector(1, 3) },
    build: (b) =>
      b.op('LayerNormalization', ['a', constant(b, ...norm.scale), constant(b, ...norm.shift)], { epsilon: float(0) }),
    // y = (−1, 3), R/y = (2, 2), times scale (4, 6), minus its mean (−1, 1)
    r: [-2, 6],
    gives: { a: [-1, 3] },
    absorbs: { bias: 2 },
  },
  {
    name: 'group norm over two channels is layer norm',
    x: { a: { dims: [2, 1], data: [1, 3] } },
    build: (b) =>
      b.op('GroupNormalization', ['a', constant(b, ...norm.scale), constant(b, ...norm.shift)], {
        num_groups: int(1),
        epsilon: float(0),
      }),
    r: [-2, 6],
    gives: { a: [-1, 3] },
    absorbs: { bias: 2 },
  },
  {
    name: 'instance norm',
    x: { a: { dims: [1, 2], data: [1, 3] } },
    build: (b) => b.op('InstanceNormalization', ['a', constant(b, 2), constant(b, 1)], { epsilon: float(0) }),
    // y = (−1, 3), R/y = (1, 2), times scale (2, 4), minus its mean (−1, 1)
    r: [-1, 6],
    gives: { a: [-1, 3] },
    absorbs: { bias: 3 },
  },
  {
    name: 'max pooling: ties go to the first',
    x: { a: { dims: [1, 4], data: [2, 2, 1, 0] } },
    build: (b) => b.op('MaxPool', ['a'], { kernel_shape: ints([2]), strides: ints([2]) }),
    r: [5, 7],
    gives: { a: [5, 0, 7, 0] },
  },
  {
    name: 'the larger of two takes all, and so does the chosen of Where; a constant keeps what arrives at it',
    x: { a: vector(3, -1), c: vector(1, 4) },
    build: (b) => b.op('Where', [b.constant(bool([true, false]), 'w'), b.op('Max', ['a', 'c']), constant(b, 9, 9)]),
    r: [5, 7],
    gives: { a: [5, 0], c: [0, 0] },
    absorbs: { constant: 7 },
  },
  {
    name: 'minimum and maximum over an axis',
    x: { a: vector(3, -1, 2), c: vector(1, 4, 2.5) },
    build: (b) => b.op('ReduceMax', [b.op('Min', ['a', 'c']), b.indices([1])], { keepdims: int(1) }),
    r: [5],
    gives: { a: [0, 0, 5], c: [0, 0, 0] },
  },
  {
    name: 'concat, slice, pad and transpose move relevance; what arrives at padding and constants stays there',
    x: { a: vector(1, 2), c: vector(3) },
    build(b) {
      const all = b.op('Concat', ['a', 'c', b.constant(f32(Float32Array.of(5), [1, 1]), 'k')], { axis: int(1) });
      const part = b.op('Slice', [all, b.indices([1]), b.indices([4]), b.indices([1])]);
      return b.op('Pad', [part, b.indices([0, 1, 0, 0])]);
    },
    r: [10, 20, 30, 40],
    gives: { a: [0, 20], c: [30] },
    absorbs: { constant: 50 },
  },
  {
    name: 'gather: an element that is read twice gets both shares',
    x: { a: vector(1, 2, 3) },
    build: (b) => b.op('Gather', ['a', b.indices([2, 0, 2])], { axis: int(1) }),
    r: [1, 2, 4],
    gives: { a: [2, 0, 5] },
  },
  {
    name: 'split and transpose',
    x: { a: { dims: [2, 2], data: [1, 2, 3, 4] } },
    build(b) {
      const [left = '', right = ''] = b.ops('Split', ['a', b.indices([1, 1])], 2, { axis: int(2) });
      const turned = b.op('Concat', [right, left], { axis: int(2) });
      return b.op('Transpose', [turned], { perm: ints([0, 2, 1]) });
    },
    r: [1, 2, 3, 4],
    gives: { a: [3, 1, 4, 2] },
  },
  {
    name: 'exp is 1 at 0: that share is absorbed',
    x: { a: vector(Math.log(2)) },
    build: (b) => b.op('Exp', ['a']),
    r: [6],
    gives: { a: [3] },
    absorbs: { activation: 3 },
  },
  {
    name: 'exp, passed where that is asked for',
    x: { a: vector(Math.log(2)) },
    build: (b) => b.op('Exp', ['a']),
    r: [6],
    options: { rule: { rule: 'zero' }, activation: 'pass' },
    gives: { a: [6] },
  },
  {
    name: 'sigmoid at 0 is all its value at 0',
    x: { a: vector(0) },
    build: (b) => b.op('Sigmoid', ['a']),
    r: [6],
    gives: { a: [0] },
    absorbs: { activation: 6 },
  },
  {
    name: 'hard sigmoid has the value at 0 that its attribute says; where it is 0 nothing explodes',
    x: { a: vector(2, -9) },
    build: (b) => b.op('HardSigmoid', ['a'], { alpha: float(0.25), beta: float(0.25) }),
    r: [6, 1],
    gives: { a: [4, 1] },
    absorbs: { activation: 2 },
  },
  {
    name: 'clipping to bounds that leave 0 out has a value at 0',
    x: { a: vector(4) },
    build: (b) => b.op('Clip', ['a', b.scalar(1), b.scalar(6)]),
    r: [8],
    gives: { a: [6] },
    absorbs: { activation: 2 },
  },
  {
    name: 'activations that are 0 at 0, roots and powers pass',
    x: { a: vector(4, 1) },
    build: (b) =>
      b.op('Tanh', [b.op('Pow', [b.op('Sqrt', [b.op('Clip', ['a', b.scalar(0), b.scalar(6)])]), b.scalar(3)])]),
    r: [8, -3],
    gives: { a: [8, -3] },
  },
  {
    name: 'norms share by |x|^p',
    x: { a: vector(3, -4) },
    build: (b) => b.op('ReduceL2', ['a', b.indices([1])], { keepdims: int(1) }),
    r: [10],
    gives: { a: [3.6, 6.4] },
  },
  {
    name: 'a sum of squares likewise, and the pooled norm',
    x: { a: { dims: [1, 2], data: [3, -4] } },
    build(b) {
      const squares = b.op('ReduceSumSquare', ['a', b.indices([2])], { keepdims: int(1) });
      const pooled = b.op('LpPool', ['a'], { kernel_shape: ints([2]), p: int(2) });
      return b.op('Concat', [squares, pooled], { axis: int(2) });
    },
    r: [10, 20],
    gives: { a: [3.6 + 7.2, 6.4 + 12.8] },
  },
  {
    name: 'Einsum of two signals: each its products, half of them',
    x: { a: vector(1, 2), c: vector(3, 4) },
    build: (b) => b.op('Einsum', ['a', 'c'], { equation: text('bi,bi->b') }),
    r: [11],
    gives: { a: [1.5, 4], c: [1.5, 4] },
  },
  {
    name: 'attention: the values take all, the weights nothing',
    x: { a: { dims: [1, 2], data: [0, ln3] }, v: { dims: [2, 1], data: [4, 8] } },
    build: (b) => b.op('MatMul', [b.op('Softmax', ['a']), 'v']),
    r: [14],
    gives: { a: [0, 0], v: [2, 12] },
  },
  {
    name: 'Gemm of two signals: half of the product each, the summand its own',
    x: { a: vector(2), w: vector(3), c: vector(4) },
    build: (b) => b.op('Gemm', ['a', 'w', 'c']),
    r: [10],
    gives: { a: [3], w: [3], c: [4] },
  },
];

for (const one of cases)
  test(one.name, () => {
    const { relevance, absorbed, missing } = carry(one);
    assert.ok(missing < 1e-6, `${missing} is in no book`);
    for (const [entry, expected] of Object.entries(one.gives)) close(relevance[entry] ?? [], expected, entry);
    const booked = Object.fromEntries(Object.entries(absorbed).filter(([, amount]) => Math.abs(amount) > 1e-9));
    assert.deepEqual(Object.keys(booked), Object.keys(one.absorbs ?? {}));
    for (const [cause, expected] of Object.entries(one.absorbs ?? {})) close([booked[cause] ?? 0], [expected], cause);
  });

function close(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  expected.forEach((value, at) =>
    assert.ok(Math.abs(actual[at]! - value) < 1e-6, `${what}: ${actual.join(' ')} against ${expected.join(' ')}`),
  );
}
