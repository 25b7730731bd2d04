/** DeepLIFT's rules on networks small enough to do by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { float, int, ints } from '../../../server/graph/attributes';
import type { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import type { Value } from '../../../server/graph/types';
import { canDifferentiate, compileProgram } from '../../../server/program/compile';
import { baselineRow, explainRow } from '../explain/explain';
import { column, denseModel, minimumOfFive, reluOfRelus } from '../explain/networks';

const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert.ok(
      Math.abs((actual[i] as number) - value) <= tolerance,
      `[${Array.from(actual).join(', ')}] is not [${expected.join(', ')}]`,
    ),
  );
};

let models = 0;
type Build = (b: GraphBuilder, x: Value) => Value;
const model = (width: number, build: Build, classes = 1) =>
  denseModel(`deeplift-${(models += 1)}`, width, classes, build);

/** Contributions m ⊙ Δx of S = the single logit. */
async function contributions(
  width: number,
  build: Build,
  x: readonly number[],
  from: readonly number[],
  variant = 'rescale',
) {
  const result = await explainRow(model(width, build), x, {
    method: 'deeplift',
    baseline: baselineRow(from),
    parameters: { variant },
  });
  return result.relevance;
}

const both = (b: GraphBuilder, x: Value): [Value, Value] => [column(b, x, 0), column(b, x, 1)];
const total = (b: GraphBuilder, value: Value): Value => b.op('ReduceSum', [value, b.indices([1])]);
const weighted = (b: GraphBuilder, value: Value, weights: readonly number[]): Value =>
  b.op('MatMul', [value, b.constant(f32(weights, [weights.length, 1]))]);

test('rescale: relu(x₁ + x₂ − 2) at (3, 1) from 0 has the multiplier 2 / 4', async () => {
  const build: Build = (b, x) => b.op('Relu', [b.op('Sub', [total(b, x), b.scalar(2)])]);
  near(
    await contributions(2, (b, x) => b.op('Reshape', [build(b, x), b.indices([-1, 1])]), [3, 1], [0, 0]),
    [1.5, 0.5],
  );
});

test('rescale: min(x, 5) at 8 from 0 is 5, relu(relu(x₁ − 1) − relu(x₂)) at (3, 1) is (2, −1)', async () => {
  const wish = { method: 'deeplift', baseline: baselineRow([0, 0]) };
  near((await explainRow(minimumOfFive(), [8, 7], wish)).relevance, [5, 0]);
  near((await explainRow(reluOfRelus(), [3, 1], wish)).relevance, [2, -1]);
});

test('where Δx vanishes the multiplier is the slope', async () => {
  // x₁ − x₂ is 1 at both ends: tanh has the slope 1 − tanh²(1).
  const slope = 1 - Math.tanh(1) ** 2;
  const build: Build = (b, x) => b.op('Tanh', [b.op('Sub', both(b, x))]);
  near(await contributions(2, build, [3, 2], [1, 0]), [2 * slope, -2 * slope]);
});

test('products and quotients: half to each difference, exactly', async () => {
  near(await contributions(2, (b, x) => b.op('Mul', both(b, x)), [3, 2], [1, -1]), [1, 6]);
  near(await contributions(2, (b, x) => b.op('Div', both(b, x)), [6, 2], [1, 4]), [1.875, 0.875]);
  near(await contributions(2, (b, x) => b.op('Mul', [column(b, x, 0), column(b, x, 0)]), [3, 2], [1, -1]), [8, 0]);
});

/** Max pooling of a row in windows of two, then a weighted sum. */
const pooled =
  (weights: readonly number[]): Build =>
  (b, x) => {
    const line = b.op('Unsqueeze', [x, b.indices([1])]);
    const pool = b.op('MaxPool', [line], { kernel_shape: ints([2]), strides: ints([1]) });
    return weighted(b, b.op('Squeeze', [pool, b.indices([1])]), weights);
  };

test('max pooling: the winner of both overlapping windows gets both parts', async () => {
  // Windows {1, 3}, {3, 2}: 3 wins both.
  near(await contributions(3, pooled([1, 10]), [1, 3, 2], [0, 0, 0]), [0, 33, 0]);
});

