import type { Value } from '../../../../graph/types';
import { maths } from '../../../maths';
import type { LinearRule } from '../types';
import { epsilonRule } from './epsilon';
import type { Step } from './form';
import { bookEmpty, magnitude, quotientOfTerms, signed, withBias } from './parts';

/**
 * LRP-γ, generalised to inputs of either sign: where z_k ≥ 0, R_j gets [a w + γ (a w)⁺] / [z + γ(Σ(a w)⁺ + b⁺)] R_k;
 * where z_k < 0 the same with (·)⁻ (Montavon et al. 2019; Andéol et al. 2021). γ → ∞ is z⁺ for positive z.
 *
 * With x^± = (x ± |x|)/2 both cases are one: R_j = Σ_k [c σ_k a w + |a w|] / [c |z_k| + Σ|a w| + |b_k|] R_k,
 * c = 1 + 2/γ, σ_k = sign z_k. Terms of one sign: nothing cancels, and three passes of the layer do.
 */
export function gammaRule(step: Step, rule: LinearRule): Value {
  const { b, ctx, form, r, nonNegative } = step;
  const { input, weights } = form;
  const m = maths(b, input);
  const gamma = rule.gamma ?? 0.25;
  if (gamma === 0) return epsilonRule(step, { rule: 'zero', ...(rule.bias === undefined ? {} : { bias: rule.bias }) });
  const c = 1 + 2 / gamma;
  const counted = rule.bias === 'ignore' ? null : form.bias;
  const z = rule.bias === 'ignore' && form.bias !== null ? m.sub(form.z, form.bias) : form.z;
  const size = nonNegative ? input : magnitude(b, input);
  const sizes = weights === null ? null : magnitude(b, weights);
  const divisor = m.add(m.mul(m.abs(z), c), withBias(step, size, sizes, counted === null ? null : magnitude));
  const s = quotientOfTerms(b, r, divisor, 1);
  bookEmpty(step, r, divisor);
  const directed = m.mul(signed(b, z, c), s);
  if (counted !== null) ctx.absorb('bias', () => m.add(m.mul(counted, directed), m.mul(magnitude(b, counted), s)));
  const [straight, even] = [form.transpose(directed, weights), form.transpose(s, sizes)];
  if (nonNegative) return m.mul(input, m.add(straight, even));
  return m.add(m.mul(input, straight), m.mul(size, even));
}
