/** Masks of −∞ among the values that relevance goes through: what belongs to them is 0, and 0 · ∞ would be NaN. */
import type { GraphBuilder } from '../../../graph/builder';
import { numbers } from '../../../graph/tensor';
import type { Value } from '../../../graph/types';
import { maths } from '../../maths';
import type { RuleContext } from '../../types';

/** Results hold the elements of their inputs, or sums of them. */
const holding: ReadonlySet<string> = new Set([
  ...['Identity', 'Dropout', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Expand', 'Tile'],
  ...['Concat', 'Split', 'Slice', 'Pad', 'Gather', 'GatherElements', 'GatherND', 'Where', 'Trilu'],
  ...['ScatterElements', 'ScatterND', 'Max', 'Min', 'Add', 'Sub', 'Sum'],
]);

/** As the softmax rule has it: what is less counts as −∞. */
const LEAST = 1e30;

/**
 * Whether a mask may have put −∞ into a forward value: constants are looked at, and what no constant is and does not
 * depend on the sample's features (a mask made from another input) may hold it.
 */
export function mayBeMasked(b: GraphBuilder, ctx: RuleContext, value: Value): boolean {
  const seen = new Set<Value>();
  const waiting = [value];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (one === '' || seen.has(one)) continue;
    seen.add(one);
    if (!isFloat(b, one)) continue;
    const constant = b.constantOf(one);
    if (constant !== undefined) {
      if (numbers(constant).some((number) => Math.abs(number) >= LEAST)) return true;
      continue;
    }
    const node = ctx.producer(one);
    if (node === undefined) {
      if (!ctx.needed(one)) return true;
    } else if (holding.has(node.op)) waiting.push(...node.inputs);
  }
  return false;
}

function isFloat(b: GraphBuilder, value: Value): boolean {
  const dtype = b.type(value)?.dtype;
  return dtype === undefined || dtype === 'float32' || dtype === 'float64';
}

/** The value with 0 in the place of −∞, where a mask may have put it. */
export function unmasked(b: GraphBuilder, ctx: RuleContext, value: Value): Value {
  if (!mayBeMasked(b, ctx, value)) return value;
  const m = maths(b, value);
  return m.where(m.less(m.abs(value), LEAST), value, 0);
}