test('max pooling: what rises belongs to the sample’s winner, what falls to the reference’s', async () => {
  // From (0, 1, 4): the first window rises 1 → 3 by x₂; the second falls 4 → 3 by x₃.
  near(await contributions(3, pooled([1, 10]), [1, 3, 2], [0, 1, 4]), [0, 2, -10]);
  const largest: Build = (b, x) => b.op('ReduceMax', [x, b.indices([1])], { keepdims: int(1) });
  near(await contributions(3, largest, [1, 3, 2], [0, 1, 4]), [0, 0, -1]);
  near(await contributions(2, (b, x) => b.op('Max', both(b, x)), [5, 1], [0, 2]), [3, 0]);
  near(await contributions(2, (b, x) => b.op('Min', both(b, x)), [5, 1], [0, 2]), [1, 0]);
});

test('max pooling right after an activation: max(relu(x₁ − 1), relu(x₂ − 1)) at (2, 4) from (5, 0)', async () => {
  // It falls from 4 to 3, by x₁ alone.
  const build: Build = (b, x) => {
    const line = b.op('Unsqueeze', [b.op('Relu', [b.op('Sub', [x, b.scalar(1)])]), b.indices([1])]);
    return b.op('Squeeze', [b.op('MaxPool', [line], { kernel_shape: ints([2]) }), b.indices([1])]);
  };
  near(await contributions(2, build, [2, 4], [5, 0]), [-1, 0]);
});

const weights = [0.7, -1.1, 0.4, 0.9, -0.3, 1.2];
const row = (size: number) =>
  fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: size, maxLength: size });
const norm: Build = (b, x) => {
  const [scale, shift] = [b.constant(f32([1, 0.5, -2, 1.5, 0.8, 1], [6])), b.constant(f32([0, 1, 2, -1, 0, 1], [6]))];
  return b.op('LayerNormalization', [x, scale, shift], { axis: int(-1), epsilon: float(1e-3) });
};
const composedNorm: Build = (b, x) => {
  const mean = (value: Value): Value => b.op('ReduceMean', [value, b.indices([-1])], { keepdims: int(1) });
  const centred = b.op('Sub', [x, mean(x)]);
  const variance = mean(b.op('Pow', [centred, b.scalar(2)]));
  const hat = b.op('Div', [centred, b.op('Sqrt', [b.op('Add', [variance, b.scalar(1e-3)])])]);
  const scaled = b.op('Mul', [hat, b.constant(f32([1, 0.5, -2, 1.5, 0.8, 1], [6]))]);
  return b.op('Add', [scaled, b.constant(f32([0, 1, 2, -1, 0, 1], [6]))]);
};

for (const [name, build] of [
  ['softmax', (b, x) => weighted(b, b.op('Softmax', [x], { axis: int(-1) }), weights)],
  ['log softmax', (b, x) => weighted(b, b.op('LogSoftmax', [x], { axis: int(-1) }), weights)],
  ['layer norm', (b, x) => weighted(b, b.op('Tanh', [norm(b, x)]), weights)],
  [
    'instance norm',
    (b, x) => {
      const picture = b.op('Reshape', [x, b.indices([-1, 2, 3])]);
      const [scale, shift] = [b.constant(f32([1, -2], [2])), b.constant(f32([0.3, 1], [2]))];
      const y = b.op('InstanceNormalization', [picture, scale, shift], { epsilon: float(1e-3) });
      return weighted(b, b.op('Reshape', [y, b.indices([-1, 6])]), weights);
    },
  ],
  [
    'attention',
    (b, x) => {
      const tokens = b.op('Reshape', [x, b.indices([-1, 3, 2])]);
      const scores = b.op('MatMul', [tokens, b.op('Transpose', [tokens], { perm: ints([0, 2, 1]) })]);
      const mixed = b.op('MatMul', [b.op('Softmax', [scores], { axis: int(-1) }), tokens]);
      return weighted(b, b.op('Reshape', [mixed, b.indices([-1, 6])]), weights);
    },
  ],
  ['ReduceL2', (b, x) => b.op('ReduceL2', [x, b.indices([1])], { keepdims: int(1) })],
  ['ReduceL1', (b, x) => b.op('ReduceL1', [x, b.indices([1])], { keepdims: int(1) })],
  ['ReduceSumSquare', (b, x) => b.op('ReduceSumSquare', [x, b.indices([1])], { keepdims: int(1) })],
  ['ReduceLogSumExp', (b, x) => b.op('ReduceLogSumExp', [x, b.indices([1])], { keepdims: int(1) })],
  ['gelu and silu', (b, x) => weighted(b, b.op('Mul', [b.op('Gelu', [x]), b.op('Sigmoid', [x])]), weights)],
] as const satisfies readonly (readonly [string, Build])[])
  test(`completeness: ${name}`, () => {
    const net = model(6, build);
    return fc.assert(
      fc.asyncProperty(row(6), row(6), async (x, from) => {
        const { accounting, relevance } = await explainRow(net, x, { method: 'deeplift', baseline: baselineRow(from) });
        const scale = relevance.reduce((sum, value) => sum + Math.abs(value), 1e-2);
        assert.ok(Math.abs(accounting.residual ?? NaN) < 1e-4 * scale, `${accounting.residual ?? NaN} of ${scale}`);
      }),
      { numRuns: 10 },
    );
  });

