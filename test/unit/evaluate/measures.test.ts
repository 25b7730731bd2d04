import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correlation, faithfulness, gini, meanOf } from '../../../server/evaluate/measures';

const near = (value: number | null, expected: number): void =>
  assert.ok(value !== null && Math.abs(value - expected) < 1e-12, `${value}, not ${expected}`);

test('Gini: even 0, one of n (n − 1)/n, signs and scale do not matter', () => {
  near(gini([3, 3, 3, 3]), 0);
  near(gini([0, 0, 0, 5]), 0.75);
  // Mean absolute difference over twice the mean: (4·1 + 4·2 + … ) by the definition Σ|xi − xj| / (2 n² x̄).
  const x = [1, 4, 2, 8];
  const pairs = x.flatMap((a) => x.map((b) => Math.abs(a - b))).reduce((sum, one) => sum + one, 0);
  near(gini([-10, 40, 20, -80]), pairs / (2 * 16 * (15 / 4)));
  assert.equal(gini([0, 0]), null);
});

test('correlation: ±1 for straight lines, null where a side stands still', () => {
  near(correlation([1, 2, 3], [5, 7, 9]), 1);
  near(correlation([1, 2, 3], [9, 7, 5]), -1);
  // (1, 2, 4) and (1, 3, 2): covariance 2/3 · …, by hand 1/√(14/3 · 2) = 0.327…
  near(correlation([1, 2, 4], [1, 3, 2]), 1 / Math.sqrt((14 / 3) * 2));
  assert.equal(correlation([1, 1, 1], [1, 2, 3]), null);
});

test('relevance that is what removal does is faithful', () => {
  const relevance = [4, -1, 2, 0];
  const sets = [[0], [1], [0, 1], [2, 3], [1, 2]];
  near(faithfulness(relevance, sets, [4, -1, 3, 2, 1]), 1);
  near(faithfulness(relevance, sets, [-4, 1, -3, -2, -1]), -1);
});

test('mean with its standard error', () => {
  assert.equal(meanOf([]), null);
  assert.deepEqual(meanOf([2]), { mean: 2, error: null, samples: 1 });
  // Standard deviation of 1, 2, 3, 4 is √(5/3).
  const { mean, error } = meanOf([1, 2, 3, 4]) ?? { mean: NaN, error: NaN };
  near(mean, 2.5);
  near(error, Math.sqrt(5 / 3) / 2);
});
