import type { Value } from '../../../../graph/types';
import { maths } from '../../../maths';
import type { LinearRule } from '../types';
import type { Step } from './form';
import { biasPart, bookEmpty, negative, partialBack, partialSum, positive, quotient } from './parts';

/**
 * LRP-γ, generalised to inputs of either sign: where z_k ≥ 0, R_j gets [a w + γ (a w)⁺] / [z + γ(Σ(a w)⁺ + b⁺)] R_k;
 * where z_k < 0 the same with (·)⁻ (Montavon et al. 2019; Andéol et al. 2021). γ → ∞ is z⁺ for positive z.
 */
export function gammaRule(step: Step, rule: LinearRule): Value {
  const { b, ctx, form, r } = step;
  const m = maths(b, form.input);
  const gamma = rule.gamma ?? 0.25;
  const z = rule.bias === 'ignore' && form.bias !== null ? m.sub(form.z, form.bias) : form.z;
  const above = m.mask(m.greaterOrEqual(z, 0));
  const half = (sign: 1 | -1, share: Value): { readonly s: Value; readonly back: Value | null } => {
    const sum = partialSum(step, sign);
    const bias = biasPart(b, form, rule.bias, sign === 1 ? positive : negative);
    const parts = [sum, bias].filter((part) => part !== null);
    const extra = parts.length === 0 ? null : parts.reduce((left, right) => m.add(left, right));
    const divisor = extra === null ? z : m.add(z, m.mul(extra, gamma));
    const s = quotient(b, share, divisor);
    bookEmpty(step, share, divisor);
    if (bias !== null) ctx.absorb('bias', () => m.mul(m.mul(bias, gamma), s));
    return { s, back: sum === null ? null : partialBack(step, sign, s) };
  };
  const [plus, minus] = [half(1, m.mul(r, above)), half(-1, m.mul(r, m.sub(1, above)))];
  const s = m.add(plus.s, minus.s);
  if (form.bias !== null && rule.bias !== 'ignore') ctx.absorb('bias', () => m.mul(form.bias as Value, s));
  const straight = m.mul(form.input, form.transpose(s, form.weights));
  const backs = [plus.back, minus.back].filter((part) => part !== null);
  if (backs.length === 0) return straight;
  return m.add(
    straight,
    m.mul(
      backs.reduce((left, right) => m.add(left, right)),
      gamma,
    ),
  );
}
