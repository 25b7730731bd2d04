/** Pieces of the rules: signs, products split by sign, quotients. */
import { tensorAttribute } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import { BATCH } from '../../../../graph/types';
import type { Value } from '../../../../graph/types';
import { floatTypeOf, maths, scalarTensor } from '../../../maths';
import { shapeOf } from '../../../shapes';
import type { LinearForm, Step } from './form';

export const positive = (b: GraphBuilder, value: Value): Value => b.op('Relu', [value]);
export const negative = (b: GraphBuilder, value: Value): Value => b.op('Min', [value, maths(b, value).operand(0)]);

/** ±ε with the sign of z; sign(0) = +1. */
export function signed(b: GraphBuilder, z: Value, epsilon: Value | number): Value {
  const m = maths(b, z);
  return m.mul(m.sub(m.mul(m.mask(m.greaterOrEqual(z, 0)), 2), 1), epsilon);
}

/** r / z where z is not 0, else 0. */
export function quotient(b: GraphBuilder, r: Value, z: Value): Value {
  const m = maths(b, z);
  // The divisor is moved away from 0 first: 0/0 would be NaN, and NaN · 0 stays NaN.
  const zero = m.mask(m.equal(z, 0));
  return m.mul(m.div(r, m.add(z, zero)), m.sub(1, zero));
}

/** Books the relevance of neurons whose denominator is 0: they have nothing to share it by. */
export function bookEmpty({ b, ctx }: Step, r: Value, denominator: Value): void {
  const m = maths(b, denominator);
  ctx.absorb('empty', () => m.mul(r, m.mask(m.equal(denominator, 0))));
}

/** Ones shaped like the input, with a batch of 1 where the sizes are known. */
export function onesLike(b: GraphBuilder, input: Value): Value {
  const one = tensorAttribute(scalarTensor(floatTypeOf(b, input), 1, [1]));
  const sizes = shapeOf(b, input)?.map((dim, axis) => (axis === 0 && dim === BATCH ? 1 : dim)) ?? [];
  const known = sizes.length > 0 && sizes.every((dim) => typeof dim === 'number');
  const shape = known ? b.indices(sizes) : b.op('Shape', [input]);
  return b.op('ConstantOfShape', [shape], { value: one }, 'ones');
}

/** Σ over all neurons of the parts (a w)⁺ (`sign` 1) or (a w)⁻ (−1), split by the sign of the *product*. */
export function partialSum({ b, form, nonNegative }: Step, sign: 1 | -1): Value | null {
  const { input, weights } = form;
  const a = nonNegative ? input : positive(b, input);
  const [same, other] = sign === 1 ? [positive, negative] : [negative, positive];
  const own = weights === null ? (sign === 1 ? form.apply(a, null) : null) : form.apply(a, same(b, weights));
  if (nonNegative) return own;
  const minus = negative(b, input);
  const crossed =
    weights === null ? (sign === -1 ? form.apply(minus, null) : null) : form.apply(minus, other(b, weights));
  if (own === null || crossed === null) return own ?? crossed;
  return maths(b, own).add(own, crossed);
}

/** Σ_k (a_j w_jk)^± s_k, shaped like the input: the parts of `partialSum`, sent back. */
export function partialBack({ b, form, nonNegative }: Step, sign: 1 | -1, s: Value): Value | null {
  const { input, weights } = form;
  const m = maths(b, input);
  const a = nonNegative ? input : positive(b, input);
  const [same, other] = sign === 1 ? [positive, negative] : [negative, positive];
  const own =
    weights === null
      ? sign === 1
        ? m.mul(a, form.transpose(s, null))
        : null
      : m.mul(a, form.transpose(s, same(b, weights)));
  if (nonNegative) return own;
  const minus = negative(b, input);
  const crossed =
    weights === null
      ? sign === -1
        ? m.mul(minus, form.transpose(s, null))
        : null
      : m.mul(minus, form.transpose(s, other(b, weights)));
  if (own === null || crossed === null) return own ?? crossed;
  return m.add(own, crossed);
}

/** The bias as a rule's denominator has it: its positive or negative part, or all of it; null where it is ignored. */
export function biasPart(
  b: GraphBuilder,
  { bias }: LinearForm,
  policy: string | undefined,
  part?: typeof positive,
): Value | null {
  if (bias === null || policy === 'ignore') return null;
  return part === undefined ? bias : part(b, bias);
}
