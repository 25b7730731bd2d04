/** Differences between the sample's pass and the reference's. */
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleContext } from '../../types';
import { maths } from '../../maths';

/** Below this |Δx| a multiplier is the slope at the sample: Δy/Δx would be rounding. */
export const NEAR = 1e-7;

/** Δ = value − reference. */
export function delta(b: GraphBuilder, ctx: RuleContext, value: Value): Value {
  return b.op('Sub', [value, ctx.twin('reference', value)]);
}

/** ½(value + reference); a value that is the same in both passes as it is. */
export function average(b: GraphBuilder, ctx: RuleContext, value: Value): Value {
  const reference = value === '' ? value : ctx.twin('reference', value);
  if (reference === value) return value;
  const m = maths(b, value);
  return m.mul(0.5, m.add(value, reference));
}

/** numerator / Δx, or `slope` where |Δx| is next to nothing. */
export function overDelta(b: GraphBuilder, numerator: Value, dx: Value, slope: Value): Value {
  const m = maths(b, dx);
  const near = m.less(m.abs(dx), NEAR);
  return m.where(near, slope, m.div(numerator, m.where(near, 1, dx)));
}

/**
 * A rule of the gradient, run as if the node had other inputs (one per input, in order).
 * @returns One value per input, as the rule gives them.
 */
export function runAt(
  rule: RelevanceRule,
  node: Node,
  values: (value: Value) => Value,
  r: readonly (Value | null)[],
  b: GraphBuilder,
  ctx: RuleContext,
): (Value | null)[] {
  const inputs = node.inputs.map((input) => (input === '' ? '' : values(input)));
  const outputs = node.outputs.map((output) => (output === '' ? '' : values(output)));
  const needed = new Set(inputs.filter((_, index) => ctx.needed(node.inputs[index] ?? '')));
  return rule({ ...node, inputs, outputs }, r, b, { ...ctx, needed: (value) => needed.has(value) });
}
