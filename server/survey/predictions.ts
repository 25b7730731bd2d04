/**
 * Predictions of many samples as columns of typed arrays: what a survey holds in memory and what lies on disk. A
 * million samples of two classes take 47 MB.
 */

/** Classes kept for a sample, at most: the most likely ones. With no more classes than this nothing is lost. */
export const MOST_KEPT = 20;
/** Bytes of a sample's key. */
export const KEY_BYTES = 16;

/** What is known of a sample. */
export const state = { pending: 0, predicted: 1, failed: 2 } as const;

export interface Predictions {
  readonly length: number;
  /** Classes the model has, and those kept for each sample. */
  readonly classes: number;
  readonly width: number;
  /** `KEY_BYTES` a sample: hash of its content. */
  readonly keys: Uint8Array;
  readonly state: Uint8Array;
  /** Gold class; −1 for none. */
  readonly gold: Int32Array;
  /** p(gold), and its place among the classes (1: most likely); 0 without a gold class. */
  readonly goldProbability: Float32Array;
  readonly goldRank: Uint16Array;
  /** In nats, over all classes. */
  readonly entropy: Float32Array;
  /** The most likely classes, `width` a sample, most likely first; and their probabilities. */
  readonly top: Uint16Array;
  readonly probability: Float32Array;
}

export function createPredictions(length: number, classes: number): Predictions {
  const width = Math.min(classes, MOST_KEPT);
  return {
    length,
    classes,
    width,
    keys: new Uint8Array(length * KEY_BYTES),
    state: new Uint8Array(length),
    gold: new Int32Array(length).fill(-1),
    goldProbability: new Float32Array(length),
    goldRank: new Uint16Array(length),
    entropy: new Float32Array(length),
    top: new Uint16Array(length * width),
    probability: new Float32Array(length * width),
  };
}

/** Copies everything about a sample but its key. Both have the same width. */
export function copyPrediction(from: Predictions, row: number, to: Predictions, at: number): void {
  const { width } = to;
  to.state[at] = from.state[row] as number;
  to.gold[at] = from.gold[row] as number;
  to.goldProbability[at] = from.goldProbability[row] as number;
  to.goldRank[at] = from.goldRank[row] as number;
  to.entropy[at] = from.entropy[row] as number;
  for (let k = 0; k < width; k += 1) {
    to.top[at * width + k] = from.top[row * width + k] as number;
    to.probability[at * width + k] = from.probability[row * width + k] as number;
  }
}

/**
 * Writes what a model said about a sample.
 * @param probabilities One per class, from `offset` on.
 * @param gold Gold class; −1 for none.
 */
export function writePrediction(
  into: Predictions,
  at: number,
  probabilities: ArrayLike<number>,
  offset: number,
  gold: number,
): void {
  const { classes, width } = into;
  const p = (index: number): number => probabilities[offset + index] as number;
  let [sum, weighted] = [0, 0];
  for (let c = 0; c < classes; c += 1) {
    sum += p(c);
    if (p(c) > 0) weighted += p(c) * Math.log(p(c));
    insert(into, at, c, p, Math.min(c, width));
  }
  for (let k = 0; k < width; k += 1) into.probability[at * width + k] = p(into.top[at * width + k] as number);
  into.state[at] = state.predicted;
  // Independent sigmoids do not sum to one: their entropy is that of the shares.
  into.entropy[at] = sum > 0 ? Math.max(0, Math.log(sum) - weighted / sum) : 0;
  into.gold[at] = gold;
  let rank = 1;
  if (gold >= 0) for (let c = 0; c < classes; c += 1) if (p(c) > p(gold) || (p(c) === p(gold) && c < gold)) rank += 1;
  into.goldProbability[at] = gold >= 0 ? p(gold) : 0;
  into.goldRank[at] = gold >= 0 ? rank : 0;
}

/** Insertion into the `held` first places, ties in the order of the classes. */
function insert(into: Predictions, at: number, c: number, p: (index: number) => number, held: number): void {
  const { top, width } = into;
  const first = at * width;
  let place = held;
  while (place > 0 && p(c) > p(top[first + place - 1] as number)) place -= 1;
  if (place >= width) return;
  for (let k = Math.min(held, width - 1); k > place; k -= 1) top[first + k] = top[first + k - 1] as number;
  top[first + place] = c;
}

/** p of a class; null where it is not among those kept. */
export function probabilityOf(predictions: Predictions, at: number, wanted: number): number | null {
  const { top, probability, width, gold, goldProbability } = predictions;
  for (let k = 0; k < width; k += 1) if (top[at * width + k] === wanted) return probability[at * width + k] as number;
  return gold[at] === wanted ? (goldProbability[at] as number) : null;
}

/** Class that was predicted. */
export function predictedClass({ top, width }: Predictions, at: number): number {
  return top[at * width] as number;
}

/** p of the predicted class. */
export function confidenceOf({ probability, width }: Predictions, at: number): number {
  return probability[at * width] as number;
}
