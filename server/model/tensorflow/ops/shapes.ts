/** Operations that move elements, or say how many there are. */
import { int, ints } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import type { Value } from '../../../graph/types';
import { reshaped } from '../../arrays';
import type { Carried } from '../../channels';
import type { TfCall, TfOperation } from '../types';
import { backwards } from './indexing';

/** Sizes and places as the Graph wants them. */
function wide(call: TfCall, index: number): Value {
  const value = call.value(index);
  const tensor = call.tensor(index);
  if (tensor !== undefined && tensor.dtype !== 'string' && tensor.data.length <= 64) {
    const list = Array.from(tensor.data as ArrayLike<number | bigint>, Number);
    return tensor.dims.length === 0
      ? call.b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(list[0] ?? 0)) }, 'place')
      : call.b.indices(list);
  }
  return call.b.type(value)?.dtype === 'int64' ? value : call.op('Cast', [value], { to: int(7) });
}

const reduce =
  (op: string, logical = false) =>
  (call: TfCall): Carried => {
    const rank = call.rank(0);
    const axes = call.numbers(1).map((axis) => normalizeAxis(axis, rank));
    // No axes mean none here, and all in the operators.
    if (axes.length === 0) return call.inputs[0] as Carried;
    const keeps = call.flag('keep_dims');
    const [tensor] = call.inputs as readonly [Carried];
    // Over the spatial axes of channels that are first: no need to turn anything.
    const spatial =
      tensor.first && axes.every((axis) => axis > 0 && axis < rank - 1) && (keeps || axes.length === rank - 2);
    const own = spatial ? axes.map((axis) => axis + 1) : axes;
    let x = spatial ? tensor.value : call.value(0);
    if (logical) x = call.op('Cast', [x], { to: int(1) });
    const made = call.op(op, [x, call.b.indices(own)], { keepdims: int(keeps ? 1 : 0) });
    const value = logical ? call.op('Greater', [made, call.b.scalar(0.5)]) : made;
    return { value, first: spatial && keeps };
  };

function concat(call: TfCall): Carried {
  const isV2 = call.node.op === 'ConcatV2';
  const list = isV2 ? call.inputs.slice(0, -1) : call.inputs.slice(1);
  const [given = 0] = call.numbers(isV2 ? call.inputs.length - 1 : 0);
  const rank = call.channels.shape(list[0] as Carried)?.length ?? 0;
  const axis = normalizeAxis(given, rank);
  const first = list.some((tensor) => tensor.first);
  const own = !first || axis === 0 ? axis : axis === rank - 1 ? 1 : axis + 1;
  return {
    value: call.op(
      'Concat',
      list.map((tensor) => call.channels.as(tensor, first)),
      { axis: int(own) },
    ),
    first,
  };
}

function pack(call: TfCall): Carried {
  const axis = call.number('axis', 0);
  const parts = call.inputs.map((_, index) => call.op('Unsqueeze', [call.value(index), call.b.indices([axis])]));
  return call.plain(call.op('Concat', parts, { axis: int(axis) }));
}

function unpack(call: TfCall): readonly Carried[] {
  const axis = normalizeAxis(call.number('axis', 0), call.rank(0));
  const count = call.number('num', 1);
  const x = call.value(0);
  return Array.from({ length: count }, (_, index) =>
    call.plain(
      call.op(
        'Gather',
        [x, call.b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(index)) }, 'place')],
        { axis: int(axis) },
      ),
    ),
  );
}