test('layer norm as one operator is layer norm as its parts', async () => {
  const [x, from] = [
    [1, 2, -1, 0.5, 0.3, 2],
    [0, 0.5, 1, -1, 0.2, 0.1],
  ];
  const one = await contributions(6, (b, v) => weighted(b, b.op('Tanh', [norm(b, v)]), weights), x, from);
  const parts = await contributions(6, (b, v) => weighted(b, b.op('Tanh', [composedNorm(b, v)]), weights), x, from);
  near(one, [...parts], 1e-4);
});

test('GELU written with Erf is GELU as one operator', async () => {
  const written: Build = (b, x) => {
    const cumulative = b.op('Add', [b.op('Erf', [b.op('Div', [x, b.scalar(Math.SQRT2)])]), b.scalar(1)]);
    return weighted(b, b.op('Mul', [b.op('Mul', [x, cumulative]), b.scalar(0.5)]), weights);
  };
  const [x, from] = [
    [1, 2, -1, 0.5, 0.3, 2],
    [0, 0.5, 1, -1, 0.2, 0.1],
  ];
  const one = await contributions(6, (b, v) => weighted(b, b.op('Gelu', [v]), weights), x, from);
  near(one, [...(await contributions(6, written, x, from))]);
});

test('softmax: places masked out by −∞ get nothing and spoil nothing', async () => {
  const mask = (b: GraphBuilder): Value => b.constant(f32([0, 0, -Infinity], [3]));
  const build: Build = (b, x) =>
    weighted(b, b.op('Softmax', [b.op('Add', [x, mask(b)])], { axis: int(-1) }), [2, -1, 7]);
  const relevance = await contributions(3, build, [1, 0, 5], [0, 0, 0]);
  // Two places: S = 3σ(x₁ − x₂) − 1; Δ = 3(σ(1) − ½) all by x₁.
  near(relevance, [3 / (1 + Math.exp(-1)) - 1.5, 0, 0]);
});

test('softmax far from the reference: finite, by hand', async () => {
  // L = log Σ eˣ is 300 at both ends. y₁ = e^z from z = −300 to 0: 1/300, less its share of L, whose multipliers are
  // 1/300 for both places (Δe/Δx, relative to e³⁰⁰).
  const build: Build = (b, x) => weighted(b, b.op('Softmax', [x], { axis: int(-1) }), [1, 0]);
  near(await contributions(2, build, [300, 0], [0, 300]), [1 - 1 / 300, 1 / 300]);
});

test('refused, with the reason: recurrent cells, choices by the sample, unknown options', () => {
  const choice = model(2, (b, x) => {
    const [first, second] = both(b, x);
    return b.op('Where', [b.op('Greater', [first, b.scalar(0)]), first, second]);
  });
  const spec = { kind: 'relevance', head: 'linear', rules: 'deeplift' } as const;
  assert.throws(() => compileProgram(choice, spec), /a choice that depends on the sample/);
  assert.throws(() => compileProgram(choice, { ...spec, options: { variant: 'linear' } }), /variant "linear"/);
  assert.throws(() => compileProgram(choice, { ...spec, options: { epsilon: 1 } }), /epsilon/);
  const order = model(2, (b, x) => b.ops('TopK', [x, b.indices([1])], 2)[0] as Value);
  assert.match(canDifferentiate(order, 'deeplift') ?? '', /TopK \(an order that depends on the sample\)/);
  // The gradient has a rule for both.
  assert.equal(canDifferentiate(order), null);
});
