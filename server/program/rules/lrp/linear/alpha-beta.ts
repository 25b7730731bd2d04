import type { Value } from '../../../../graph/types';
import { maths } from '../../../maths';
import type { LinearRule } from '../types';
import type { Step } from './form';
import { biasPart, bookEmpty, negative, partialBack, partialSum, positive, quotient } from './parts';

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
  const half = (sign: 1 | -1, weight: number): Value | null => {
    if (weight === 0) return null;
    const sum = partialSum(step, sign);
    const bias = biasPart(b, form, rule.bias, sign === 1 ? positive : negative);
    const parts = [sum, bias].filter((part) => part !== null);
    const share = weight === 1 ? r : m.mul(r, weight);
    if (parts.length === 0) {
      ctx.absorb('empty', () => share);
      return null;
    }
    const divisor = parts.reduce((left, right) => m.add(left, right));
    const s = quotient(b, share, divisor);
    bookEmpty(step, share, divisor);
    if (bias !== null) ctx.absorb('bias', () => m.mul(bias, s));
    return sum === null ? null : partialBack(step, sign, s);
  };
  const [plus, minus] = [half(1, alpha), half(-1, -beta)];
  const parts = [plus, minus].filter((part) => part !== null);
  const [first = m.mul(form.input, 0), second] = parts;
  return second === undefined ? first : m.add(first, second);
}