/** begin, end, strides with their masks, as slices and squeezes. */
function stridedSlice(call: TfCall): Carried {
  const [begin, end, strides] = [call.numbers(1), call.numbers(2), call.numbers(3)];
  const mask = (name: string, at: number): boolean => (call.number(name, 0) & (1 << at)) !== 0;
  const rank = call.rank(0);
  const added = begin.filter((_, at) => mask('new_axis_mask', at)).length;
  const axes: number[] = [];
  const froms: number[] = [];
  const tos: number[] = [];
  const steps: number[] = [];
  const shrunk: number[] = [];
  const fresh: number[] = [];
  let axis = 0;
  let out = 0;
  begin.forEach((from, at) => {
    if (mask('ellipsis_mask', at)) {
      const skipped = rank - (begin.length - 1 - added);
      axis += skipped;
      out += skipped;
      return;
    }
    if (mask('new_axis_mask', at)) {
      fresh.push(out);
      out += 1;
      return;
    }
    const step = strides[at] ?? 1;
    const shrinks = mask('shrink_axis_mask', at);
    const to = shrinks ? (from === -1 ? 2 ** 31 : from + 1) : (end[at] ?? 0);
    axes.push(axis);
    froms.push(!shrinks && mask('begin_mask', at) ? (step > 0 ? 0 : 2 ** 31) : from);
    tos.push(!shrinks && mask('end_mask', at) ? (step > 0 ? 2 ** 31 : -(2 ** 31)) : to);
    steps.push(shrinks ? 1 : step);
    if (shrinks) shrunk.push(axis);
    else out += 1;
    axis += 1;
  });
  let value = call.value(0);
  if (axes.length > 0)
    value = call.op('Slice', [value, ...[froms, tos, axes, steps].map((list) => call.b.indices(list))]);
  if (shrunk.length > 0) value = call.op('Squeeze', [value, call.b.indices(shrunk)]);
  if (fresh.length > 0) value = call.op('Unsqueeze', [value, call.b.indices(fresh)]);
  return call.plain(value);
}

function slice(call: TfCall): Carried {
  const [begin, size] = [call.numbers(1), call.numbers(2)];
  const ends = begin.map((from, axis) => (size[axis] === -1 ? 2 ** 31 : from + (size[axis] ?? 0)));
  const axes = begin.map((_, axis) => axis);
  return call.plain(
    call.op('Slice', [call.value(0), call.b.indices(begin), call.b.indices(ends), call.b.indices(axes)]),
  );
}

function pad(call: TfCall): Carried {
  const [tensor] = call.inputs as readonly [Carried];
  const list = call.numbers(1);
  const rank = list.length / 2;
  const order = tensor.first
    ? [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)]
    : Array.from({ length: rank }, (_, axis) => axis);
  const pads = call.b.indices([
    ...order.map((axis) => list[2 * axis] ?? 0),
    ...order.map((axis) => list[2 * axis + 1] ?? 0),
  ]);
  const mirror = call.node.op === 'MirrorPad';
  if (mirror && call.text('mode', 'REFLECT') !== 'REFLECT') return mirrored(call, list);
  const mode = mirror ? 'reflect' : 'constant';
  const inputs = [tensor.value, pads, ...(mirror ? [] : [call.node.op === 'PadV2' ? call.value(2) : call.b.scalar(0)])];
  return { value: call.op('Pad', inputs, { mode: { type: 'string', value: mode } }), first: tensor.first };
}

/** Mirrored with the edge repeated: ONNX has no mode for it. */
function mirrored(call: TfCall, list: readonly number[]): Carried {
  const { b } = call;
  const slice = (x: Value, axis: number, from: number, to: number): Value =>
    call.op('Slice', [x, ...[[from], [to], [axis]].map((one) => b.indices(one))]);
  const sides = Array.from({ length: list.length / 2 }, (_, axis) => [list[2 * axis] ?? 0, list[2 * axis + 1] ?? 0]);
  const value = sides.reduce((x, [before = 0, after = 0], axis) => {
    if (before + after === 0) return x;
    const parts = [
      ...(before > 0 ? [backwards(call, slice(x, axis, 0, before), [axis])] : []),
      x,
      ...(after > 0 ? [backwards(call, slice(x, axis, -after, 2 ** 31), [axis])] : []),
    ];
    return call.op('Concat', parts, { axis: int(axis) });
  }, call.value(0));
  return call.plain(value);
}

function split(call: TfCall, axis: number, x: number, sizes: readonly number[] | null): readonly Carried[] {
  const count = sizes?.length ?? call.number('num_split', 1);
  const inputs = sizes === null ? [call.value(x)] : [call.value(x), call.b.indices(sizes)];
  const attributes = {
    axis: int(normalizeAxis(axis, call.rank(x))),
    ...(sizes === null ? { num_outputs: int(count) } : {}),
  };
  return call.b.ops('Split', inputs, count, attributes).map((value) => call.plain(value));
}

function shapeOf(call: TfCall): Carried {
  const code = call.node.attributes['out_type']?.type === 9 ? 7 : 6;
  const sizes = call.op('Shape', [call.value(0)]);
  return call.plain(code === 7 ? sizes : call.op('Cast', [sizes], { to: int(6) }));
}

function transpose(call: TfCall): Carried {
  return call.plain(call.op('Transpose', [call.value(0)], { perm: ints(call.numbers(1)) }));
}

