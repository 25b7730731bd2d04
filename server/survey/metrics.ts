/** Numbers about predicted samples with gold classes: confusion, precision, recall, F1, calibration. */
import type { ClassMetrics, ReliabilityBin, Share, SurveySummary } from '../protocol';
import { share } from './intervals';
import { confidenceOf, predictedClass, state } from './predictions';
import type { Predictions } from './predictions';

/** Gold × predicted, row-major. @param rows Positions; those without a gold class or prediction are left out. */
export function confusionOf(predictions: Predictions, rows: Uint32Array): Uint32Array {
  const { classes } = predictions;
  const counts = new Uint32Array(classes * classes);
  for (const at of rows) {
    if (!isScored(predictions, at)) continue;
    const cell = (predictions.gold[at] as number) * classes + predictedClass(predictions, at);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return counts;
}

/** True for samples that count: predicted, with a gold class. */
export function isScored(predictions: Predictions, at: number): boolean {
  return predictions.state[at] === state.predicted && (predictions.gold[at] as number) >= 0;
}

/** One per class that occurs as gold or prediction, in the order of the classes; all where `everyClass`. */
export function classMetrics(
  confusion: Uint32Array,
  labels: readonly string[],
  classes: number,
  everyClass = true,
): ClassMetrics[] {
  const gold = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  confusion.forEach((count, cell) => {
    gold[Math.floor(cell / classes)] = (gold[Math.floor(cell / classes)] as number) + count;
    predicted[cell % classes] = (predicted[cell % classes] as number) + count;
  });
  return Array.from({ length: classes }, (_, c) => {
    const hits = confusion[c * classes + c] as number;
    const [g, p] = [gold[c] as number, predicted[c] as number];
    return {
      class: c,
      label: labels[c] ?? `class ${c}`,
      gold: g,
      predicted: p,
      precision: share(hits, p),
      recall: share(hits, g),
      f1: g + p === 0 ? 0 : (2 * hits) / (g + p),
    };
  }).filter((one) => everyClass || one.gold + one.predicted > 0);
}

/** Means over the classes that occur as gold or prediction, as scikit-learn's macro averages have it. */
export function macroOf(classes: readonly ClassMetrics[]): SurveySummary['macro'] {
  const seen = classes.filter(({ gold, predicted }) => gold + predicted > 0);
  const mean = (value: (one: ClassMetrics) => number): number =>
    seen.length === 0 ? 0 : seen.reduce((sum, one) => sum + value(one), 0) / seen.length;
  return {
    precision: mean(({ precision }) => precision.value),
    recall: mean(({ recall }) => recall.value),
    f1: mean(({ f1 }) => f1),
  };
}

export function accuracyOf(predictions: Predictions, rows: Uint32Array, topK = 1): Share {
  let [right, count] = [0, 0];
  for (const at of rows) {
    if (!isScored(predictions, at)) continue;
    count += 1;
    if ((predictions.goldRank[at] as number) <= topK) right += 1;
  }
  return share(right, count);
}

/** Mean −log p(gold) in nats; probabilities are held above 1e-12. Null without a labelled sample. */
export function lossOf(predictions: Predictions, rows: Uint32Array): number | null {
  let [sum, count] = [0, 0];
  for (const at of rows) {
    if (!isScored(predictions, at)) continue;
    count += 1;
    sum -= Math.log(Math.max(1e-12, predictions.goldProbability[at] as number));
  }
  return count === 0 ? null : sum / count;
}

/** Bins of equal width over the confidence, and the expected calibration error (Naeini et al. 2015). */
export function reliabilityOf(
  predictions: Predictions,
  rows: Uint32Array,
  bins: number,
): { readonly bins: readonly ReliabilityBin[]; readonly error: number } {
  const count = new Float64Array(bins);
  const right = new Float64Array(bins);
  const sum = new Float64Array(bins);
  let total = 0;
  for (const at of rows) {
    if (!isScored(predictions, at)) continue;
    const confidence = confidenceOf(predictions, at);
    // Half-open from below, (low, high]: a confidence of 1 belongs to the last bin.
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    count[bin] = (count[bin] as number) + 1;
    sum[bin] = (sum[bin] as number) + confidence;
    if (predictedClass(predictions, at) === predictions.gold[at]) right[bin] = (right[bin] as number) + 1;
    total += 1;
  }
  const made = Array.from({ length: bins }, (_, bin) => {
    const samples = count[bin] as number;
    return {
      low: bin / bins,
      high: (bin + 1) / bins,
      samples,
      confidence: samples === 0 ? 0 : (sum[bin] as number) / samples,
      accuracy: share(right[bin] as number, samples),
    };
  });
  const error = made.reduce(
    (all, { samples, accuracy, confidence }) =>
      total === 0 ? 0 : all + (samples / total) * Math.abs(accuracy.value - confidence),
    0,
  );
  return { bins: made, error };
}
