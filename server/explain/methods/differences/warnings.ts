import type { Accounting, Warning } from '../../../protocol';
import { cancelling } from '../../warnings';
import type { MethodContext } from '../../types';
import { specOf } from './multipliers';

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

/**
 * Values cancel, and there are normalisation layers: 1/σ′ is 1/√ε where a reference has no spread, and the multiplier
 * ½(1/σ + 1/σ′) with it. An untrained ConvNeXt is all zeros at a black picture: 500 at each of five layers, 10¹³ in all.
 */
export async function flatReference(context: MethodContext, accounting: Accounting): Promise<Warning[]> {
  if (cancelling(accounting).length === 0) return [];
  const { trace } = await context.executable(specOf(context));
  if (!trace.some(({ rule }) => rule === 'norm')) return [];
  return [
    {
      code: 'flat-reference',
      message:
        'The model has normalisation layers, which divide by the spread of what they get. Where the baseline gives them none (zeros, one colour), multipliers grow at every one of them and cancel: compare with a baseline that varies, or with samples.',
    },
  ];
}
