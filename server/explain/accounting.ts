/** The honesty of the tool: what relevance sums to, what it should sum to, what is missing. */
import type { Accounting } from '../protocol';

export interface Balance {
  /** Relevance per feature. */
  readonly relevance: Float32Array;
  /** Σ of all relevance, elements of no feature included. */
  readonly sum: number;
  /** S(x). */
  readonly score: number;
  /** S(x′), for methods with a baseline. */
  readonly baselineScore?: number | undefined;
  /** What the sum should be; left out where the method promises no sum. */
  readonly expected?: number | undefined;
  readonly perInterval?: number | undefined;
  readonly changeByRefinement?: number | undefined;
  readonly evaluations: number;
}

export function accounting(balance: Balance): Accounting {
  const { relevance, sum, score, baselineScore, expected, perInterval, changeByRefinement, evaluations } = balance;
  const magnitude = relevance.reduce((sum, value) => sum + Math.abs(value), 0);
  return {
    sum,
    score,
    ...(baselineScore === undefined ? {} : { baselineScore }),
    ...(expected === undefined ? {} : { expected, residual: sum - expected }),
    // Zero relevance cancels nothing; a score of 0 under other relevance is as bad as it gets, yet a number.
    cancellation: magnitude === 0 ? 0 : Math.min(magnitude / Math.abs(score), Number.MAX_VALUE),
    ...(perInterval === undefined ? {} : { perInterval }),
    ...(changeByRefinement === undefined ? {} : { changeByRefinement }),
    evaluations,
  };
}
