/** Element-wise sums: the summands are the inputs of a linear layer with weights ±1. */
import type { Node, Value } from '../../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { unbroadcast } from '../../../shapes';
import { only, outputOf } from '../../common';
import { quotient, signed } from '../linear/parts';
import type { LrpOptions } from '../types';

/**
 * R_a = a / s(a + b) · R; `ratio` shares by |a| / (|a| + |b|). A constant summand is a bias: absorbed. Relevance at a
 * sum is proportional to it, so nothing explodes where the summands cancel.
 */
export function sumRules(options: LrpOptions): readonly RuleEntry[] {
  const rule: RelevanceRule = (node, r, b, ctx) => {
    const y = outputOf(node);
    const m = maths(b, y);
    const count = node.op === 'Mean' ? node.inputs.length : 1;
    const magnitude = (): Value => node.inputs.map((input) => m.abs(input)).reduce((one, other) => m.add(one, other));
    const stabiliser = options.epsilon === 0 ? null : signed(b, y, options.epsilon);
    const divisor = stabiliser === null ? y : m.add(y, stabiliser);
    const s = options.residual === 'ratio' ? quotient(b, only(r), magnitude()) : quotientOf(stabiliser === null);
    function quotientOf(exact: boolean): Value {
      return exact ? quotient(b, only(r), divisor) : m.div(only(r), divisor);
    }
    const share = (input: Value, index: number): Value => {
      if (options.residual === 'ratio') return m.mul(m.abs(input), s);
      const part = m.mul(input, s);
      if (node.op === 'Sub' && index === 1) return m.neg(part);
      return count === 1 ? part : m.mul(part, 1 / count);
    };
    if (stabiliser !== null && options.residual === 'epsilon') ctx.absorb('stabiliser', () => m.mul(stabiliser, s));
    return node.inputs.map((input, index) => {
      if (ctx.needed(input)) return unbroadcast(b, share(input, index), y, input);
      ctx.absorb('bias', () => share(input, index));
      return null;
    });
  };
  return [{ ops: ['Add', 'Sum', 'Sub', 'Mean'], rule, name: options.residual === 'ratio' ? 'ratio' : 'sum' }];
}

/** Hands relevance on as it is: a constant that is some layer's bias, or a shift of the input itself. */
export const passSum: RuleEntry = {
  ops: ['Add', 'Sub', 'Sum'],
  name: 'pass',
  rule: (node: Node, r, b, ctx) =>
    node.inputs.map((input) => (ctx.needed(input) ? unbroadcast(b, only(r), outputOf(node), input) : null)),
};
