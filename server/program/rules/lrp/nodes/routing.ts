/** Operators that only choose or move elements: the chain rule's transposes route relevance exactly. */
import { int, textOf } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import type { Node, Value } from '../../../../graph/types';
import { maths } from '../../../maths';
import type { RelevanceRule, RuleEntry } from '../../../types';
import { inputOf, only, outputOf } from '../../common';
import { gradientRules } from '../../gradient';
import { quotient } from '../linear/parts';

const routing: ReadonlySet<string> = new Set([
  'Identity',
  'Dropout',
  'Cast',
  'CastLike',
  'QuantizeLinear',
  'DequantizeLinear',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Expand',
  'Tile',
  'DepthToSpace',
  'SpaceToDepth',
  'Concat',
  'Split',
  'Slice',
  'Pad',
  'Gather',
  'GatherElements',
  'GatherND',
  'ScatterElements',
  'ScatterND',
  'Scatter',
  'ReverseSequence',
  'TopK',
  'Trilu',
  'Compress',
  'Where',
  'Max',
  'Min',
  'ReduceMax',
  'ReduceMin',
  'MaxPool',
  'GlobalMaxPool',
  'Unique',
]);

/** Operators that may bring constants in: what arrives at those goes nowhere. */
const mixing: ReadonlySet<string> = new Set([
  ...['Concat', 'Where', 'Max', 'Min', 'Pad', 'ScatterElements', 'ScatterND', 'Scatter'],
]);

/** The gradient's entries, cut down to the operators that route. */
export const routingRules: readonly RuleEntry[] = gradientRules.flatMap((entry) => {
  const ops = entry.ops.filter((op) => routing.has(op));
  return ops.length === 0 ? [] : [{ ...entry, ops, name: 'route', rule: summing(bookingConstants(entry.rule), entry.rule), refuses: refusing(entry) }]; // prettier-ignore
});

function bookingConstants(rule: RelevanceRule): RelevanceRule {
  return (node, r, b, ctx) => {
    const parts = rule(node, r, b, ctx);
    if (mixing.has(node.op)) ctx.absorb('constant', () => difference(b, [only(r)], parts));
    return parts;
  };
}

/** A scatter that adds up is a sum: what meets at one place shares its relevance in proportion. */
function summing(routes: RelevanceRule, back: RelevanceRule): RelevanceRule {
  return (node, r, b, ctx) => {
    if (!adds(node)) return routes(node, r, b, ctx);
    const y = outputOf(node);
    const m = maths(b, y);
    ctx.absorb('empty', () => m.mul(only(r), m.mask(m.equal(y, 0))));
    const parts = back(node, [quotient(b, only(r), y)], b, ctx);
    return parts.map((part, index) => (part === null ? null : m.mul(inputOf(node, index), part)));
  };
}

const adds = (node: Node): boolean => node.op.startsWith('Scatter') && textOf(node, 'reduction', 'none') === 'add';

/** Σ of the first values − Σ of the others, one number. */
function difference(b: GraphBuilder, from: readonly Value[], parts: readonly (Value | null)[]): Value {
  const sum = (value: Value): Value => b.op('ReduceSum', [value], { keepdims: int(0) });
  const all = [...from.map(sum), ...parts.flatMap((part) => (part === null ? [] : [b.op('Neg', [sum(part)])]))];
  return all.reduce((left, right) => b.op('Add', [left, right]));
}

/** A scatter that multiplies or compares is neither routing nor a sum. */
function refusing({ refuses }: RuleEntry): NonNullable<RuleEntry['refuses']> {
  return (node, b, needed) => {
    const reduction = textOf(node, 'reduction', 'none');
    if (node.op.startsWith('Scatter') && reduction !== 'none' && reduction !== 'add')
      return `that reduces by ${reduction}; choose another method`;
    return refuses?.(node, b, needed) ?? null;
  };
}
