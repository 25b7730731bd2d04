/** Counts and means over a survey, kept up as its samples come: asking for them costs nothing, however many there are. */
import { isScored } from './metrics';
import { state } from './predictions';
import type { Predictions } from './predictions';

export interface Tally {
  /** Takes a sample that is known now, whether predicted or failed; each one once. */
  add(at: number): void;
  /** Samples with a prediction or a reason why not. */
  readonly done: number;
  readonly unreadable: number;
  /** Predicted, without a usable gold label. */
  readonly unlabelled: number;
  /** Labelled samples predicted as another class. */
  readonly wrong: number;
  /**
   * Mean prediction per class over the predicted samples. What is beyond the classes kept is spread evenly over the
   * others of the sample.
   */
  prior(): Float64Array;
  /** Mean p(gold) per gold class; infinite for classes without a labelled sample. */
  selfConfidence(): Float64Array;
}

export function tallyOf(predictions: Predictions): Tally {
  const { classes, width, top, probability } = predictions;
  const mean = new Float64Array(classes);
  const sure = new Float64Array(classes);
  const labelled = new Uint32Array(classes);
  let [done, unreadable, unlabelled, wrong, rest] = [0, 0, 0, 0, 0];

  const addPrediction = (at: number): void => {
    let kept = 0;
    for (let place = at * width; place < (at + 1) * width; place += 1) kept += probability[place] as number;
    const share = width === classes ? 0 : Math.max(0, 1 - kept) / (classes - width);
    rest += share;
    for (let place = at * width; place < (at + 1) * width; place += 1) {
      const c = top[place] as number;
      mean[c] = (mean[c] as number) + (probability[place] as number) - share;
    }
  };
  return {
    add(at) {
      done += 1;
      if (predictions.state[at] === state.failed) {
        unreadable += 1;
        return;
      }
      addPrediction(at);
      if (!isScored(predictions, at)) {
        unlabelled += 1;
        return;
      }
      if (predictions.goldRank[at] !== 1) wrong += 1;
      const gold = predictions.gold[at] as number;
      sure[gold] = (sure[gold] as number) + (predictions.goldProbability[at] as number);
      labelled[gold] = (labelled[gold] as number) + 1;
    },
    get done() {
      return done;
    },
    get unreadable() {
      return unreadable;
    },
    get unlabelled() {
      return unlabelled;
    },
    get wrong() {
      return wrong;
    },
    prior: () => mean.map((value) => (done === unreadable ? 0 : (value + rest) / (done - unreadable))),
    selfConfidence: () => sure.map((sum, c) => (labelled[c] === 0 ? Infinity : sum / (labelled[c] as number))),
  };
}
