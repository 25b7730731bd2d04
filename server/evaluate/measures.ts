/** How well an explanation of one sample says what the model does when features are removed, and what it is like. */
import { areaUnder, BINS, countOf, FLIPS_AFTER, gridOf, sampled } from './curves';

/** What was seen while the features of one sample were removed in the order of one explanation. */
export interface Removal {
  /** Features that could be removed. */
  readonly total: number;
  readonly steps: number;
  /** Probability of the predicted class of the sample itself. */
  readonly start: number;
  /** The same after the k most, or the k least relevant features were removed. */
  readonly most: (count: number) => number;
  readonly least: (count: number) => number;
  /** The prediction is another class after the k most relevant features were removed. */
  readonly flipped: (count: number) => boolean;
}

export interface Measures {
  /** Area under the probability, most relevant first: small is good (Samek et al. 2017, Petsiuk et al. 2018). */
  readonly deletion: number;
  /**
   * The same, least relevant first. As the features come back in the opposite order, it is also the area under the
   * insertion curve: large is good.
   */
  readonly insertion: number;
  /** Insertion minus deletion: the area between both curves. */
  readonly area: number;
  /** Mean fall of the probability after the most relevant 1, 5, 10, 20, 50 % (DeYoung et al. 2020): large is good. */
  readonly comprehensiveness: number;
  /** Mean fall when only these stay: small is good. */
  readonly sufficiency: number;
  /** 1 where the prediction flips after the most relevant 10 %. */
  readonly flips: number;
}

export function measuresOf(removal: Removal): Measures {
  const { total, steps, start, most, least, flipped } = removal;
  const grid = gridOf(total, steps);
  const deletion = areaUnder(start, grid, total, most);
  const insertion = areaUnder(start, grid, total, least);
  const bins = BINS.map((share) => countOf(share, total));
  const kept = (count: number): number => (count === total ? start : least(total - count));
  return {
    deletion,
    insertion,
    area: insertion - deletion,
    comprehensiveness: start - mean(bins.map(most)),
    sufficiency: start - mean(bins.map(kept)),
    flips: flipped(countOf(FLIPS_AFTER, total)) ? 1 : 0,
  };
}

/** Both curves at steps + 1 shares of the features, from 0 to 1. */
export function curvesOf({ total, steps, start, most, least }: Removal): { most: number[]; least: number[] } {
  const grid = gridOf(total, steps);
  return { most: sampled(start, grid, total, steps, most), least: sampled(start, grid, total, steps, least) };
}

/**
 * Pearson's correlation of the relevance of random sets of features with the fall of the probability when they are
 * removed (Bhatt, Weller, Moura 2020); null where one of the two does not vary.
 */
export function faithfulness(
  relevance: ArrayLike<number>,
  sets: readonly (readonly number[])[],
  falls: readonly number[],
): number | null {
  const sums = sets.map((set) => set.reduce((sum, feature) => sum + (relevance[feature] ?? 0), 0));
  return correlation(sums, falls);
}

/** Pearson's correlation; null where one side does not vary. */
export function correlation(a: readonly number[], b: readonly number[]): number | null {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((x, i) => {
    const [da, db] = [x - meanA, (b[i] as number) - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  });
  const scale = Math.sqrt(aa) * Math.sqrt(bb);
  return scale > 0 && Number.isFinite(scale) ? ab / scale : null;
}

/** Gini index of |R|: 0 where all features matter alike, near 1 where few do (Chalasani et al. 2020). Null for no relevance. */
export function gini(relevance: readonly number[]): number | null {
  const sizes = relevance.map(Math.abs).sort((a, b) => a - b);
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (!(sum > 0)) return null;
  const n = sizes.length;
  return 1 - 2 * sizes.reduce((total, size, i) => total + (size / sum) * ((n - i - 0.5) / n), 0);
}

export interface Mean {
  readonly mean: number;
  /** Standard error over the samples; null for one. */
  readonly error: number | null;
  readonly samples: number;
}

/** Null where there is none. */
export function meanOf(values: readonly number[]): Mean | null {
  const samples = values.length;
  if (samples === 0) return null;
  const middle = mean(values);
  const spread = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return { mean: middle, error: samples < 2 ? null : Math.sqrt(spread / (samples - 1) / samples), samples };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
