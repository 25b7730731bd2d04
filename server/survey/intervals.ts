/** Shares with an interval. */
import type { Share } from '../protocol';

/** 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** k/n with the Wilson score interval at 95 % (Wilson 1927): holds for small n and shares near 0 and 1. */
export function share(count: number, of: number): Share {
  if (of === 0) return { value: 0, count, of, low: 0, high: 1 };
  const p = count / of;
  const scale = 1 + (Z * Z) / of;
  const middle = (p + (Z * Z) / (2 * of)) / scale;
  const half = (Z / scale) * Math.sqrt((p * (1 - p)) / of + (Z * Z) / (4 * of * of));
  // Rounding must not leave the share outside its interval.
  const low = count === 0 ? 0 : Math.max(0, middle - half);
  const high = count === of ? 1 : Math.min(1, middle + half);
  return { value: p, count, of, low, high };
}
