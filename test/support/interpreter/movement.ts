/** Operators that only move elements, and those that make shapes and indices. */
import { numberOf, numbersOf, tensorOf, textOf } from '../../../server/graph/attributes';
import type { Node } from '../../../server/graph/types';
import {
  array,
  broadcastDims,
  count,
  fill,
  fromTensor,
  get,
  getBroadcast,
  indices,
  list,
  need,
  normal,
  offset,
  permuted,
  reshaped,
} from './array';
import type { Array64, Operation } from './array';

/** Each output element is one input element: `source` gives its index. */
function moved(
  x: Array64,
  dims: readonly number[],
  source: (index: readonly number[]) => readonly number[],
): Array64[] {
  return [fill(dims, (index) => get(x, source(index)), x.dtype)];
}

function slice(_node: Node, inputs: readonly (Array64 | undefined)[]): Array64[] {
  const x = need(inputs, 0);
  const [starts, ends] = [list(inputs, 1)!, list(inputs, 2)!];
  const axes = (list(inputs, 3) ?? starts.map((_, at) => at)).map((axis) => normal(axis, x.dims.length));
  const steps = list(inputs, 4) ?? starts.map(() => 1);
  const first = x.dims.map(() => 0);
  const stride = x.dims.map(() => 1);
  const dims = [...x.dims];
  axes.forEach((axis, at) => {
    const size = x.dims[axis]!;
    const step = steps[at]!;
    const bound = (value: number, low: number, high: number): number =>
      Math.min(high, Math.max(low, value < 0 ? value + size : value));
    const start = bound(starts[at]!, 0, step > 0 ? size : size - 1);
    const end = bound(ends[at]!, step > 0 ? 0 : -1, size);
    first[axis] = start;
    stride[axis] = step;
    dims[axis] = Math.max(0, Math.ceil((end - start) / step));
  });
  return moved(x, dims, (index) => index.map((at, axis) => first[axis]! + at * stride[axis]!));
}

function pad(node: Node, inputs: readonly (Array64 | undefined)[]): Array64[] {
  const x = need(inputs, 0);
  const pads = list(inputs, 1)!;
  const fillWith = inputs[2]?.data[0] ?? 0;
  const axes = (list(inputs, 3) ?? x.dims.map((_, axis) => axis)).map((axis) => normal(axis, x.dims.length));
  const begin = x.dims.map(() => 0);
  const dims = [...x.dims];
  axes.forEach((axis, at) => {
    begin[axis] = pads[at]!;
    dims[axis]! += pads[at]! + pads[at + axes.length]!;
  });
  const mode = textOf(node, 'mode', 'constant');
  return [
    fill(
      dims,
      (index) => {
        const at = index.map((position, axis) => position - begin[axis]!);
        if (mode === 'constant' && at.some((position, axis) => position < 0 || position >= x.dims[axis]!))
          return fillWith;
        const inside = at.map((position, axis) => {
          const last = x.dims[axis]! - 1;
          if (mode === 'edge') return Math.min(last, Math.max(0, position));
          if (mode === 'wrap') return ((position % (last + 1)) + last + 1) % (last + 1);
          if (last === 0) return 0;
          const period = ((position % (2 * last)) + 2 * last) % (2 * last);
          return period <= last ? period : 2 * last - period;
        });
        return get(x, inside);
      },
      x.dtype,
    ),
  ];
}

function scatter(
  node: Node,
  inputs: readonly (Array64 | undefined)[],
  place: (index: readonly number[]) => readonly number[],
): Array64[] {
  const [x, updates] = [need(inputs, 0), need(inputs, 2)];
  const data = Float64Array.from(x.data);
  for (const index of indices(updates.dims)) {
    const at = offset(x.dims, place(index));
    data[at] = get(updates, index) + (textOf(node, 'reduction', 'none') === 'add' ? data[at]! : 0);
  }
  return [{ ...x, data }];
}

/** Index into data of a [..., k] tensor of indices. */
function tupleAt(places: Array64, index: readonly number[]): number[] {
  return Array.from({ length: places.dims.at(-1)! }, (_, at) => get(places, [...index, at]));
}

const squeezed = (x: Array64, axes: readonly number[] | undefined): number[] => {
  const dropped = axes?.map((axis) => normal(axis, x.dims.length));
  return x.dims.filter((dim, axis) => (dropped === undefined ? dim !== 1 : !dropped.includes(axis)));
};

