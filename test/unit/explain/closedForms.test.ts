import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baselineRow, explainRow } from './explain';
import { minimumOfFive, reluOfRelus } from './networks';

const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert.ok(
      Math.abs((actual[i] as number) - value) <= tolerance,
      `[${Array.from(actual).join(', ')}] is not [${expected.join(', ')}]`,
    ),
  );
};

const zero = baselineRow([0, 0]);

// Known values of relu(relu(x₁ − 1) − relu(x₂)) at (3, 1), by hand.
for (const [method, expected] of [
  ['gradient', [1, -1]],
  ['gradient-squared', [1, 1]],
  ['gradient-x-input', [3, -1]],
  ['occlusion', [1, -1]],
] as const)
  test(`${method} of relu(relu(x₁ − 1) − relu(x₂)) at (3, 1)`, async () => {
    near((await explainRow(reluOfRelus(), [3, 1], { method, baseline: zero })).relevance, expected);
  });

test('integrated gradients of relu(relu(x₁ − 1) − relu(x₂)) at (3, 1) from 0', async () => {
  // The line (3α, α) is flat until α = ½, then the gradient is (1, −1): the midpoint rule is exact with even steps.
  const result = await explainRow(reluOfRelus(), [3, 1], { method: 'integrated-gradients', baseline: zero });
  near(result.relevance, [1.5, -0.5]);
  assert.ok(Math.abs((result.accounting.residual ?? NaN) - 0) < 1e-5);
  assert.equal(result.accounting.expected, 1);
});

test('min(x, 5) at 8: integrated gradients see what the gradient misses; an unused input gets nothing', async () => {
  const slope = await explainRow(minimumOfFive(), [8, 7], { method: 'gradient', baseline: zero });
  near(slope.relevance, [0, 0]);
  for (const baseline of [zero, null])
    for (const parameters of [{ steps: 4000 }, { tolerance: 0.001 }, { quadrature: 'gauss-legendre', steps: 2000 }]) {
      const result = await explainRow(minimumOfFive(), [8, 7], {
        method: 'integrated-gradients',
        baseline,
        parameters,
      });
      near(result.relevance, [5, 0], 0.01);
    }
});

test('gradient × input far below the score is called saturated, and integrated gradients are offered', async () => {
  const result = await explainRow(minimumOfFive(), [8, 7], { method: 'gradient-x-input', baseline: zero });
  const warning = result.warnings.find(({ code }) => code === 'saturated');
  assert.equal(warning?.action?.method, 'integrated-gradients');
  const fine = await explainRow(minimumOfFive(), [3, 7], { method: 'gradient-x-input', baseline: zero });
  assert.equal(
    fine.warnings.some(({ code }) => code === 'saturated'),
    false,
  );
});

test('class 0 of a single logit is its negative', async () => {
  const target = { kind: 'class', class: 0 } as const;
  near((await explainRow(reluOfRelus(), [3, 1], { method: 'gradient', target })).relevance, [-1, 1]);
  const result = await explainRow(reluOfRelus(), [3, 1], { method: 'integrated-gradients', target });
  near(result.relevance, [-1.5, 0.5]);
  assert.equal(result.accounting.score, -1);
});
