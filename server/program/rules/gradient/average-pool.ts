/** AveragePool and LpPool: their sums are separable, one matrix per axis, made by pooling an identity. */
import { ints, int, numberOf, numbersOf, textOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Attribute, Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { rankOf } from '../../shapes';
import { applyAlong, identityOf } from '../axis-matrix';
import { inputOf, only, outputOf } from '../common';

/** Attributes of the same pooling along one axis alone. */
function alongAxis(node: Node, at: number, spatial: number): Record<string, Attribute> {
  const pick = (name: string): Record<string, Attribute> => {
    const values = numbersOf(node, name);
    return values === undefined ? {} : { [name]: ints([values[at] as number]) };
  };
  const pads = numbersOf(node, 'pads');
  return {
    ...pick('kernel_shape'),
    ...pick('strides'),
    ...pick('dilations'),
    ...(pads === undefined ? {} : { pads: ints([pads[at] as number, pads[at + spatial] as number]) }),
    ceil_mode: int(numberOf(node, 'ceil_mode', 0)),
    auto_pad: { type: 'string', value: textOf(node, 'auto_pad', 'NOTSET') },
  };
}

function spread(b: GraphBuilder, node: Node, r: Value, extra: Record<string, Attribute>): Value {
  const x = inputOf(node, 0);
  const rank = rankOf(b, x);
  let result = r;
  for (let axis = rank - 1; axis >= 2; axis -= 1) {
    // The identity's rows are channels of one sample: [1, size, size].
    const rows = b.op('Unsqueeze', [identityOf(b, x, axis), b.indices([0])]);
    const pooled = b.op(node.op, [rows], { ...alongAxis(node, axis - 2, rank - 2), ...extra });
    result = applyAlong(b, result, axis, b.op('Squeeze', [pooled, b.indices([0])]), rank);
  }
  return result;
}

const averagePool: RelevanceRule = (node, r, b) => [
  spread(b, node, only(r), { count_include_pad: int(numberOf(node, 'count_include_pad', 0)) }),
];

/** y = (Σ|x|^p)^(1/p): r y^(1−p) is spread over the window, then times sign(x)|x|^(p−1). */
const lpPool: RelevanceRule = (node, r, b) => {
  const [x, y] = [inputOf(node, 0), outputOf(node)];
  const p = numberOf(node, 'p', 2);
  return [lpSlope(b, x, y, p, only(r), (value) => spread(b, node, value, { p: int(1) }))];
};

/** Shared with GlobalLpPool. `share` gives every element of x the sum of what its windows hold. */
export function lpSlope(
  b: GraphBuilder,
  x: Value,
  y: Value,
  p: number,
  r: Value,
  share: (value: Value) => Value,
): Value {
  const m = maths(b, x);
  if (p === 1) return m.mul(share(r), m.sign(x));
  const safe = m.where(m.equal(y, 0), 1, y);
  const shared = share(m.mul(r, m.pow(safe, 1 - p)));
  return m.mul(shared, p === 2 ? x : m.mul(m.sign(x), m.pow(m.abs(x), p - 1)));
}

export const averagePoolRules: readonly RuleEntry[] = [
  { ops: ['AveragePool'], rule: averagePool },
  { ops: ['LpPool'], rule: lpPool },
];
