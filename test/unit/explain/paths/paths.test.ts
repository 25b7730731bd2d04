/** Path variants on networks small enough to integrate by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { f32 } from '../../../../server/graph/tensor';
import { Cancelled } from '../../../../server/errors';
import { stratified } from '../../../../server/explain/methods/paths/expected-gradients';
import { baselineRow, explain, explainRow } from '../explain';
import { column, denseModel, minimumOfFive, mlp, reluOfRelus, row } from '../networks';

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void => {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i += 1)
    assert.ok(
      Math.abs((actual[i] as number) - (expected[i] as number)) <= tolerance,
      `[${Array.from(actual).join(', ')}] is not [${Array.from(expected).join(', ')}]`,
    );
};

const member = (values: readonly number[]) => ({ feeds: { x: row(values) }, gold: null, title: values.join() });
const two = { id: 'two', label: 'two', kind: 'feeds', feeds: [{ x: row([0, 1]) }, { x: row([2, -1]) }] } as const;
/** S = x₁ x₂. */
const product = () => denseModel('product', 2, 1, (b, x) => b.op('Mul', [column(b, x, 0), column(b, x, 1)]));
const W = [0.9, -1.2, 0.4, 0.7, 0.3, 0.8, -0.5, 1.1, -0.7, 0.2, 0.6, -0.9];
const net = mlp('paths-mlp', [3, 4, 3], W, [0.1, -0.2, 0.3, 0], W, [0, 0.5, -0.5], 'Tanh');
const X = [1.5, -0.8, 0.4];

test('stratified places: one in each stratum, repeatable, other for another seed', () => {
  const alphas = stratified(50, 3);
  assert.deepEqual(
    alphas.toSorted((a, b) => a - b).map((alpha) => Math.floor(50 * alpha)),
    Array.from({ length: 50 }, (_, k) => k),
  );
  assert.deepEqual(alphas, stratified(50, 3));
  assert.notDeepEqual(alphas, stratified(50, 4));
  assert.notDeepEqual(
    alphas,
    alphas.toSorted((a, b) => a - b),
  );
});

test('expected gradients of x₁ x₂: the mean over samples of (x₁ − x′₁)(x′₂ + α(x₂ − x′₂)) and its mirror', async () => {
  // ∫ over α: (x₁ − x′₁)(x₂ + x′₂)/2. At (3, 2), from (0, 1): 4.5, 1.5; from (2, −1): 0.5, 7.5. α is stratified.
  const draws = 2000;
  const result = await explainRow(product(), [3, 2], {
    method: 'expected-gradients',
    population: [member([0, 1]), member([2, -1])],
    parameters: { draws },
  });
  near(result.relevance, [2.5, 4.5], 0.02);
  near([result.accounting.baselineScore ?? NaN, result.accounting.expected ?? NaN], [-1, 7]);
  assert.equal(result.accounting.evaluations, draws + 2);
  // Where no dataset is, several baselines do the same.
  const byBaselines = await explainRow(product(), [3, 2], {
    method: 'expected-gradients',
    baseline: two,
    parameters: { draws },
  });
  near(byBaselines.relevance, result.relevance, 1e-6);
});

test('expected gradients: exact pairs of a draw, and a sum that is off is called a sampling error', async () => {
  const [alpha] = stratified(1, 5) as [number];
  const result = await explainRow(product(), [3, 2], {
    method: 'expected-gradients',
    population: [member([0, 1])],
    parameters: { draws: 1, seed: 5 },
  });
  near(result.relevance, [3 * (1 + alpha), 1 * 3 * alpha]);
  const scattered = await explainRow(product(), [3, 2], {
    method: 'expected-gradients',
    population: [member([0, 1]), member([2, -1])],
    parameters: { draws: 3 },
  });
  const warning = scattered.warnings.find(({ code }) => code === 'sampling-error');
  assert.deepEqual(warning?.action?.parameters, { draws: 12 });
});

test('expected gradients: members with other special features or another length are laid over the sample', async () => {
  const sample = {
    feeds: { x: row([3, 2]) },
    count: 2,
    featureOf: { x: Int32Array.of(0, 1) },
    fixed: new Set([1]),
    grid: null,
  };
  const result = await explain(product(), {
    method: 'expected-gradients',
    sample,
    baseline: null,
    population: [member([1, 7]), { feeds: { x: f32([1], [1, 1]) }, gold: null, title: 'short' }],
    parameters: { draws: 4 },
  });
  // x₂ stays 2 everywhere: (3 − 1) · 2.
  near(result.relevance, [4, 0]);
});

