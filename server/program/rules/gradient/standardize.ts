/** InstanceNormalization, GroupNormalization, MeanVarianceNormalization: (x − mean)/σ over some axes. */
import { int, numberOf, numbersOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { axisOf, rankOf, reduceSum, reshape, reshapeLike } from '../../shapes';
import { inputOf, only, perInput } from '../common';

interface Standardized {
  readonly hat: Value;
  /** 1/σ with its axes kept. */
  readonly inverse: Value;
}

function mean(b: GraphBuilder, value: Value, axes: readonly number[]): Value {
  return b.op('ReduceMean', [value, b.indices(axes)], { keepdims: int(1) });
}

function standardize(b: GraphBuilder, x: Value, axes: readonly number[], epsilon: number): Standardized {
  const m = maths(b, x);
  const centred = m.sub(x, mean(b, x, axes));
  const variance = mean(b, m.square(centred), axes);
  const inverse = m.reciprocal(m.sqrt(epsilon === 0 ? variance : m.add(variance, epsilon)));
  return { hat: m.mul(centred, inverse), inverse };
}

/** inv · (g − mean(g) − x̂ mean(g x̂)). */
function back(b: GraphBuilder, g: Value, { hat, inverse }: Standardized, axes: readonly number[]): Value {
  const m = maths(b, hat);
  const along = m.mul(hat, mean(b, m.mul(g, hat), axes));
  return m.mul(inverse, m.sub(m.sub(g, mean(b, g, axes)), along));
}

/** A vector over channels, to multiply [batch, channels, …]. */
function perChannel(b: GraphBuilder, vector: Value, rank: number): Value {
  return rank === 2 ? vector : reshape(b, vector, [-1, ...new Array<number>(rank - 2).fill(1)]);
}

/** Second size of [batch, groups, rest]; 0 (as it is) where a group is a channel. */
function groupsOf(node: Node): number {
  return node.op === 'GroupNormalization' ? numberOf(node, 'num_groups', 1) : 0;
}

const channelNorm: RelevanceRule = (node, r, b, ctx) => {
  const [x, scale] = [inputOf(node, 0), inputOf(node, 1)];
  const rank = rankOf(b, x);
  const m = maths(b, x);
  const joined = (value: Value): Value => reshape(b, value, [0, groupsOf(node), -1]);
  const rows = joined(x);
  const standard = standardize(b, rows, [2], numberOf(node, 'epsilon', 1e-5));
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
  return perInput(node, ctx, [
    () => reshapeLike(b, back(b, joined(m.mul(only(r), perChannel(b, scale, rank))), standard, [2]), x),
    () => reduceSum(b, m.mul(only(r), reshapeLike(b, standard.hat, x)), others, false),
    () => reduceSum(b, only(r), others, false),
  ]);
};

const meanVariance: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  const rank = rankOf(b, x);
  const axes = (numbersOf(node, 'axes') ?? [0, 2, 3]).map((axis) => axisOf(axis, rank));
  return [back(b, only(r), standardize(b, x, axes, 0), axes)];
};

export const standardizeRules: readonly RuleEntry[] = [
  { ops: ['InstanceNormalization', 'GroupNormalization'], rule: channelNorm },
  { ops: ['MeanVarianceNormalization'], rule: meanVariance },
];
