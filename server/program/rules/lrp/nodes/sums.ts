/** Element-wise sums: the summands are the inputs of a linear layer with weights ±1. */
import type { GraphBuilder } from '../../../../graph/builder';
import type { Node, Value } from '../../../../graph/types';
import type { RelevanceRule, RuleContext, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { unbroadcast } from '../../../shapes';
import { only, outputOf } from '../../common';
import { positive, quotient, signed } from '../linear/parts';
import { unmasked } from '../masks';
import type { LrpOptions } from '../types';

/**
 * R_a = a / s(a + b) · R; `ratio` shares by |a| / (|a| + |b|), `zPlus` by a⁺ / (a⁺ + b⁺). A constant summand is a bias:
 * absorbed. Relevance at a sum is proportional to it, so nothing explodes where the summands cancel. Masked places (−∞)
 * have none, and share nothing.
 */
export function sumRules(options: LrpOptions): readonly RuleEntry[] {
  const rule = options.residual === 'epsilon' ? byEpsilon(options) : byParts(options.residual);
  const name = options.residual === 'epsilon' ? 'sum' : options.residual;
  return [{ ops: ['Add', 'Sum', 'Sub', 'Mean'], rule, name }];
}

/** With redistribution the shares of ε and of constants are spread evenly over the signals, as in layers. */
function byEpsilon({ epsilon, composite }: LrpOptions): RelevanceRule {
  const spreads = composite.dense.bias === 'redistribute';
  return (node, r, b, ctx) => {
    const y = outputOf(node);
    const m = maths(b, y);
    const stabiliser = epsilon === 0 ? null : signed(b, y, epsilon);
    const s = stabiliser === null ? quotient(b, only(r), y) : m.div(only(r), m.add(y, stabiliser));
    if (stabiliser !== null && !spreads) ctx.absorb('stabiliser', () => m.mul(stabiliser, s));
    else ctx.absorb('empty', () => m.mul(only(r), m.mask(m.equal(y, 0))));
    const share = (input: Value, index: number): Value => {
      const part = m.mul(unmasked(b, ctx, input), s);
      if (node.op === 'Sub' && index === 1) return m.neg(part);
      return node.op === 'Mean' ? m.mul(part, 1 / node.inputs.length) : part;
    };
    if (!spreads) return shared(node, b, ctx, share);
    const signals = node.inputs.filter((input) => ctx.needed(input)).length;
    const rest = [
      ...(stabiliser === null ? [] : [m.mul(stabiliser, s)]),
      ...node.inputs.flatMap((input, index) => (ctx.needed(input) ? [] : [share(input, index)])),
    ];
    const evenly =
      rest.length === 0
        ? null
        : m.mul(
            rest.reduce((one, other) => m.add(one, other)),
            1 / signals,
          );
    return node.inputs.map((input, index) => {
      if (!ctx.needed(input)) return null;
      const own = share(input, index);
      return unbroadcast(b, evenly === null ? own : m.add(own, evenly), outputOf(node), input);
    });
  };
}

function byParts(residual: 'ratio' | 'zPlus'): RelevanceRule {
  return (node, r, b, ctx) => {
    const m = maths(b, outputOf(node));
    const parts = node.inputs.map((summand, index) => {
      const input = unmasked(b, ctx, summand);
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
