/**
 * Normalisation layers, as the chain of their parts: c = x − mean(x), v = mean(c²), i = (v + ε)^−½, y = γ c i + β. The
 * square and the product have the multipliers of products, and Δi/Δv is −1/(s s′(s + s′)) with s = √(v + ε): no
 * division by a difference. Exact: Σ m Δx = Δy.
 */
import { int, numberOf, numbersOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleContext, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { axisOf, rankOf, reshape, reshapeLike } from '../../shapes';
import { inputOf, only } from '../common';

/** @param g Multiplier of c·i. @param shape Brings values to the shape in which `axes` are normalised over. */
function standardized(
  b: GraphBuilder,
  ctx: RuleContext,
  x: Value,
  g: Value,
  axes: readonly number[],
  epsilon: number,
  shape: (value: Value) => Value = (value) => value,
): Value {
  const m = maths(b, x);
  const over = (op: string, value: Value): Value => b.op(op, [value, b.indices(axes)], { keepdims: int(1) });
  const parts = (value: Value): { readonly c: Value; readonly s: Value } => {
    const own = shape(value);
    const c = m.sub(own, over('ReduceMean', own));
    const variance = over('ReduceMean', m.square(c));
    return { c, s: m.sqrt(epsilon === 0 ? variance : m.add(variance, epsilon)) };
  };
  const [own, reference] = [parts(x), parts(ctx.twin('reference', x))];
  const sums = m.add(own.c, reference.c);
  const inverse = m.mul(0.5, m.add(m.reciprocal(own.s), m.reciprocal(reference.s)));
  const slope = m.neg(m.reciprocal(m.mul(m.mul(own.s, reference.s), m.add(own.s, reference.s))));
  // The mean of g's part instead of its sum: the 1/n of mean(c²).
  const toSquares = m.mul(over('ReduceMean', m.mul(g, m.mul(0.5, sums))), slope);
  const toCentred = m.add(m.mul(g, inverse), m.mul(toSquares, sums));
  return m.sub(toCentred, over('ReduceMean', toCentred));
}

const layerNorm: RelevanceRule = (node, r, b, ctx) => {
  const [x, scale] = [inputOf(node, 0), inputOf(node, 1)];
  const rank = rankOf(b, x);
  const first = axisOf(numberOf(node, 'axis', -1), rank);
  const axes = Array.from({ length: rank - first }, (_, axis) => first + axis);
  const g = maths(b, x).mul(only(r), scale);
  return [standardized(b, ctx, x, g, axes, numberOf(node, 'epsilon', 1e-5)), null, null];
};

const channelNorm: RelevanceRule = (node, r, b, ctx) => {
  const [x, scale] = [inputOf(node, 0), inputOf(node, 1)];
  const rank = rankOf(b, x);
  const groups = node.op === 'GroupNormalization' ? numberOf(node, 'num_groups', 1) : 0;
  const joined = (value: Value): Value => reshape(b, value, [0, groups, -1]);
  const factor = rank === 2 ? scale : reshape(b, scale, [-1, ...new Array<number>(rank - 2).fill(1)]);
  const g = joined(maths(b, x).mul(only(r), factor));
  const carried = standardized(b, ctx, x, g, [2], numberOf(node, 'epsilon', 1e-5), joined);
  return [reshapeLike(b, carried, x), null, null];
};

const meanVariance: RelevanceRule = (node, r, b, ctx) => {
  const x = inputOf(node, 0);
  const rank = rankOf(b, x);
  const axes = (numbersOf(node, 'axes') ?? [0, 2, 3]).map((axis) => axisOf(axis, rank));
  return [standardized(b, ctx, x, only(r), axes, 0)];
};

const refuses = (node: Node, _b: GraphBuilder, needed: (value: Value) => boolean): string | null =>
  node.inputs.slice(1).some(needed) ? 'with a scale computed from the sample' : null;

export const normRules: readonly RuleEntry[] = [
  { ops: ['LayerNormalization'], rule: layerNorm, name: 'norm', refuses },
  { ops: ['InstanceNormalization', 'GroupNormalization'], rule: channelNorm, name: 'norm', refuses },
  { ops: ['MeanVarianceNormalization'], rule: meanVariance, name: 'norm' },
];
