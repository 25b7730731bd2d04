/** Operations that pick, place and order elements by index. */
import { int, text } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { f32 } from '../../../graph/tensor';
import type { Value } from '../../../graph/types';
import type { Carried } from '../../channels';
import type { TfCall, TfOperation } from '../types';

const INT64 = 7;
const INT32 = 6;

/** Indices as ONNX wants them. */
const indices = (call: TfCall, index: number): Value => call.op('Cast', [call.value(index)], { to: int(INT64) });

/** Sizes as a vector of int64. */
const sizes = (call: TfCall, index: number): Value => call.op('Reshape', [indices(call, index), call.b.indices([-1])]);

function gather(call: TfCall): Carried {
  const axis = call.inputs.length > 2 ? (call.numbers(2)[0] ?? 0) : 0;
  const shared = call.number('batch_dims', 0);
  const batchDims = shared < 0 ? shared + call.rank(1) : shared;
  if (batchDims === 0) return call.plain(call.op('Gather', [call.value(0), call.value(1)], { axis: int(axis) }));
  if (normalizeAxis(axis, call.rank(0)) !== batchDims)
    throw call.refuse('It gathers within each sample along another axis than the first one behind the samples.');
  const vectors = call.op('Unsqueeze', [indices(call, 1), call.b.indices([-1])]);
  return call.plain(call.op('GatherND', [call.value(0), vectors], { batch_dims: int(batchDims) }));
}

/** TensorFlow adds what falls on one place; ONNX does so only when told. */
const scattered = (call: TfCall, into: Value, at: Value, updates: Value, adds: boolean): Carried =>
  call.plain(call.op('ScatterND', [into, at, updates], adds ? { reduction: text('add') } : {}));

function scatter(call: TfCall): Carried {
  const zero = call.op('Sub', [call.value(1), call.value(1)]);
  const none = call.op('Reshape', [call.op('ReduceMax', [zero], { keepdims: int(0) }), call.b.indices([1])]);
  const updates = call.value(1);
  const known = call.tensor(0);
  const rank = call.rank(0);
  // Where no place is named twice, setting is adding, and every engine can set.
  const once = known !== undefined && distinct(known.data, known.dims[rank - 1] ?? 1);
  return scattered(call, call.op('Expand', [none, sizes(call, 2)]), indices(call, 0), updates, !once);
}

function distinct(list: ArrayLike<number | bigint | string>, width: number): boolean {
  const seen = new Set<string>();
  for (let from = 0; from < list.length; from += width)
    seen.add(Array.from({ length: width }, (_, at) => String(list[from + at])).join());
  return seen.size === list.length / Math.max(1, width);
}

function sparseToDense(call: TfCall): Carried {
  const rank = call.rank(0);
  let at = indices(call, 0);
  // A number, or numbers, are places in a vector.
  if (rank < 2) at = call.op('Reshape', [at, call.b.indices([-1, 1])]);
  const count = call.op('Slice', [call.op('Shape', [at]), ...[[0], [1]].map((list) => call.b.indices(list))]);
  const dense = call.op('Expand', [call.value(3), sizes(call, 1)]);
  return scattered(call, dense, at, call.op('Expand', [call.value(2), count]), false);
}

/** Which of its bins a number is in: how many bounds are not above it. */
function bucketize(call: TfCall): Carried {
  const bounds = call.list('boundaries') ?? [];
  const x = call.op('Cast', [call.value(0)], { to: int(1) });
  const column = call.op('Unsqueeze', [x, call.b.indices([-1])]);
  const over = call.op('GreaterOrEqual', [column, call.b.constant(f32(bounds), 'bounds')]);
  const flags = call.op('Cast', [over], { to: int(INT32) });
  return call.plain(call.op('ReduceSum', [flags, call.b.indices([-1])], { keepdims: int(0) }));
}

function topK(call: TfCall): readonly Carried[] {
  const attributes = { axis: int(-1), largest: int(1), sorted: int(1) };
  const [values = '', places = ''] = call.b.ops('TopK', [call.value(0), sizes(call, 1)], 2, attributes);
  return [call.plain(values), call.plain(call.op('Cast', [places], { to: int(INT32) }))];
}

function reverse(call: TfCall): Carried {
  const axes = call.numbers(1).map((axis) => normalizeAxis(axis, call.rank(0)));
  if (axes.length === 0) return call.plain(call.value(0));
  return call.plain(backwards(call, call.value(0), axes));
}

/** Axes from their end to their beginning. */
export function backwards(call: TfCall, x: Value, axes: readonly number[]): Value {
  const all = (value: number): Value => call.b.indices(axes.map(() => value));
  return call.op('Slice', [x, all(-1), all(-(2 ** 31)), call.b.indices(axes), all(-1)]);
}

const extreme =
  (op: string) =>
  (call: TfCall): Carried => {
    const found = call.op(op, [call.value(0)], { axis: int(call.numbers(1)[0] ?? 0), keepdims: int(0) });
    const code = call.node.attributes['output_type']?.type === 3 ? INT32 : INT64;
    return call.plain(code === INT32 ? call.op('Cast', [found], { to: int(INT32) }) : found);
  };

export const indexing: readonly TfOperation[] = [
  { ops: ['Gather', 'GatherV2', 'ResourceGather'], doc: 'Slices by index.', build: gather },
  {
    ops: ['GatherNd'],
    doc: 'Slices by index vectors.',
    build: (call) => call.plain(call.op('GatherND', [call.value(0), indices(call, 1)])),
  },
  { ops: ['ScatterNd'], doc: 'Slices at index vectors, zeros elsewhere.', build: scatter },
  {
    ops: ['TensorScatterUpdate'],
    doc: 'A copy with slices replaced.',
    build: (call) => scattered(call, call.value(0), indices(call, 1), call.value(2), false),
  },
  {
    ops: ['TensorScatterAdd'],
    doc: 'A copy with slices added.',
    build: (call) => scattered(call, call.value(0), indices(call, 1), call.value(2), true),
  },
  { ops: ['SparseToDense'], doc: 'Numbers at places, one number elsewhere.', build: sparseToDense },
  { ops: ['Bucketize'], doc: 'Numbers as the bins they are in.', build: bucketize },
  { ops: ['TopKV2', 'TopK'], doc: 'The largest of the last axis, in order.', build: topK },
  { ops: ['ReverseV2'], doc: 'Axes in reverse.', build: reverse },
  { ops: ['ArgMax'], doc: 'Place of the largest.', build: extreme('ArgMax') },
  { ops: ['ArgMin'], doc: 'Place of the smallest.', build: extreme('ArgMin') },
];
