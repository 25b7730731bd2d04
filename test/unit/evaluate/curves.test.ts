import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaUnder, countOf, countsOf, gridOf, orderOf, sampled } from '../../../server/evaluate/curves';
import { uniform } from '../../../server/random';

test('the most relevant feature comes first, with its sign; only free ones are there', () => {
  assert.deepEqual(orderOf([0.5, -2, 3, 1], [0, 1, 2, 3], uniform(0)), [2, 3, 0, 1]);
  assert.deepEqual(orderOf([0.5, -2, 3, 1], [1, 3], uniform(0)), [3, 1]);
});

test('equal relevance is ordered by lot: every place is as likely as the others', () => {
  const random = uniform(7);
  const places = new Float64Array(4);
  for (let i = 0; i < 4000; i += 1) {
    const at = orderOf([1, 1, 1, 1], [0, 1, 2, 3], random).indexOf(0);
    places[at] = (places[at] as number) + 1;
  }
  // Binomial with p = 1/4: six standard deviations are 164.
  for (const seen of places) assert.ok(Math.abs(seen - 1000) < 164, `${seen}`);
});

test('numbers of features: at least one, never more than there are, the last is all of them', () => {
  assert.deepEqual([countOf(0.01, 7), countOf(0.1, 100), countOf(0.5, 3), countOf(1, 5)], [1, 10, 2, 5]);
  assert.deepEqual(gridOf(3, 20), [1, 2, 3]);
  assert.deepEqual(gridOf(10, 4), [3, 5, 8, 10]);
  assert.deepEqual(countsOf(10, 2), { most: [1, 2, 5, 10], least: [5, 8, 9, 10] });
});

test('areas and samples of a straight line are exact, whatever the grid', () => {
  const line = (count: number): number => 1 - count / 10;
  for (const grid of [gridOf(10, 10), gridOf(10, 4), gridOf(10, 1)]) {
    assert.ok(Math.abs(areaUnder(1, grid, 10, line) - 0.5) < 1e-12);
    sampled(1, grid, 10, 5, line).forEach((value, k) => assert.ok(Math.abs(value - (1 - k / 5)) < 1e-12));
  }
});

test('a fall at once: the first trapezoid only', () => {
  assert.equal(
    areaUnder(1, [2, 10], 10, () => 0),
    0.1,
  );
});
