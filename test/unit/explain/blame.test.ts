/** The method blame on models whose answer is known by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../server/graph/builder';
import { ints } from '../../../server/graph/attributes';
import { f32 } from '../../../server/graph/tensor';
import type { Model } from '../../../server/model/types';
import { UserError } from '../../../server/errors';
import { baselineRow, explain, explainRow } from './explain';
import { denseModel, mlp } from './networks';

const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert.ok(
      Math.abs((actual[i] as number) - value) <= tolerance,
      `[${Array.from(actual).join(', ')}] is not [${expected.join(', ')}]`,
    ),
  );
};
const code = (wanted: string) => (error: unknown) => {
  assert.ok(error instanceof UserError, String(error));
  assert.equal(error.code, wanted);
  assert.ok(error.next !== undefined, 'says what to do');
  return true;
};

/** f = xW + b with three classes. */
const W = [
  [1, -2, 0.5],
  [3, 0, -1],
];
const B = [0.1, 0.2, -0.3];
const linear = (): Model =>
  denseModel('linear-3', 2, 3, (b, x) =>
    b.op('Add', [b.op('MatMul', [x, b.constant(f32(W.flat(), [2, 3]))]), b.constant(f32(B, [3]))]),
  );
const logits = (x: readonly number[]): number[] =>
  B.map((bias, c) => x.reduce((sum, value, i) => sum + value * (W[i]?.[c] ?? 0), bias));
const softmax = (f: readonly number[]): number[] => {
  const e = f.map(Math.exp);
  return e.map((value) => value / e.reduce((a, b) => a + b, 0));
};

const x = [0.5, 0.25];
const from = [-1, 2];
const prior = [0.5, 0.3, 0.2];
const gold = 1;

for (const [signal, delta] of [
  ['prior', [0.5, 0.3 - 1, 0.2]],
  ['own', softmax(logits(x)).map((p, c) => p - Number(c === gold))],
  ['contrast', [1, -1, 0]],
] as const)
  for (const form of ['integrated', 'gradient'])
    test(`linear model, signal ${signal}, form ${form}: b_i = (x_i − x′_i) Σ_c w_ic δ_c`, async () => {
      const result = await explainRow(linear(), x, {
        method: 'blame',
        baseline: baselineRow(from),
        parameters: { signal, form },
        blame: { gold, prior: signal === 'prior' ? prior : null },
        labels: ['a', 'b', 'c'],
      });
      const expected = x.map((value, i) => {
        const slope = delta.reduce((sum, d, c) => sum + d * (W[i]?.[c] ?? 0), 0);
        return (value - (from[i] ?? 0)) * slope;
      });
      near(result.relevance, expected);
      const S = (at: readonly number[]): number => logits(at).reduce((sum, f, c) => sum + f * (delta[c] ?? 0), 0);
      near([result.accounting.score, result.accounting.baselineScore ?? NaN], [S(x), S(from)]);
      near([result.accounting.residual ?? NaN], [0]);
      assert.deepEqual(result.target, { kind: 'blame', class: gold, label: 'b', signal });
    });

test('one logit stands for two classes: f against −f', async () => {
  const single = denseModel('one-logit', 2, 1, (b, value) => b.op('MatMul', [value, b.constant(f32([2, -3], [2, 1]))]));
  const zero = baselineRow([0, 0]);
  // f(1, 1) = −1: class 0 is predicted. Gold 1: δ = e₀ − e₁, S = −f − f.
  const contrast = await explainRow(single, [1, 1], {
    method: 'blame',
    baseline: zero,
    parameters: { signal: 'contrast' },
    blame: { gold: 1, prior: null },
  });
  near(contrast.relevance, [-4, 6]);
  // π = (0.25, 0.75): δ = (0.25, −0.25), S = −0.25 f − 0.25 f.
  const byPrior = await explainRow(single, [1, 1], {
    method: 'blame',
    baseline: zero,
    parameters: { signal: 'prior' },
    blame: { gold: 1, prior: [0.25, 0.75] },
  });
  near(byPrior.relevance, [-1, 1.5]);
  near([byPrior.accounting.score], [0.5]);
});