test('IDGI of relu(relu(x₁ − 1) − relu(x₂)) at (3, 1) from 0: the same to both, but for the first step', async () => {
  // Wherever the score moves the gradient is (1, −1); at the kink itself it is 0, so that step of 1/32 is lost.
  const result = await explainRow(reluOfRelus(), [3, 1], { method: 'idgi', baseline: baselineRow([0, 0]) });
  near(result.relevance, [31 / 64, 31 / 64]);
  near([result.accounting.residual ?? NaN], [-1 / 32]);
  assert.equal(result.path?.alphas.length, 65);
});

test('IDGI of x₁ x₂ from 0 to (3, 2) in two steps, by hand', async () => {
  // First step: the gradient at 0 is 0 and nothing is handed out; second: g = (1, 1.5), ΔS = 6 − 1.5.
  const result = await explainRow(product(), [3, 2], {
    method: 'idgi',
    baseline: baselineRow([0, 0]),
    parameters: { steps: 2 },
  });
  near(result.relevance, [4.5 / 3.25, (4.5 * 2.25) / 3.25]);
  near([result.accounting.residual ?? NaN], [-1.5]);
  assert.deepEqual(result.warnings.find(({ code }) => code === 'incomplete')?.action?.parameters, { steps: 8 });
});

test('guided IG by hand: the flat input goes first', async () => {
  // S = x₁ + 10 x₂ from 0 to (1, 1), 2 steps, one of two elements at a time, free of the line: x₁ then x₂.
  const linear = denseModel('ten', 2, 1, (b, x) => b.op('MatMul', [x, b.constant(f32([1, 10], [2, 1]))]));
  const result = await explainRow(linear, [1, 1], {
    method: 'guided-ig',
    baseline: baselineRow([0, 0]),
    parameters: { steps: 2, fraction: 0.5, distance: 1 },
  });
  near(result.relevance, [1, 10]);
  near(result.path?.scores ?? [], [0, 1, 11]);
  // S = x₁ x₂ the same way: slopes (0, 0) at 0 — both move half way; then (½, ½): the rest in one step.
  const bent = await explainRow(product(), [1, 1], {
    method: 'guided-ig',
    baseline: baselineRow([0, 0]),
    parameters: { steps: 2, fraction: 0.5, distance: 1 },
  });
  near(bent.path?.scores ?? [], [0, 0.25, 1]);
  near(bent.relevance, [0.25, 0.25]);
});

test('guided IG with no room beside the line is integrated gradients by left sums', async () => {
  const parameters = { steps: 400, distance: 0 };
  const guided = await explainRow(net, X, { method: 'guided-ig', baseline: baselineRow([0, 0, 0]), parameters });
  const straight = await explainRow(net, X, {
    method: 'integrated-gradients',
    baseline: baselineRow([0, 0, 0]),
    parameters: { steps: 400 },
  });
  near(guided.relevance, straight.relevance, 5e-3);
});

test('several baselines are averaged, alone or side by side', async () => {
  for (const method of ['idgi', 'guided-ig']) {
    const both = await explainRow(product(), [3, 2], { method, baseline: two });
    const one = await Promise.all(
      [
        [0, 1],
        [2, -1],
      ].map((from) => explainRow(product(), [3, 2], { method, baseline: baselineRow(from) })),
    );
    near(
      both.relevance,
      [0, 1].map((i) => one.reduce((sum, { relevance }) => sum + (relevance[i] as number) / 2, 0)),
    );
    near([both.accounting.expected ?? NaN], [7]);
  }
});

test('min(x, 5) at 8 from 0 is 5, and an input nothing reads gets nothing', async () => {
  for (const [method, parameters] of [
    ['idgi', { steps: 512 }],
    ['guided-ig', {}],
    ['expected-gradients', { draws: 2000 }],
  ] as const) {
    const { relevance } = await explainRow(minimumOfFive(), [8, 7], {
      method,
      parameters,
      baseline: baselineRow([0, 0]),
    });
    near(relevance, [5, 0], 0.03);
  }
});

test('rows of one run do not change the numbers', async () => {
  const slow = { ...net, hash: 'test:paths-unbatchable', batchable: false };
  for (const method of ['idgi', 'guided-ig', 'expected-gradients']) {
    const [many, one] = [await explainRow(net, X, { method }), await explainRow(slow, X, { method })];
    near(many.relevance, one.relevance, 1e-6);
    assert.equal(many.accounting.evaluations, one.accounting.evaluations);
  }
});

test('progress counts up, and cancelling stops at the next step', async () => {
  const slow = { ...net, hash: 'test:paths-cancel', batchable: false };
  for (const method of ['idgi', 'guided-ig']) {
    const abort = new AbortController();
    const seen: number[] = [];
    const progress = (done: number): void => {
      seen.push(done);
      if (done === 3) abort.abort();
    };
    await assert.rejects(explainRow(slow, X, { method }, { signal: abort.signal, progress }), Cancelled);
    assert.deepEqual(seen, [0, 1, 2, 3]);
  }
});
