/** Normalisations: only the deviation (the norm) is held constant; the mean is a linear part of the signal. */
import { int, numberOf, numbersOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import { maths } from '../../maths';
import { axisOf, rankOf, reshape, reshapeLike } from '../../shapes';
import type { RelevanceRule, RuleEntry } from '../../types';
import { inputOf, only, outputOf, perInput } from '../common';

const mean = (b: GraphBuilder, value: Value, axes: readonly number[]): Value =>
  b.op('ReduceMean', [value, b.indices(axes)], { keepdims: int(1) });

/** c_in = (g − mean g)/σ with g = c γ. The operator's own third output is 1/σ. */
const layerNorm: RelevanceRule = (node, r, b, ctx) => {
  const [x, scale] = [inputOf(node, 0), inputOf(node, 1)];
  const m = maths(b, x);
  const rank = rankOf(b, x);
  const first = axisOf(numberOf(node, 'axis', -1), rank);
  const axes = Array.from({ length: rank - first }, (_, axis) => first + axis);
  return perInput(node, ctx, [
    () => {
      const g = m.mul(only(r), scale);
      return m.mul(m.sub(g, mean(b, g, axes)), outputOf(node, 2));
    },
  ]);
};

/** 1/σ of rows over `axes`. */
function inverseDeviation(b: GraphBuilder, x: Value, axes: readonly number[], epsilon: number): Value {
  const m = maths(b, x);
  const variance = mean(b, m.square(m.sub(x, mean(b, x, axes))), axes);
  return m.reciprocal(m.sqrt(epsilon === 0 ? variance : m.add(variance, epsilon)));
}

function back(b: GraphBuilder, g: Value, x: Value, axes: readonly number[], epsilon: number): Value {
  const m = maths(b, x);
  return m.mul(m.sub(g, mean(b, g, axes)), inverseDeviation(b, x, axes, epsilon));
}

/** A vector over channels, to multiply [batch, channels, …]. */
function perChannel(b: GraphBuilder, vector: Value, rank: number): Value {
  return rank === 2 ? vector : reshape(b, vector, [-1, ...new Array<number>(rank - 2).fill(1)]);
}

const channelNorm: RelevanceRule = (node, r, b, ctx) => {
  const [x, scale] = [inputOf(node, 0), inputOf(node, 1)];
  const groups = node.op === 'GroupNormalization' ? numberOf(node, 'num_groups', 1) : 0;
  const rows = (value: Value): Value => reshape(b, value, [0, groups, -1]);
  return perInput(node, ctx, [
    () => {
      const g = maths(b, x).mul(only(r), perChannel(b, scale, rankOf(b, x)));
      return reshapeLike(b, back(b, rows(g), rows(x), [2], numberOf(node, 'epsilon', 1e-5)), x);
    },
  ]);
};

const meanVariance: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  const axes = (numbersOf(node, 'axes') ?? [0, 2, 3]).map((axis) => axisOf(axis, rankOf(b, x)));
  return [back(b, only(r), x, axes, 0)];
};

/** x/‖x‖: where the norm is 0, so is the output. */
const lpNorm: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  const m = maths(b, x);
  const reduce = numberOf(node, 'p', 2) === 1 ? 'ReduceL1' : 'ReduceL2';
  const norm = b.op(reduce, [x, b.indices([numberOf(node, 'axis', -1)])], { keepdims: int(1) });
  return [m.div(only(r), m.where(m.equal(norm, 0), 1, norm))];
};

/** Scale and shift computed from the sample would make it a product of signals. */
const refuses = (node: Node, _b: GraphBuilder, needed: (value: Value) => boolean): string | null =>
  node.inputs.slice(1).some(needed) ? 'scale or shift computed from the sample' : null;

export const normRules: readonly RuleEntry[] = [
  { ops: ['LayerNormalization'], rule: layerNorm, name: 'identity', outputs: 3, refuses },
  { ops: ['InstanceNormalization', 'GroupNormalization'], rule: channelNorm, name: 'identity', refuses },
  { ops: ['MeanVarianceNormalization'], rule: meanVariance, name: 'identity' },
  { ops: ['LpNormalization'], rule: lpNorm, name: 'identity' },
];
