import type { Value } from '../../../../graph/types';
import { maths } from '../../../maths';
import { axisOf, rankOf } from '../../../shapes';
import type { LinearRule } from '../types';
import type { Step } from './form';
import { bookEmpty, onesLike, quotient, signed } from './parts';

/**
 * LRP-ε: R_j = Σ_k a_j w_jk / (z_k + ε sign z_k) R_k, sign(0) = +1; ε = 0 is LRP-0 with 0/0 → 0
 * (Bach et al. 2015, eq. 58). Bias: absorbed, ignored, or spread with ε's share over the neuron's real inputs.
 */
export function epsilonRule(step: Step, rule: LinearRule): Value {
  const { b, ctx, form, r } = step;
  const { input, weights, bias } = form;
  const m = maths(b, input);
  const z = rule.bias === 'ignore' && bias !== null ? m.sub(form.z, bias) : form.z;
  const epsilon = rule.rule === 'zero' ? 0 : (rule.epsilon ?? 1e-6);
  const stabiliser = epsilon === 0 ? null : signed(b, z, rule.relative === true ? relative(step, z, epsilon) : epsilon);
  const divisor = stabiliser === null ? z : m.add(z, stabiliser);
  // A relative ε is 0 where the whole layer is.
  const certain = stabiliser !== null && rule.relative !== true;
  const s = certain ? m.div(r, divisor) : quotient(b, r, divisor);
  if (!certain) bookEmpty(step, r, divisor);
  const own = m.mul(input, form.transpose(s, weights));
  const counted = rule.bias === 'ignore' ? null : bias;
  if (rule.bias === 'redistribute') {
    const rest = [counted, stabiliser].filter((part) => part !== null);
    if (rest.length === 0) return own;
    const share = m.mul(
      rest.reduce((left, right) => m.add(left, right)),
      s,
    );
    return m.add(own, evenly(step, share));
  }
  if (counted !== null) ctx.absorb('bias', () => m.mul(counted, s));
  if (stabiliser !== null) ctx.absorb('stabiliser', () => m.mul(stabiliser, s));
  return own;
}

/** ε · rms(z), per sample. */
function relative({ b }: Step, z: Value, epsilon: number): Value {
  const m = maths(b, z);
  const rank = rankOf(b, z);
  const axes = Array.from({ length: rank - 1 }, (_, axis) => axisOf(axis + 1, rank));
  const mean = b.op('ReduceMean', [m.square(z), b.indices(axes)], { keepdims: { type: 'int', value: 1 } });
  return m.mul(m.sqrt(mean), epsilon);
}

/** Spreads an amount per neuron over the neuron's inputs, padding not counted; windows of padding only have none. */
export function evenly(step: Step, amount: Value): Value {
  const { b, form } = step;
  const m = maths(b, form.input);
  const flat = form.weights === null ? null : b.op('Sign', [m.add(m.square(form.weights), 1)]);
  const inputs = form.apply(onesLike(b, form.input), flat);
  bookEmpty(step, amount, inputs);
  return form.transpose(m.mul(amount, quotient(b, m.operand(1), inputs)), flat);
}