export const movement: Record<string, Operation> = {
  Constant: (node) => [fromTensor(tensorOf(node, 'value')!)],
  Shape: (node, inputs) => {
    const { dims } = need(inputs, 0);
    const kept = dims.slice(numberOf(node, 'start', 0), numberOf(node, 'end', dims.length));
    return [array([kept.length], kept, 'int64')];
  },
  ConstantOfShape: (node, inputs) => {
    const value = tensorOf(node, 'value');
    const dims = Array.from(need(inputs, 0).data);
    const filler = value === undefined ? 0 : fromTensor(value).data[0]!;
    return [fill(dims, () => filler, value?.dtype ?? 'float32')];
  },
  Range: (_node, inputs) => {
    const [start, limit, step] = [0, 1, 2].map((at) => need(inputs, at).data[0]!) as [number, number, number];
    const length = Math.max(0, Math.ceil((limit - start) / step));
    return [
      array(
        [length],
        Array.from({ length }, (_, at) => start + at * step),
        need(inputs, 0).dtype,
      ),
    ];
  },
  EyeLike: (_node, inputs) => [fill(need(inputs, 0).dims, ([row, column]) => (row === column ? 1 : 0))],
  NonZero: (_node, inputs) => {
    const x = need(inputs, 0);
    const found = [...indices(x.dims)].length === 0 ? [] : nonZero(x);
    return [fill([x.dims.length, found.length], ([axis, at]) => found[at!]![axis!]!, 'int64')];
  },
  Reshape: (node, inputs) => {
    const x = need(inputs, 0);
    const target = list(inputs, 1)!.map((dim, axis) =>
      dim === 0 && numberOf(node, 'allowzero', 0) === 0 ? x.dims[axis]! : dim,
    );
    const known = count(target.filter((dim) => dim !== -1));
    return [
      reshaped(
        x,
        target.map((dim) => (dim === -1 ? x.data.length / known : dim)),
      ),
    ];
  },
  Flatten: (node, inputs) => {
    const x = need(inputs, 0);
    const axis = normal(numberOf(node, 'axis', 1), x.dims.length);
    return [reshaped(x, [count(x.dims.slice(0, axis)), count(x.dims.slice(axis))])];
  },
  Squeeze: (_node, inputs) => [reshaped(need(inputs, 0), squeezed(need(inputs, 0), list(inputs, 1)))],
  Unsqueeze: (_node, inputs) => {
    const x = need(inputs, 0);
    const axes = list(inputs, 1)!;
    const rank = x.dims.length + axes.length;
    const added = axes.map((axis) => normal(axis, rank));
    const rest = [...x.dims];
    return [
      reshaped(
        x,
        Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : rest.shift()!)),
      ),
    ];
  },
  Transpose: (node, inputs) => {
    const x = need(inputs, 0);
    return [permuted(x, numbersOf(node, 'perm') ?? x.dims.map((_, axis) => x.dims.length - 1 - axis))];
  },
  Expand: (_node, inputs) => {
    const x = need(inputs, 0);
    const dims = broadcastDims([x.dims, list(inputs, 1)!]);
    return [fill(dims, (index) => getBroadcast(x, index), x.dtype)];
  },
  Tile: (_node, inputs) => {
    const x = need(inputs, 0);
    const dims = x.dims.map((dim, axis) => dim * list(inputs, 1)![axis]!);
    return moved(x, dims, (index) => index.map((at, axis) => at % x.dims[axis]!));
  },
  Concat: (node, inputs) => {
    const parts = inputs.filter((input) => input !== undefined);
    const axis = normal(numberOf(node, 'axis', 0), parts[0]!.dims.length);
    const dims = parts[0]!.dims.with(
      axis,
      parts.reduce((total, part) => total + part.dims[axis]!, 0),
    );
    return [
      fill(
        dims,
        (index) => {
          let at = index[axis]!;
          for (const part of parts) {
            if (at < part.dims[axis]!) return get(part, index.with(axis, at));
            at -= part.dims[axis]!;
          }
          throw new Error('concat');
        },
        parts[0]!.dtype,
      ),
    ];
  },
  Split: (node, inputs) => {
    const x = need(inputs, 0);
    const axis = normal(numberOf(node, 'axis', 0), x.dims.length);
    const pieces = node.outputs.length;
    const chunk = Math.ceil(x.dims[axis]! / pieces);
    const sizes =
      list(inputs, 1) ?? Array.from({ length: pieces }, (_, at) => Math.min(chunk, x.dims[axis]! - at * chunk));
    let begin = 0;
    return sizes.map((size) => {
      const from = begin;
      begin += size;
      return moved(x, x.dims.with(axis, size), (index) => index.with(axis, index[axis]! + from))[0]!;
    });
  },
  Slice: slice,
  Pad: pad,
  Gather: (node, inputs) => {
    const [x, places] = [need(inputs, 0), need(inputs, 1)];
    const axis = normal(numberOf(node, 'axis', 0), x.dims.length);
    const dims = [...x.dims.slice(0, axis), ...places.dims, ...x.dims.slice(axis + 1)];
    return moved(x, dims, (index) => {
      const place = get(places, index.slice(axis, axis + places.dims.length));
      return [...index.slice(0, axis), normal(place, x.dims[axis]!), ...index.slice(axis + places.dims.length)];
    });
  },
  GatherElements: (node, inputs) => {
    const [x, places] = [need(inputs, 0), need(inputs, 1)];
    const axis = normal(numberOf(node, 'axis', 0), x.dims.length);
    return moved(x, places.dims, (index) => index.with(axis, normal(get(places, index), x.dims[axis]!)));
  },
  GatherND: (node, inputs) => {
    const [x, places] = [need(inputs, 0), need(inputs, 1)];
    const batch = numberOf(node, 'batch_dims', 0);
    const tuple = places.dims.at(-1)!;
    const lead = places.dims.slice(0, -1);
    return moved(x, [...lead, ...x.dims.slice(batch + tuple)], (index) => [
      ...index.slice(0, batch),
      ...tupleAt(places, index.slice(0, lead.length)),
      ...index.slice(lead.length),
    ]);
  },
  ScatterElements: (node, inputs) => {
    const [x, places] = [need(inputs, 0), need(inputs, 1)];
    const axis = normal(numberOf(node, 'axis', 0), x.dims.length);
    return scatter(node, inputs, (index) => index.with(axis, normal(get(places, index), x.dims[axis]!)));
  },
  ScatterND: (node, inputs) => {
    const places = need(inputs, 1);
    const lead = places.dims.length - 1;
    return scatter(node, inputs, (index) => [...tupleAt(places, index.slice(0, lead)), ...index.slice(lead)]);
  },
  Compress: (node, inputs) => {
    const chosen = list(inputs, 1)!.flatMap((keep, at) => (keep === 0 ? [] : [at]));
    const given = numberOf(node, 'axis');
    const x = given === undefined ? reshaped(need(inputs, 0), [need(inputs, 0).data.length]) : need(inputs, 0);
    const axis = normal(given ?? 0, x.dims.length);
    return moved(x, x.dims.with(axis, chosen.length), (index) => index.with(axis, chosen[index[axis]!]!));
  },
  DepthToSpace: (node, inputs) => {
    const x = need(inputs, 0);
    const block = numberOf(node, 'blocksize', 1);
    const [n, c, h, w] = x.dims as [number, number, number, number];
    const depth = c / block / block;
    const crd = textOf(node, 'mode', 'DCR') === 'CRD';
    return moved(x, [n, depth, h * block, w * block], ([at, channel, row, column]) => {
      const inner = (row! % block) * block + (column! % block);
      const source = crd ? channel! * block * block + inner : inner * depth + channel!;
      return [at!, source, Math.floor(row! / block), Math.floor(column! / block)];
    });
  },
  SpaceToDepth: (node, inputs) => {
    const x = need(inputs, 0);
    const block = numberOf(node, 'blocksize', 1);
    const [n, c, h, w] = x.dims as [number, number, number, number];
    return moved(x, [n, c * block * block, h / block, w / block], ([at, channel, row, column]) => {
      const inner = Math.floor(channel! / c);
      return [at!, channel! % c, row! * block + Math.floor(inner / block), column! * block + (inner % block)];
    });
  },
  ReverseSequence: (node, inputs) => {
    const [x, lengths] = [need(inputs, 0), list(inputs, 1)!];
    const [batch, time] = [numberOf(node, 'batch_axis', 1), numberOf(node, 'time_axis', 0)];
    return moved(x, x.dims, (index) => {
      const length = lengths[index[batch]!]!;
      const at = index[time]!;
      return index.with(time, at < length ? length - 1 - at : at);
    });
  },
  Trilu: (node, inputs) => {
    const x = need(inputs, 0);
    const k = inputs[1]?.data[0] ?? 0;
    const upper = numberOf(node, 'upper', 1) === 1;
    return [
      fill(x.dims, (index) => {
        const diagonal = index.at(-1)! - index.at(-2)!;
        return (upper ? diagonal >= k : diagonal <= k) ? get(x, index) : 0;
      }),
    ];
  },
};

function nonZero(x: Array64): (readonly number[])[] {
  const found: (readonly number[])[] = [];
  for (const index of indices(x.dims)) if (get(x, index) !== 0) found.push([...index]);
  return found;
}