/** Weights stay weights: a convolution along one axis is one of pictures with a single row. */
function expanded(call: TfCall): Carried {
  const axes = call.numbers(1);
  const constant = call.tensor(0);
  if (constant?.dtype !== 'float32') return call.plain(call.op('Unsqueeze', [call.value(0), call.b.indices(axes)]));
  const dims = [...constant.dims];
  for (const axis of axes) dims.splice(normalizeAxis(axis, dims.length + 1), 0, 1);
  return call.plain(call.b.constant(reshaped(constant, dims), 'expanded'));
}

export const shapes: readonly TfOperation[] = [
  { ops: ['Mean'], doc: 'Mean over axes.', build: reduce('ReduceMean') },
  { ops: ['Sum'], doc: 'Sum over axes.', build: reduce('ReduceSum') },
  { ops: ['Max'], doc: 'Largest over axes.', build: reduce('ReduceMax') },
  { ops: ['Min'], doc: 'Smallest over axes.', build: reduce('ReduceMin') },
  { ops: ['Prod'], doc: 'Product over axes.', build: reduce('ReduceProd') },
  { ops: ['Any'], doc: 'Whether any is true.', build: reduce('ReduceMax', true) },
  { ops: ['All'], doc: 'Whether all are true.', build: reduce('ReduceMin', true) },
  {
    ops: ['Reshape'],
    doc: 'The same elements in another shape.',
    build: (call) => call.plain(call.op('Reshape', [call.value(0), wide(call, 1)])),
  },
  {
    ops: ['Squeeze'],
    doc: 'Without axes of size 1.',
    build: (call) => {
      const axes = call.list('squeeze_dims') ?? call.list('axis') ?? [];
      return call.plain(
        call.op('Squeeze', axes.length === 0 ? [call.value(0)] : [call.value(0), call.b.indices(axes)]),
      );
    },
  },
  {
    ops: ['ExpandDims'],
    doc: 'A new axis of size 1.',
    build: expanded,
  },
  { ops: ['Transpose'], doc: 'Axes in another order.', build: transpose },
  { ops: ['Concat', 'ConcatV2'], doc: 'Tensors one behind the other.', build: concat },
  { ops: ['Pack'], doc: 'Tensors along a new axis.', build: pack },
  { ops: ['Unpack'], doc: 'Slices of one axis.', build: unpack },
  { ops: ['Split'], doc: 'Equal parts of an axis.', build: (call) => split(call, call.numbers(0)[0] ?? 0, 1, null) },
  {
    ops: ['SplitV'],
    doc: 'Parts of an axis.',
    build: (call) => split(call, call.numbers(2)[0] ?? 0, 0, call.numbers(1)),
  },
  { ops: ['Slice'], doc: 'A part of each axis.', build: slice },
  { ops: ['StridedSlice'], doc: 'Python slices.', build: stridedSlice },
  { ops: ['Pad', 'PadV2', 'MirrorPad'], doc: 'More at the ends of axes.', build: pad },
  {
    ops: ['Tile'],
    doc: 'Repeated along axes.',
    build: (call) => call.plain(call.op('Tile', [call.value(0), wide(call, 1)])),
  },
  {
    ops: ['BroadcastTo'],
    doc: 'Repeated to a shape.',
    build: (call) => call.plain(call.op('Expand', [call.value(0), wide(call, 1)])),
  },
  { ops: ['Shape'], doc: 'Sizes of a tensor.', build: shapeOf },
  {
    ops: ['Fill'],
    doc: 'One number everywhere.',
    build: (call) => call.plain(call.op('Expand', [call.value(1), wide(call, 0)])),
  },
  {
    ops: ['Range'],
    doc: 'Whole numbers in order.',
    build: (call) => call.plain(call.op('Range', [call.value(0), call.value(1), call.value(2)])),
  },
  {
    ops: ['DepthToSpace', 'SpaceToDepth'],
    doc: 'Channels as positions, and back.',
    build: (call) => {
      const [tensor] = call.inputs as readonly [Carried];
      return {
        value: call.op(call.node.op, [call.channels.first(tensor)], { blocksize: int(call.number('block_size', 1)) }),
        first: true,
      };
    },
  },
  {
    ops: ['Cumsum'],
    doc: 'Running sums.',
    build: (call) =>
      call.plain(
        call.op('CumSum', [call.value(0), wide(call, 1)], {
          exclusive: int(call.flag('exclusive') ? 1 : 0),
          reverse: int(call.flag('reverse') ? 1 : 0),
        }),
      ),
  },
];
