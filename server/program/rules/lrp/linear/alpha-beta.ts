import type { Value } from '../../../../graph/types';
import { maths } from '../../../maths';
import type { LinearRule } from '../types';
import type { Step } from './form';
import { negative, partialBack, partialSum, positive, quotientOfTerms } from './parts';
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
    const booked = (): Value => (sign === 1 ? share : m.neg(share));
    if (divisor === null) {
      ctx.absorb('empty', booked);
      return;
    }
    const s = quotientOfTerms(b, share, divisor, sign);
    shares.push({ sign, s });
    ctx.absorb('empty', () => m.mul(booked(), m.mask(m.equal(divisor, 0))));
    if (counted !== null)
      ctx.absorb('bias', () => {
        const own = m.mul((sign === 1 ? positive : negative)(b, counted), s);
        return sign === 1 ? own : m.neg(own);
      });
  };
  half(1, alpha);
  half(-1, beta);
  return partialBack(step, shares) ?? m.mul(form.input, 0);
}
