/** Rules for the layer that sees the input. */
import type { Value } from '../../../../graph/types';
import { maths } from '../../../maths';
import type { LinearRule } from '../types';
import { evenly } from './epsilon';
import type { Step } from './form';
import { bookEmpty, negative, onesLike, positive, quotient } from './parts';

/**
 * w²: R_j = Σ_k w_jk² / Σ_j w_jk² R_k (Montavon et al. 2017). The denominator runs the layer on ones, padded with
 * zeros like the input, never a constant fan-in. The bias is not counted, but for `countBias`: + b_k².
 */
export function wSquareRule(step: Step, { countBias }: LinearRule): Value {
  const { b, ctx, form, r } = step;
  const m = maths(b, form.input);
  const squared = form.weights === null ? null : m.square(form.weights);
  const bias = countBias === true && form.bias !== null ? m.square(form.bias) : null;
  const weights = form.apply(onesLike(b, form.input), squared);
  const divisor = bias === null ? weights : m.add(weights, bias);
  const s = quotient(b, r, divisor);
  bookEmpty(step, r, divisor);
  if (bias !== null) ctx.absorb('bias', () => m.mul(bias, s));
  return form.transpose(s, squared);
}

/** Flat: every real input of a neuron gets the same share (Lapuschkin et al. 2017). */
export function flatRule(step: Step): Value {
  return evenly(step, step.r);
}

/**
 * z^B, for inputs between l ≤ 0 ≤ h: R_j = Σ_k (a w − l w⁺ − h w⁻) / Σ_j(…) R_k (Montavon et al. 2017). l and h are
 * the bounds after preprocessing, carried to this layer by the forward pass; the bias is not counted.
 */
export function boxRule(step: Step, low: Value, high: Value): Value {
  const { b, form, r } = step;
  const { input, weights } = form;
  const m = maths(b, input);
  const [w, plus, minus] = [
    weights,
    weights === null ? null : positive(b, weights),
    weights === null ? null : negative(b, weights),
  ];
  const straight = form.bias === null ? form.z : m.sub(form.z, form.bias);
  const lower = form.apply(low, plus);
  const upper = minus === null ? null : form.apply(high, minus);
  const z = m.sub(straight, upper === null ? lower : m.add(lower, upper));
  const s = quotient(b, r, z);
  bookEmpty(step, r, z);
  const down = m.sub(m.mul(input, form.transpose(s, w)), m.mul(low, form.transpose(s, plus)));
  return minus === null ? down : m.sub(down, m.mul(high, form.transpose(s, minus)));
}
