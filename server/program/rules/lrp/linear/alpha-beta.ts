import type { Value } from '../../../../graph/types';
import { maths } from '../../../maths';
import type { LinearRule } from '../types';
import type { Step } from './form';
import { bookEmpty, negative, partialBack, partialSum, positive, quotientOfTerms } from './parts';
import type { Share } from './parts';

/**
 * LRP-αβ: R_j = Σ_k [α (a_j w_jk)⁺ / (Σ(a w)⁺ + b⁺) − β (a_j w_jk)⁻ / (Σ(a w)⁻ + b⁻)] R_k with α − β = 1
 * (Bach et al. 2015, eq. 60, there with a negative β). Products are split by their own sign, so inputs of either sign
 * are handled. A neuron without a negative part hands on α R: no conservation there,
 * which the books show as `empty`.
 */
export function alphaBetaRule(step: Step, rule: LinearRule): Value {
  const { b, ctx, form, r } = step;
  const m = maths(b, form.input);
  const alpha = rule.rule === 'zPlus' ? 1 : (rule.alpha ?? 2);
  const beta = rule.rule === 'zPlus' ? 0 : (rule.beta ?? 1);
  const counted = rule.bias === 'ignore' ? null : form.bias;
  const shares: Share[] = [];
  const half = (sign: 1 | -1, weight: number): void => {
    if (weight === 0) return;
    const divisor = partialSum(step, sign, counted !== null);
    const share = weight === 1 ? r : m.mul(r, weight);
    if (divisor === null) {
      ctx.absorb('empty', () => share);
      return;
    }
    const s = quotientOfTerms(b, share, divisor);
    shares.push({ sign, s });
    bookEmpty(step, share, divisor);
    if (counted !== null) ctx.absorb('bias', () => m.mul((sign === 1 ? positive : negative)(b, counted), s));
  };
  half(1, alpha);
  half(-1, -beta);
  return partialBack(step, shares) ?? m.mul(form.input, 0);
}
