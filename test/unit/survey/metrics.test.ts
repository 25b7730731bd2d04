/** Metrics against scikit-learn and SciPy (`reference.py`), and laws that need no reference. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { share } from '../../../server/survey/intervals';
import { suspectedClass } from '../../../server/survey/label-errors';
import { accuracyOf, classMetrics, confusionOf, lossOf, macroOf, reliabilityOf } from '../../../server/survey/metrics';
import { ordered } from '../../../server/survey/order';
import { createPredictions, MOST_KEPT, state as known, writePrediction } from '../../../server/survey/predictions';
import { tallyOf } from '../../../server/survey/tally';
import type { Predictions } from '../../../server/survey/predictions';
import type { Tally } from '../../../server/survey/tally';

interface Case {
  readonly classes: number;
  readonly probabilities: readonly (readonly number[])[];
  readonly gold: readonly number[];
  readonly confusion: readonly number[];
  readonly precision: readonly number[];
  readonly recall: readonly number[];
  readonly f1: readonly number[];
  readonly macro: readonly number[];
  readonly accuracy: number;
  readonly interval: readonly number[];
  readonly top3: number | null;
  readonly loss: number;
  readonly calibration: number;
  readonly suspected: readonly number[];
  readonly entropy: readonly number[];
}

const cases = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8')) as readonly Case[];
const all = ({ length }: Predictions): Uint32Array => Uint32Array.from({ length }, (_, at) => at);
const close = (a: number, b: number, tolerance = 1e-6): void =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

function filled({ classes, probabilities, gold }: Case): Predictions {
  const predictions = createPredictions(gold.length, classes);
  probabilities.forEach((row, at) => writePrediction(predictions, at, row, 0, gold[at] ?? -1));
  return predictions;
}

function tallied(predictions: Predictions): Tally {
  const tally = tallyOf(predictions);
  for (const at of all(predictions)) if (predictions.state[at] !== known.pending) tally.add(at);
  return tally;
}

for (const [index, reference] of cases.entries())
  test(`case ${index + 1}: ${reference.gold.length} samples of ${reference.classes} classes`, () => {
    const predictions = filled(reference);
    const rows = all(predictions);
    const labels = Array.from({ length: reference.classes }, (_, c) => `c${c}`);
    const confusion = confusionOf(predictions, rows);
    assert.deepEqual([...confusion], reference.confusion);
    const classes = classMetrics(confusion, labels, reference.classes);
    classes.forEach(({ precision, recall, f1 }, c) => {
      close(precision.value, reference.precision[c] ?? NaN);
      close(recall.value, reference.recall[c] ?? NaN);
      close(f1, reference.f1[c] ?? NaN);
    });
    const { precision, recall, f1 } = macroOf(classes);
    [precision, recall, f1].forEach((value, i) => close(value, reference.macro[i] ?? NaN));
    const accuracy = accuracyOf(predictions, rows);
    close(accuracy.value, reference.accuracy);
    close(accuracy.low, reference.interval[0] ?? NaN);
    close(accuracy.high, reference.interval[1] ?? NaN);
    if (reference.top3 !== null) close(accuracyOf(predictions, rows, 3).value, reference.top3);
    close(lossOf(predictions, rows) ?? NaN, reference.loss, 1e-5);
    close(reliabilityOf(predictions, rows, 10).error, reference.calibration);
    const thresholds = tallied(predictions).selfConfidence();
    assert.deepEqual(
      reference.gold.map((_, at) => suspectedClass(predictions, thresholds, at)),
      reference.suspected,
    );
    assert.ok(
      reference.suspected.some((one) => one >= 0),
      'a case without label errors shows nothing',
    );
    reference.entropy.forEach((value, at) => close(predictions.entropy[at] ?? NaN, value, 1e-5));
  });

test('mean prediction: exact with all classes kept, sums to one beyond', () => {
  for (const reference of cases) {
    const mean = tallied(filled(reference)).prior();
    close(
      mean.reduce((a, b) => a + b, 0),
      1,
      1e-4,
    );
    if (reference.classes > MOST_KEPT) continue;
    mean.forEach((value, c) =>
      close(value, reference.probabilities.reduce((sum, row) => sum + (row[c] ?? 0), 0) / reference.gold.length, 1e-6),
    );
  }
});

test('unlabelled and pending samples count for nothing', () => {
  const predictions = createPredictions(3, 2);
  writePrediction(predictions, 0, [0.9, 0.1], 0, -1);
  writePrediction(predictions, 1, [0.2, 0.8], 0, 1);
  assert.deepEqual(accuracyOf(predictions, all(predictions)).of, 1);
  assert.equal(lossOf(predictions, Uint32Array.of(0, 2)), null);
  assert.deepEqual(share(0, 0), { value: 0, count: 0, of: 0, low: 0, high: 1 });
});

test('order: as a stable comparison sort, NaN last either way', async () => {
  let state = 7;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 20; round += 1) {
    const count = Math.floor(random() * 300);
    const values = Float32Array.from({ length: count }, () => {
      const kind = random();
      if (kind < 0.1) return Number.NaN;
      return kind < 0.3 ? Math.floor(random() * 3) : (random() - 0.5) * 10 ** Math.floor(random() * 20 - 10);
    });
    const rows = Uint32Array.from({ length: count }, (_, at) => at + 5);
    for (const descending of [false, true]) {
      const key = (at: number): number => values[at - 5] ?? NaN;
      const expected = [...rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
        return (descending ? y - x : x - y) || a - b;
      });
      assert.deepEqual([...(await ordered(rows, values, descending, () => undefined))], expected);
    }
  }
});
