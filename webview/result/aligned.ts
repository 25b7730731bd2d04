/** Signed numbers that stand below each other. Pure. */
import { signed, significant } from '../../server/render/numbers';

/**
 * As many decimals for every value as the largest magnitude needs for three digits, so that columns line up; a value
 * that would round to zero there keeps its own digits.
 */
export function aligned(value: number, limit: number): string {
  if (value === 0 || !Number.isFinite(value) || limit < 1e-4 || limit >= 1e6) return signed(value);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(limit)));
  if (Math.abs(value) < 0.5 * 10 ** -decimals) return signed(value, 1);
  const text = Math.abs(value).toFixed(decimals);
  return `${value > 0 ? '+' : significant(-1).charAt(0)}${text}`;
}
