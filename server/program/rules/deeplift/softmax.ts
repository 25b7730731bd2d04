/**
 * Softmax inside a network, as the chain of its parts: z = x − L with L = log Σ eˣ, y = e^z. The multiplier of y is
 * Δy/Δz; that of L is (e^x − e^x′)/Δx · ΔL/Δs, s = Σ eˣ, with every exponential taken relative to the larger of the
 * two maxima. Exact: Σ m Δx = Δy.
 */
import { int, numberOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleContext, RuleEntry } from '../../types';
import { maths } from '../../maths';
import type { Maths } from '../../maths';
import { inputOf, only, outputOf } from '../common';
import { overDelta } from './delta';

/** Axis kept as ones. */
function over(b: GraphBuilder, node: Node, op: string, value: Value): Value {
  const axes = b.indices([numberOf(node, 'axis', -1)]);
  return b.op(op, [value, axes], { keepdims: int(1) });
}

interface Parts {
  readonly z: Value;
  readonly dz: Value;
  /** Multiplier of L for every x. */
  readonly toNorm: Value;
}

function partsOf(b: GraphBuilder, node: Node, ctx: RuleContext): Parts {
  const x = inputOf(node, 0);
  const reference = ctx.twin('reference', x);
  const m = maths(b, x);
  const most = b.op('Max', [over(b, node, 'ReduceMax', x), over(b, node, 'ReduceMax', reference)]);
  const [e, eReference] = [m.exp(m.sub(x, most)), m.exp(m.sub(reference, most))];
  const [s, sReference] = [over(b, node, 'ReduceSum', e), over(b, node, 'ReduceSum', eReference)];
  const norm = logSumExp(b, node, m, x);
  const normReference = logSumExp(b, node, m, reference);
  // Masked places are −∞ in both passes: their difference is 0, not NaN.
  const dx = m.where(m.equal(x, reference), 0, m.sub(x, reference));
  const dL = m.sub(norm, normReference);
  const slopeOfLog = overDelta(b, dL, m.sub(s, sReference), m.reciprocal(s));
  const z = m.sub(x, norm);
  return {
    z,
    dz: m.sub(dx, dL),
    toNorm: m.mul(overDelta(b, m.sub(e, eReference), dx, e), slopeOfLog),
  };
}

function logSumExp(b: GraphBuilder, node: Node, m: Maths, x: Value): Value {
  const top = over(b, node, 'ReduceMax', x);
  return m.add(top, m.log(over(b, node, 'ReduceSum', m.exp(m.sub(x, top)))));
}

/** r at z back to x. */
function throughNorm(b: GraphBuilder, node: Node, r: Value, toNorm: Value): Value {
  const m = maths(b, r);
  return m.sub(r, m.mul(toNorm, over(b, node, 'ReduceSum', r)));
}

const softmax: RelevanceRule = (node, r, b, ctx) => {
  const y = outputOf(node);
  const m = maths(b, y);
  const { dz, toNorm } = partsOf(b, node, ctx);
  const dy = m.sub(y, ctx.twin('reference', y));
  return [throughNorm(b, node, m.mul(only(r), overDelta(b, dy, dz, y)), toNorm)];
};

const logSoftmax: RelevanceRule = (node, r, b, ctx) => [throughNorm(b, node, only(r), partsOf(b, node, ctx).toNorm)];

export const softmaxRules: readonly RuleEntry[] = [
  { ops: ['Softmax'], rule: softmax, name: 'softmax' },
  { ops: ['LogSoftmax'], rule: logSoftmax, name: 'softmax' },
];