test('auto: contrast for a wrong prediction, prior for a right one, and the result says which', async () => {
  const wish = { method: 'blame', baseline: baselineRow([0, 0]) } as const;
  const wrong = await explainRow(linear(), x, { ...wish, blame: { gold: 1, prior: null } });
  assert.equal(wrong.parameters['signal'], 'contrast');
  const right = await explainRow(linear(), x, { ...wish, blame: { gold: 0, prior } });
  assert.equal(right.parameters['signal'], 'prior');
  assert.equal(right.target.kind === 'blame' && right.target.signal, 'prior');
});

test('no gold, a gold class that is none, no prior, nothing to contrast: errors with a way out', async () => {
  const wish = { method: 'blame', baseline: baselineRow([0, 0]) } as const;
  await assert.rejects(explainRow(linear(), x, wish), code('no-gold'));
  await assert.rejects(explainRow(linear(), x, { ...wish, blame: { gold: 3, prior } }), code('unknown-class'));
  const bySignal = (signal: string, given: { gold: number; prior: number[] | null }) =>
    explainRow(linear(), x, { ...wish, parameters: { signal }, blame: given });
  await assert.rejects(bySignal('prior', { gold: 1, prior: null }), code('no-prior'));
  await assert.rejects(bySignal('prior', { gold: 1, prior: [0.5, 0.5] }), code('no-prior'));
  await assert.rejects(bySignal('contrast', { gold: 0, prior: null }), code('nothing-to-contrast'));
  assert.ok((await bySignal('own', { gold: 0, prior: null })).relevance.length === 2, 'own works for a right answer');
});

test('independent classes have no single gold class', async () => {
  const model = denseModel('sigmoids', 2, 3, (b, value) => b.op('MatMul', [value, b.constant(f32(W.flat(), [2, 3]))]), {
    output: { activation: 'sigmoid' },
  });
  await assert.rejects(
    explainRow(model, x, { method: 'blame', baseline: baselineRow([0, 0]), blame: { gold: 1, prior } }),
    code('method-unfit'),
  );
});

test('first layer, dense: x_i times one common number, and a warning that says so', async () => {
  // h = relu(xU), f = hV with U = [[1, −1], [2, 1]], V = [[1, 0], [0, 3]].
  const model = mlp('first-layer', [2, 2, 2], [1, -1, 2, 1], [0, 0], [1, 0, 0, 3], [0, 0]);
  // At (3, 1): z = (5, −2), f = (5, 0): class 0 wins. Gold 1: δ_f = (1, −1); δ_z = (1, −3·[z₂>0]=0).
  const result = await explainRow(model, [3, 1], {
    method: 'blame',
    baseline: baselineRow([0, 0]),
    parameters: { form: 'first-layer', signal: 'contrast' },
    blame: { gold: 1, prior: null },
  });
  near(result.relevance, [3, 1]);
  // At (1, 3): z = (7, 2), f = (7, 6): both units are open, δ_z = (1, −3), the common number is −2.
  const open = await explainRow(model, [1, 3], {
    method: 'blame',
    baseline: baselineRow([0, 0]),
    parameters: { form: 'first-layer', signal: 'contrast' },
    blame: { gold: 1, prior: null },
  });
  near(open.relevance, [-2, -6]);
  assert.ok(open.warnings.some(({ code: name, message }) => name === 'rank-one' && message.includes('rank one')));
});

