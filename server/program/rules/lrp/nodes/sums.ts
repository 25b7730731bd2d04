/** Element-wise sums: the summands are the inputs of a linear layer with weights ±1. */
import type { GraphBuilder } from '../../../../graph/builder';
import type { Node, Value } from '../../../../graph/types';
import type { RelevanceRule, RuleContext, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { unbroadcast } from '../../../shapes';
import { only, outputOf } from '../../common';
import { positive, quotient, signed } from '../linear/parts';
import type { LrpOptions } from '../types';

/**
 * R_a = a / s(a + b) · R; `ratio` shares by |a| / (|a| + |b|), `zPlus` by a⁺ / (a⁺ + b⁺). A constant summand is a bias:
 * absorbed. Relevance at a sum is proportional to it, so nothing explodes where the summands cancel.
 */
export function sumRules(options: LrpOptions): readonly RuleEntry[] {
  const rule = options.residual === 'epsilon' ? byEpsilon(options.epsilon) : byParts(options.residual);
  const name = options.residual === 'epsilon' ? 'sum' : options.residual;
  return [{ ops: ['Add', 'Sum', 'Sub', 'Mean'], rule, name }];
}

function byEpsilon(epsilon: number): RelevanceRule {
  return (node, r, b, ctx) => {
    const y = outputOf(node);
    const m = maths(b, y);
    const stabiliser = epsilon === 0 ? null : signed(b, y, epsilon);
    const s = stabiliser === null ? quotient(b, only(r), y) : m.div(only(r), m.add(y, stabiliser));
    if (stabiliser !== null) ctx.absorb('stabiliser', () => m.mul(stabiliser, s));
    else ctx.absorb('empty', () => m.mul(only(r), m.mask(m.equal(y, 0))));
    return shared(node, b, ctx, (input, index) => {
      const part = m.mul(input, s);
      if (node.op === 'Sub' && index === 1) return m.neg(part);
      return node.op === 'Mean' ? m.mul(part, 1 / node.inputs.length) : part;
    });
  };
}

function byParts(residual: 'ratio' | 'zPlus'): RelevanceRule {
  return (node, r, b, ctx) => {
    const m = maths(b, outputOf(node));
    const parts = node.inputs.map((input, index) => {
      if (residual === 'ratio') return m.abs(input);
      return positive(b, node.op === 'Sub' && index === 1 ? m.neg(input) : input);
    });
    const total = parts.reduce((one, other) => m.add(one, other));
    const s = quotient(b, only(r), total);
    ctx.absorb('empty', () => m.mul(only(r), m.mask(m.equal(total, 0))));
    return shared(node, b, ctx, (_, index) => m.mul(parts[index] as Value, s));
  };
}

/** The share of every summand that depends on the sample; what constants get is absorbed. */
function shared(
  node: Node,
  b: GraphBuilder,
  ctx: RuleContext,
  share: (input: Value, index: number) => Value,
): (Value | null)[] {
  return node.inputs.map((input, index) => {
    if (ctx.needed(input)) return unbroadcast(b, share(input, index), outputOf(node), input);
    ctx.absorb('bias', () => share(input, index));
    return null;
  });
}

/** Hands relevance on as it is: a constant that is some layer's bias, or a shift of the input itself. */
export const passSum: RuleEntry = {
  ops: ['Add', 'Sub', 'Sum'],
  name: 'pass',
  rule: (node: Node, r, b, ctx) =>
    node.inputs.map((input) => (ctx.needed(input) ? unbroadcast(b, only(r), outputOf(node), input) : null)),
};
