/** Operators whose result depends on the numbers so much that this process computes them: what is not 0, which slices. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { stridesOf } from '../../../graph/operators/movement';
import { bytesPerElement, sizeOf } from '../../../graph/tensor';
import { deviceType, first, fromNumbers, numbersOf, onDevice } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { need, pick, range, reductionOf, viaNumbers } from './common';

/** One column of indices for each element that is not 0. */
const nonZero: Kernel = (call) => {
  const x = need(call, 0);
  const found = numbersOf(x).flatMap((value, at) => (value === 0 ? [] : [at]));
  const rank = Math.max(1, x.dims.length);
  const strides = x.dims.length === 0 ? [1] : stridesOf(x.dims);
  const sizes = x.dims.length === 0 ? [1] : x.dims;
  const rows = range(rank).flatMap((axis) =>
    found.map((at) => Math.floor(at / (strides[axis] as number)) % (sizes[axis] as number)),
  );
  return fromNumbers('int64', [x.dims.length === 0 ? 0 : rank, found.length], x.dims.length === 0 ? [] : rows);
};

/** Slices whose condition is true; without an axis, elements. */
const compress: Kernel = (call) => {
  const x = need(call, 0);
  const chosen = numbersOf(need(call, 1)).flatMap((value, at) => (value === 0 ? [] : [at]));
  const axis = numberOf(call.node, 'axis');
  const flat = axis === undefined;
  const dims = flat ? [sizeOf(x.dims)] : [...x.dims];
  const along = flat ? 0 : normalizeAxis(axis, dims.length);
  const result = viaNumbers(tf.reshape(first(x), dims), (tensor) => pick(tensor, along, chosen));
  return onDevice(x.dtype, result);
};

const combine: Readonly<Record<string, (a: number, b: number) => number>> = {
  mul: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
};

/** Scatters that multiply or compare what meets at one place: no backend has them. */
function combined(call: Call, target: (update: number) => number): ReturnType<Kernel> {
  const [x, updates] = [need(call, 0), numbersOf(need(call, 2))];
  const f = combine[reductionOf(call.node)];
  if (f === undefined) throw new Error(`reduction ${reductionOf(call.node)}`);
  const data = numbersOf(x);
  updates.forEach((value, at) => {
    const place = target(at);
    data[place] = f(data[place] as number, value);
  });
  return onDevice(x.dtype, tf.tensor(data, [...x.dims], deviceType(x.dtype)));
}

export const scatterElementsHere: Kernel = (call) => {
  const [x, indices] = [need(call, 0), need(call, 1)];
  const axis = normalizeAxis(numberOf(call.node, 'axis', 0), x.dims.length);
  const [own, others] = [stridesOf(x.dims), stridesOf(indices.dims)];
  const ids = numbersOf(indices);
  return combined(call, (update) =>
    x.dims.reduce((sum, size, at) => {
      const id = ids[update] as number;
      const place =
        at === axis
          ? id < 0
            ? id + size
            : id
          : Math.floor(update / (others[at] as number)) % (indices.dims[at] as number);
      return sum + place * (own[at] as number);
    }, 0),
  );
};

export const scatterNDHere: Kernel = (call) => {
  const [x, indices] = [need(call, 0), need(call, 1)];
  const depth = indices.dims.at(-1) as number;
  const width = sizeOf(x.dims.slice(depth));
  const strides = stridesOf(x.dims);
  const ids = numbersOf(indices);
  return combined(call, (update) => {
    const row = Math.floor(update / width);
    const start = range(depth).reduce((sum, at) => {
      const id = ids[row * depth + at] as number;
      return sum + (id < 0 ? id + (x.dims[at] as number) : id) * (strides[at] as number);
    }, 0);
    return start + (update % width);
  });
};

/** Bits moved; what leaves the type's width is lost. */
const bitShift: Kernel = (call) => {
  const [a, b] = [need(call, 0), need(call, 1)];
  const direction = call.node.attributes['direction'];
  const left = direction?.type === 'string' && direction.value === 'LEFT';
  const bits = a.dtype === 'string' ? 0 : 8 * bytesPerElement(a.dtype);
  const shifts = numbersOf(b);
  const values = numbersOf(a).map((value, at) => {
    const by = shifts[shifts.length === 1 ? 0 : at] as number;
    const moved = left ? BigInt.asUintN(bits, BigInt(value) << BigInt(by)) : BigInt(value) >> BigInt(by);
    return Number(moved);
  });
  return fromNumbers(a.dtype, a.dims, values);
};

export const selectings: readonly KernelEntry[] = [
  { ops: ['NonZero'], kernel: nonZero, reads: [0] },
  { ops: ['Compress'], kernel: compress, reads: [1] },
  { ops: ['BitShift'], kernel: bitShift, reads: 'all' },
];