test('first layer, convolution: the local error over every window that holds the pixel', async () => {
  // 3×3 picture, 2×2 kernel, stride 1, padding 1 at the top only; two channels; f = (Σ z₀ ⊙ A, Σ z₁).
  const build = (b: GraphBuilder): Model => {
    const input = b.input('x', 'float32', ['batch', 1, 3, 3]);
    b.scope('model');
    const kernel = b.constant(f32([1, 2, 3, 4, -1, 0, 2, 1], [2, 1, 2, 2]));
    const z = b.op('Conv', [input, kernel], { kernel_shape: ints([2, 2]), pads: ints([1, 0, 0, 0]) });
    const flat = b.op('Flatten', [z]);
    const weights = new Float32Array(12 * 2);
    for (let i = 0; i < 6; i += 1) weights[2 * i] = i + 1;
    for (let i = 6; i < 12; i += 1) weights[2 * i + 1] = 1;
    const y = b.rename(b.op('MatMul', [flat, b.constant(f32(weights, [12, 2]))]), 'y');
    const type = { dtype: 'float32', shape: ['batch', 2] } as const;
    b.declare(y, type);
    const shape = { dtype: 'float32', shape: ['batch', 1, 3, 3] } as const;
    return {
      graph: b.build([y]),
      inputs: [{ name: 'x', type: shape }],
      outputs: ['y'],
      output: {
        logits: 'y',
        type,
        activation: 'none',
        onlyProbabilities: false,
        output: 'y',
        single: false,
        classes: 2,
        labels: null,
        positions: false,
      },
      entries: [{ input: 'x', value: 'x', type: shape, kind: 'identity' }],
      hash: 'test:conv',
      bytes: 0,
      notes: [],
      batchable: true,
    };
  };
  const picture = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const result = await explain(build(new GraphBuilder('conv')), {
    method: 'blame',
    sample: {
      feeds: { x: f32(picture, [1, 1, 3, 3]) },
      count: 9,
      featureOf: { x: Int32Array.from(picture, (_, i) => i) },
      fixed: new Set(),
      grid: { width: 3, height: 3 },
    },
    baseline: { id: 'zero', label: 'zero', kind: 'feeds', feeds: [{ x: f32(new Float32Array(9), [1, 1, 3, 3]) }] },
    parameters: { form: 'first-layer', signal: 'prior' },
    blame: { gold: 0, prior: [0.25, 0.75] },
  });
  // δ at f is (0.25 − 1, 0.75); z is 3×2 for each channel, δ_z = −0.75 (i + 1) and 0.75.
  const at = (r: number, c: number): number => (r < 0 || c < 0 || r > 2 || c > 1 ? 0 : 0.75 * (1 - (r * 2 + c + 1)));
  const expected = picture.map((value, i) => {
    const [r, c] = [Math.floor(i / 3), i % 3];
    // Padding above: the window of output (R, C) covers rows R − 1, R and columns C, C + 1.
    return value * (at(r, c) + at(r, c - 1) + at(r + 1, c) + at(r + 1, c - 1));
  });
  near(result.relevance, expected, 1e-3 * Math.max(...expected.map(Math.abs)));
  assert.ok(
    expected.some((value) => Math.abs(value) > 1e-3),
    'the error is not zero',
  );
});

test('a first layer of another kind is refused, not replaced by another form', async () => {
  const model = denseModel('no-layer', 2, 2, (b, value) => b.op('Tanh', [value]));
  await assert.rejects(
    explainRow(model, [1, 2], {
      method: 'blame',
      baseline: baselineRow([0, 0]),
      parameters: { form: 'first-layer', signal: 'contrast' },
      blame: { gold: 0, prior: null },
    }),
    code('no-first-layer'),
  );
});

test('a baseline with the same wrong class is warned about; one with the gold class is not', async () => {
  const run = (baseline: readonly number[]) =>
    explainRow(linear(), x, {
      method: 'blame',
      baseline: baselineRow(baseline),
      parameters: { signal: 'contrast' },
      blame: { gold: 1, prior: null },
    });
  const warned = async (baseline: readonly number[]): Promise<boolean> =>
    (await run(baseline)).warnings.some(({ code: name }) => name === 'baseline-shares-error');
  assert.equal(softmax(logits([1, 1])).indexOf(Math.max(...softmax(logits([1, 1])))), 0);
  assert.equal(await warned([1, 1]), true);
  assert.equal(await warned([-2, 0]), false);
});
