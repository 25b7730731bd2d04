/** Attention and RotaryEmbedding (since 23) in the operators they are defined by. */
import { int, ints, numberOf } from '../../graph/attributes';
import type { Node, Value } from '../../graph/types';
import { masked, weightsOf } from './attention-mask';
import type { Lowering, LowerContext } from './types';

export const transpose = (x: Value, perm: readonly number[], context: LowerContext): Value =>
  context.op('Transpose', [x], { perm: ints(perm) });

export const reshape = (x: Value, sizes: readonly number[], context: LowerContext): Value =>
  context.op('Reshape', [x, context.b.indices(sizes)]);

/** [batch, heads, sequence, width], also from [batch, sequence, heads·width]. */
export function heads(x: Value, count: number | undefined, context: LowerContext): Value {
  if (context.type(x)?.shape?.length !== 3 || count === undefined) return x;
  return transpose(reshape(x, [0, 0, count, -1], context), [0, 2, 1, 3], context);
}

/** Keys or values of few heads, repeated for the queries that share them. */
function repeated(x: Value, times: number, context: LowerContext): Value {
  if (times === 1) return x;
  const one = context.op('Unsqueeze', [x, context.b.indices([2])]);
  const copies = context.op('Concat', new Array<Value>(times).fill(one), { axis: int(2) });
  const [, few, , width] = context.type(x)?.shape ?? [];
  return reshape(copies, [0, Number(few) * times, -1, Number(width)], context);
}

/** Attributes this file knows the meaning of. */
const known = new Set([
  'is_causal',
  'kv_num_heads',
  'left_window_size',
  'q_num_heads',
  'qk_matmul_output_mode',
  'right_window_size',
  'scale',
  'softcap',
  'softmax_precision',
]);

/** softmax(limit(scale·q·kᵀ) + mask)·v, where keys and values of earlier steps may come before those of this one. */
function attention(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [q = '', k = '', v = '', mask = '', pastKeys = '', pastValues = '', lengths = ''] = node.inputs;
  if (Object.keys(node.attributes).some((name) => !known.has(name))) return undefined;
  const flat = context.type(q)?.shape?.length === 3;
  const [queries, newKeys, newValues] = [q, k, v].map((value, index) =>
    heads(value, numberOf(node, index === 0 ? 'q_num_heads' : 'kv_num_heads'), context),
  ) as [Value, Value, Value];
  const [many, few] = [queries, newKeys].map((value) => context.type(value)?.shape?.[1]);
  const width = context.type(queries)?.shape?.[3];
  if (typeof many !== 'number' || typeof few !== 'number' || typeof width !== 'number') return undefined;
  const after = (past: Value, value: Value): Value =>
    past === '' ? value : context.op('Concat', [past, value], { axis: int(2) });
  const [keys, values] = [after(pastKeys, newKeys), after(pastValues, newValues)];
  const scale = numberOf(node, 'scale', 1 / Math.sqrt(width));
  const scaled = context.op('Mul', [queries, context.b.scalar(scale)]);
  const shared = many / few;
  const product = context.op('MatMul', [scaled, transpose(repeated(keys, shared, context), [0, 1, 3, 2], context)]);
  const cap = numberOf(node, 'softcap', 0);
  const limited =
    cap === 0
      ? product
      : context.op('Mul', [
          context.op('Tanh', [context.op('Div', [product, context.b.scalar(cap)])]),
          context.b.scalar(cap),
        ]);
  const seen = masked(limited, { mask, pastKeys, lengths, keys }, node, context);
  const weights = weightsOf(seen, context);
  const result = context.op('MatMul', [weights, repeated(values, shared, context)]);
  const output = flat ? reshape(transpose(result, [0, 2, 1, 3], context), [0, 0, -1], context) : result;
  const asked = [product, limited, seen.scores, weights][numberOf(node, 'qk_matmul_output_mode', 0)];
  return asked === undefined ? undefined : [output, keys, values, asked].slice(0, Math.max(1, node.outputs.length));
}

/** Pairs of elements turned by an angle per position. */
function rotary(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = '', cosines = '', sines = '', positions = ''] = node.inputs;
  const flat = context.type(x)?.shape?.length === 3;
  const count = numberOf(node, 'num_heads');
  const split =
    flat && count !== undefined ? reshape(x, [0, 0, count, -1], context) : transpose(x, [0, 2, 1, 3], context);
  const width = context.type(split)?.shape?.[3];
  if (typeof width !== 'number') return undefined;
  const given = numberOf(node, 'rotary_embedding_dim', 0);
  const turned = given === 0 ? width : given;
  const cut = (value: Value, start: number, end: number, step = 1): Value =>
    context.op('Slice', [value, ...[start, end, 3, step].map((item) => context.b.indices([item]))]);
  const angle = (cache: Value): Value => {
    const rows = positions === '' ? cache : context.op('Gather', [cache, positions], { axis: int(0) });
    return context.op('Unsqueeze', [rows, context.b.indices([2])]);
  };
  const [cos, sin] = [angle(cosines), angle(sines)];
  const interleaved = numberOf(node, 'interleaved', 0) === 1;
  const a = interleaved ? cut(split, 0, turned, 2) : cut(split, 0, turned / 2);
  const b = interleaved ? cut(split, 1, turned, 2) : cut(split, turned / 2, turned);
  const times = (u: Value, w: Value): Value => context.op('Mul', [u, w]);
  const real = context.op('Sub', [times(cos, a), times(sin, b)]);
  const imaginary = context.op('Add', [times(sin, a), times(cos, b)]);
  const pair = (value: Value): Value => context.op('Unsqueeze', [value, context.b.indices([4])]);
  const joined = interleaved
    ? reshape(context.op('Concat', [pair(real), pair(imaginary)], { axis: int(4) }), [0, 0, 0, turned], context)
    : context.op('Concat', [real, imaginary], { axis: int(3) });
  const whole = turned === width ? joined : context.op('Concat', [joined, cut(split, turned, width)], { axis: int(3) });
  return [flat ? reshape(whole, [0, 0, -1], context) : transpose(whole, [0, 2, 1, 3], context)];
}

export const attentions: readonly Lowering[] = [
  { ops: ['Attention'], domain: '', doc: 'scaled dot products, mask, softmax.', lower: attention },
  { ops: ['RotaryEmbedding'], domain: '', doc: 'products with sines and cosines.', lower: rotary },
];
