/** Attention as optimisers fuse it (`com.microsoft`), taken apart again so that every rule sees its parts. */
import { int, numberOf, numbersOf } from '../../graph/attributes';
import type { Dim, Node, Value } from '../../graph/types';
import { heads, reshape, transpose } from './attention';
import { causal } from './attention-mask';
import type { Lowering, LowerContext } from './types';

/** What a masked score is lowered by, unless the node says. */
const FILTER = -10_000;

interface Parts {
  readonly node: Node;
  /** [batch, sequence, width] each. */
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly mask: Value;
  /** Added to the scores. */
  readonly bias: Value;
  readonly batch: Dim | undefined;
}

/** q, k and v from one product with one matrix. Past keys and rotations are left to fail by name. */
function attention(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = '', weights = '', bias = '', mask = '', past = '', added = ''] = node.inputs;
  const columns = context.type(weights)?.shape?.[1];
  const batch = context.type(x)?.shape?.[0];
  if (past !== '' || numberOf(node, 'do_rotary', 0) !== 0 || typeof columns !== 'number') return undefined;
  if (node.outputs.slice(1).some((output) => output !== '')) return undefined;
  const sizes = numbersOf(node, 'qkv_hidden_sizes') ?? [];
  const widths = sizes.some((size) => size > 0) ? sizes : [columns / 3, columns / 3, columns / 3];
  const product = context.op('MatMul', [x, weights]);
  const all = bias === '' ? product : context.op('Add', [product, bias]);
  const ends = widths.map((_, index) => widths.slice(0, index + 1).reduce((a, b) => a + b));
  const [q = '', k = '', v = ''] = ends.map((end, index) => cut(all, end - (widths[index] ?? 0), end, context));
  return attend({ node, q, k, v, mask, bias: added, batch }, context);
}

/** q, k and v given, with one vector of their biases. */
function multiHead(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [q = '', k = '', v = '', bias = '', mask = '', added = '', ...past] = node.inputs;
  const shapes = [q, k, v].map((value) => context.type(value)?.shape);
  if (past.some((value) => value !== '') || node.outputs.slice(1).some((output) => output !== '')) return undefined;
  // Packed and transposed forms have other ranks.
  if (shapes.some((shape) => shape?.length !== 3)) return undefined;
  const widths = shapes.map((shape) => shape?.[2]);
  if (!widths.every((width) => typeof width === 'number')) return undefined;
  let from = 0;
  const [qb = '', kb = '', vb = ''] = [q, k, v].map((value, index) => {
    const to = from + (widths[index] as number);
    const own = bias === '' ? value : context.op('Add', [value, cut(bias, from, to, context, 0)]);
    from = to;
    return own;
  });
  return attend({ node, q: qb, k: kb, v: vb, mask, bias: added, batch: shapes[0]?.[0] }, context);
}

/** softmax(scale·q·kᵀ + mask + bias)·v by heads. */
function attend({ node, q, k, v, mask, bias, batch }: Parts, context: LowerContext): readonly Value[] | undefined {
  const count = numberOf(node, 'num_heads', 1);
  const filter = numberOf(node, 'mask_filter_value', FILTER);
  const [queries, keys, values] = [q, k, v].map((value) => heads(value, count, context)) as [Value, Value, Value];
  const width = context.type(queries)?.shape?.[3];
  if (typeof width !== 'number') return undefined;
  const given = numberOf(node, 'scale', 0);
  const scale = given === 0 ? 1 / Math.sqrt(width) : given;
  const product = context.op('MatMul', [queries, transpose(keys, [0, 1, 3, 2], context)]);
  let scores = context.op('Mul', [product, context.b.scalar(scale)]);
  const added = mask === '' ? '' : additive(mask, scores, filter, batch, context);
  if (added === undefined) return undefined;
  if (added !== '') scores = context.op('Add', [scores, added]);
  // Later keys are not merely lowered by the filter: they are out of sight.
  if (numberOf(node, 'unidirectional', 0) === 1) scores = causal(scores, context);
  if (bias !== '') scores = context.op('Add', [scores, bias]);
  const weights = context.op('Softmax', [scores], { axis: int(-1) });
  const mixed = transpose(context.op('MatMul', [weights, values]), [0, 2, 1, 3], context);
  return [reshape(mixed, [0, 0, -1], context)];
}

/** 0 for what is seen and `filter` for what is not, to be added to scores [batch, heads, queries, keys]. */
function additive(
  mask: Value,
  scores: Value,
  filter: number,
  batch: Dim | undefined,
  context: LowerContext,
): Value | undefined {
  const shape = context.type(mask)?.shape;
  const choose = (seen: Value): Value => context.op('Where', [seen, context.b.scalar(0), context.b.scalar(filter)]);
  const zero = context.b.constant({ dtype: 'int32', dims: [], data: Int32Array.of(0) });
  const whole = context.op('Cast', [mask], { to: int(6) });
  switch (shape?.length) {
    case 1: {
      // One end per sample: padding is to its right. Two per sample, or more, mean other things.
      if (shape[0] !== batch) return undefined;
      const one = context.b.constant({ dtype: 'int32', dims: [], data: Int32Array.of(1) });
      const keys = context.op('Squeeze', [
        context.op('Shape', [scores], { start: int(3), end: int(4) }),
        context.b.indices([0]),
      ]);
      const places = context.op('Range', [zero, context.op('Cast', [keys], { to: int(6) }), one]);
      const ends = context.op('Unsqueeze', [whole, context.b.indices([1, 2, 3])]);
      return choose(context.op('Less', [places, ends]));
    }
    case 2:
      return choose(context.op('Greater', [context.op('Unsqueeze', [whole, context.b.indices([1, 2])]), zero]));
    case 3:
      return choose(context.op('Greater', [context.op('Unsqueeze', [whole, context.b.indices([1])]), zero]));
    default:
      return undefined;
  }
}

function cut(value: Value, from: number, to: number, context: LowerContext, axis = 2): Value {
  return context.op('Slice', [value, ...[from, to, axis].map((item) => context.b.indices([item]))]);
}

export const fusedAttention: readonly Lowering[] = [
  {
    ops: ['Attention'],
    domain: 'com.microsoft',
    doc: 'projections, scaled products, mask, softmax.',
    lower: attention,
  },
  { ops: ['MultiHeadAttention'], domain: 'com.microsoft', doc: 'scaled products, mask, softmax.', lower: multiHead },
];
