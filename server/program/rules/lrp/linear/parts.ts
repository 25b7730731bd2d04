/** Pieces of the rules: signs, products split by sign, quotients. */
import { tensorAttribute } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import { BATCH } from '../../../../graph/types';
import type { Value } from '../../../../graph/types';
import { computed } from '../../../../graph/tensor';
import { floatTypeOf, maths, scalarTensor } from '../../../maths';
import { shapeOf } from '../../../shapes';
import type { Step } from './form';

const made = new WeakMap<GraphBuilder, Map<string, Value>>();

/** One value per graph and input, however many rules ask: sessions open slower with every node. */
function once(name: string, make: (b: GraphBuilder, value: Value) => Value) {
  return (b: GraphBuilder, value: Value): Value => {
    const known = made.get(b) ?? new Map<string, Value>();
    made.set(b, known);
    const key = `${name} ${value}`;
    const result = known.get(key) ?? make(b, value);
    known.set(key, result);
    return result;
  };
}

export const positive = once('positive', (b, value) => vector(b, value, relu) ?? b.op('Relu', [value]));
export const negative = once(
  'negative',
  (b, value) => vector(b, value, (x) => Math.min(x, 0)) ?? b.op('Min', [value, maths(b, value).operand(0)]),
);
export const magnitude = once('magnitude', (b, value) => vector(b, value, Math.abs) ?? b.op('Abs', [value]));

const relu = (x: number): number => Math.max(x, 0);

/** A function of a constant vector (a bias) as a constant: less work than a node, for us and for the engine. */
function vector(b: GraphBuilder, value: Value, f: (x: number) => number): Value | null {
  const known = b.constantOf(value);
  if (known?.dtype !== 'float32' || known.dims.length !== 1) return null;
  return b.constant(computed('float32', known.dims, () => (known.data as Float32Array).map(f)));
}

/** ±1; sign(0) = +1. Adding a number that only 0 feels is cheaper than comparing. */
export function signOf(b: GraphBuilder, z: Value): Value {
  const m = maths(b, z);
  return m.sign(m.add(z, 1e-30));
}

/** ±ε with the sign of z; sign(0) = +1. */
export function signed(b: GraphBuilder, z: Value, epsilon: Value | number): Value {
  return maths(b, z).mul(signOf(b, z), epsilon);
}

/** What takes the place of a smaller sum of terms of one sign: far below what float32 tells from 0 beside 1. */
const LEAST_SUM = 1e-20;

/**
 * r / z where all terms of z have the given sign: where z is 0, all that the result is multiplied with is 0 too, so
 * that any finite number will do.
 */
export function quotientOfTerms(b: GraphBuilder, r: Value, z: Value, sign: Sign): Value {
  const m = maths(b, z);
  return m.div(r, b.op(sign === 1 ? 'Max' : 'Min', [z, m.operand(sign * LEAST_SUM)]));
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

/** L(a, w) and a part of the bias. */
export function withBias(
  { b, form }: Step,
  input: Value,
  weights: Value | null,
  part: ((b: GraphBuilder, bias: Value) => Value) | null,
): Value {
  if (part === null || form.bias === null) return form.apply(input, weights);
  if (form.applyWithBias !== undefined) return form.applyWithBias(input, weights, (bias) => part(b, bias));
  return maths(b, form.bias).add(form.apply(input, weights), part(b, form.bias));
}

export type Sign = 1 | -1;
const bySign = (sign: Sign): typeof positive => (sign === 1 ? positive : negative);
const opposite = (sign: Sign): Sign => (sign === 1 ? -1 : 1);

/**
 * Σ over all inputs of a neuron of the parts (a w)⁺ (`sign` 1) or (a w)⁻ (−1), split by the sign of the *product*,
 * and the same part of the bias where it counts. Null where there can be none.
 */
export function partialSum(step: Step, sign: Sign, countsBias: boolean): Value | null {
  const { b, form, nonNegative } = step;
  const { input, weights } = form;
  const part = countsBias && form.bias !== null ? bySign(sign) : null;
  if (weights === null) {
    if (nonNegative && sign === -1) return null;
    return withBias(step, nonNegative ? input : bySign(sign)(b, input), null, part);
  }
  const own = withBias(step, nonNegative ? input : positive(b, input), bySign(sign)(b, weights), part);
  if (nonNegative) return own;
  return maths(b, own).add(own, form.apply(negative(b, input), bySign(opposite(sign))(b, weights)));
}

/**
 * Σ_k (a_j w_jk)⁺ s⁺_k − (a_j w_jk)⁻ s⁻_k, shaped like the input: the parts of `partialSum`, sent back. Null where
 * nothing goes back.
 */
export function partialBack({ b, form, nonNegative }: Step, shares: readonly Share[]): Value | null {
  const { input, weights } = form;
  const m = maths(b, input);
  /** What inputs of one sign get. */
  const of = (inputs: Sign): Value | null => {
    let back: Value | null = null;
    for (const { sign, s } of shares) {
      const weightSign = inputs === 1 ? sign : opposite(sign);
      if (weights === null && weightSign === -1) continue;
      const part = form.transpose(s, weights === null ? null : bySign(weightSign)(b, weights));
      if (back === null) back = sign === 1 ? part : m.neg(part);
      else back = sign === 1 ? m.add(back, part) : m.sub(back, part);
    }
    return back === null ? null : m.mul(nonNegative ? input : bySign(inputs)(b, input), back);
  };
  const [own, other] = [of(1), nonNegative ? null : of(-1)];
  return own === null || other === null ? (own ?? other) : m.add(own, other);
}

export interface Share {
  /** The part it belongs to: relevance of the positive parts counts as it is, that of the negative ones turned. */
  readonly sign: Sign;
  /** Relevance over the sum of the parts with that sign. */
  readonly s: Value;
}
