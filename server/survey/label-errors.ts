/** Probably wrong gold labels, by confident learning (Northcutt, Jiang, Chuang 2021). */
import { isScored } from './metrics';
import { predictedClass } from './predictions';
import type { Predictions } from './predictions';

/**
 * A sample belongs to the most likely class j with p_j ≥ t_j; where that is not its label, and the model does not
 * predict its label either, the label is suspected. (The off-diagonal of the confident joint.) Classes beyond those
 * kept (`MOST_KEPT`) are below any threshold above 1/`MOST_KEPT`.
 * @param thresholds t_j: mean p_j over samples labelled j (`Tally.selfConfidence`).
 * @returns The class it should probably be; −1 where the label is not suspected.
 */
export function suspectedClass(predictions: Predictions, thresholds: Float64Array, at: number): number {
  const { width, top, probability, gold } = predictions;
  if (!isScored(predictions, at) || predictedClass(predictions, at) === gold[at]) return -1;
  for (let k = 0; k < width; k += 1) {
    const other = top[at * width + k] as number;
    // The same slack for rounding as cleanlab has.
    if ((probability[at * width + k] as number) >= (thresholds[other] as number) - 1e-6)
      return other === gold[at] ? -1 : other;
  }
  return -1;
}
