import type { Accounting, Warning } from '../../../protocol';

/** DeepLIFT's sum is exact up to rounding; a part that depends on the sample unseen (a mask, a rounding) is not. */
export function broken({ expected = 0, residual = 0, score, baselineScore = 0 }: Accounting): Warning[] {
  const scale = Math.max(Math.abs(expected), 0.01 * Math.max(Math.abs(score), Math.abs(baselineScore)));
  if (Math.abs(residual) <= 0.01 * scale) return [];
  return [
    {
      code: 'incomplete',
      message: `Relevance misses the score difference ${expected.toPrecision(3)} by ${residual.toPrecision(2)}: a part of the model that carries no relevance (a rounding, a comparison, another input) differs between sample and reference, or rounding errors are that large.`,
    },
  ];
}
