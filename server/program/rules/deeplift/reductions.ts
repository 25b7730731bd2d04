/** Reductions that bend: norms and log Σ exp, as the chain of an element-wise function, a sum and another function. */
import { numberOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import type { Maths } from '../../maths';
import { inputOf, only, outputOf } from '../common';
import { keepAxes } from '../gradient/reduction';
import { delta, overDelta } from './delta';

interface Both {
  readonly x: Value;
  readonly reference: Value;
  readonly dx: Value;
  /** With their reduced axes kept. */
  readonly y: Value;
  readonly yReference: Value;
}

/** Multiplier of every element of x. */
type Multiplier = (m: Maths, both: Both, b: GraphBuilder) => Value;

const multipliers: Readonly<Record<string, Multiplier>> = {
  ReduceL1: (m, { x, reference, dx }, b) => overDelta(b, m.sub(m.abs(x), m.abs(reference)), dx, m.sign(x)),
  ReduceSumSquare: (m, { x, reference }) => m.add(x, reference),
  // √ of the sum of squares: Δy/Δs = 1/(y + y′).
  ReduceL2: (m, { x, reference, y, yReference }) => {
    const sum = m.add(y, yReference);
    return m.div(m.add(x, reference), m.where(m.equal(sum, 0), 1, sum));
  },
  // Relative to the larger of y and y′, which no x exceeds; s = e^(y − k).
  ReduceLogSumExp: (m, { x, reference, dx, y, yReference }, b) => {
    const top = b.op('Max', [y, yReference]);
    const e = (value: Value): Value => m.exp(m.sub(value, top));
    const toLog = overDelta(b, m.sub(y, yReference), m.sub(e(y), e(yReference)), m.reciprocal(e(y)));
    return m.mul(overDelta(b, m.sub(e(x), e(reference)), dx, e(x)), toLog);
  },
};

const reduce: RelevanceRule = (node, r, b, ctx) => {
  const [x, y] = [inputOf(node, 0), outputOf(node)];
  const m = maths(b, x);
  const multiplier = multipliers[node.op] as Multiplier;
  const both = {
    x,
    reference: ctx.twin('reference', x),
    dx: delta(b, ctx, x),
    y: keepAxes(b, node, y),
    yReference: keepAxes(b, node, ctx.twin('reference', y)),
  };
  return [m.mul(keepAxes(b, node, only(r)), multiplier(m, both, b))];
};

export const bentReductionRules: readonly RuleEntry[] = [
  {
    ops: Object.keys(multipliers),
    rule: reduce,
    name: 'rescale',
    refuses: (node) =>
      numberOf(node, 'noop_with_empty_axes', 0) === 1 && inputOf(node, 1) === '' ? 'over no axes' : null,
  },
];
