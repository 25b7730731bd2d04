import { test } from 'node:test';
import assert from 'node:assert/strict';
import { macro, scoresOf, tally } from '../../../server/checks/metrics';
import { quantile } from '../../../server/checks/kinds/relevance';

const near = (a: number | null, b: number) => assert.ok(a !== null && Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

test('precision, recall, F1 are those of scikit-learn, a class that only the predictions have included', () => {
  const gold = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2];
  const said = [0, 0, 1, 2, 1, 1, 0, 2, 2, 2, 1, 3];
  const counts = tally(5);
  gold.forEach((is, index) => counts.add(is, said[index] ?? -1));
  near(counts.right() / counts.total(), 7 / 12);
  // sklearn.metrics, average=None / average="macro", zero_division=0, labels that occur
  near(macro(counts, 'precision'), 0.4791666666666667);
  near(macro(counts, 'recall'), 0.44166666666666665);
  near(macro(counts, 'f1'), 0.45238095238095233);
  near(scoresOf(counts, 0).precision, 2 / 3);
  near(scoresOf(counts, 1).recall, 2 / 3);
  assert.equal(scoresOf(counts, 3).recall, null);
  assert.deepEqual(scoresOf(counts, 4), { precision: null, recall: null, f1: null });
});

test('quantiles are linear between the samples, as numpy.quantile', () => {
  const shares = [0.1, 0.4, 0.2, 0.9].map((share) => ({ share }));
  for (const [at, expected] of [
    [0, 0.1],
    [0.25, 0.175],
    [0.5, 0.3],
    [0.9, 0.75],
    [1, 0.9],
  ] as const)
    near(quantile(shares, at), expected);
});
