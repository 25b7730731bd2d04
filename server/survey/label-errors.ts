/** Probably wrong gold labels, by confident learning (Northcutt, Jiang, Chuang 2021). */
import { isScored } from './metrics';
import { predictedClass } from './predictions';
import type { Predictions } from './predictions';

/**
 * t_j is the mean p_j over samples labelled j. A sample belongs to the most likely class j with p_j ≥ t_j; where that
 * is not its label, and the model does not predict its label either, the label is suspected. (The off-diagonal of the
 * confident joint.) Classes beyond those kept (`MOST_KEPT`) are below any threshold above 1/`MOST_KEPT`.
 * @returns The class it should probably be, one per sample; −1 where the label is not suspected.
 */
export function labelErrors(predictions: Predictions): Int32Array {
  const { length, width, top, probability, gold } = predictions;
  const thresholds = thresholdsOf(predictions);
  const suspected = new Int32Array(length).fill(-1);
  for (let at = 0; at < length; at += 1) {
    if (!isScored(predictions, at) || predictedClass(predictions, at) === gold[at]) continue;
    for (let k = 0; k < width; k += 1) {
      const other = top[at * width + k] as number;
      // The same slack for rounding as cleanlab has.
      if ((probability[at * width + k] as number) < (thresholds[other] as number) - 1e-6) continue;
      if (other !== gold[at]) suspected[at] = other;
      break;
    }
  }
  return suspected;
}

/** Mean self-confidence per class; infinite for classes without a labelled sample. */
function thresholdsOf(predictions: Predictions): Float64Array {
  const sum = new Float64Array(predictions.classes);
  const count = new Float64Array(predictions.classes);
  for (let at = 0; at < predictions.length; at += 1) {
    if (!isScored(predictions, at)) continue;
    const gold = predictions.gold[at] as number;
    sum[gold] = (sum[gold] as number) + (predictions.goldProbability[at] as number);
    count[gold] = (count[gold] as number) + 1;
  }
  return sum.map((value, c) => ((count[c] as number) === 0 ? Infinity : value / (count[c] as number)));
}
