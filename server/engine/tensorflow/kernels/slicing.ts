/** Concat, Split, Slice, Pad: parts of axes, in whatever layout the input is in. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, textOf } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { axisIn, inLayout, isFloat, layoutOf, onDevice, toFloat } from '../operands';
import type { Kernel, KernelEntry } from '../types';
import {
  align,
  axisOf,
  listOf,
  need,
  padBy,
  pick,
  range,
  reversed,
  scalarOf,
  select,
  sliceAxis,
  viaNumbers,
} from './common';

const concat: Kernel = (call) => {
  const operands = call.inputs.filter((input) => input !== undefined);
  const [one] = operands;
  if (one === undefined) throw new Error('nothing to join');
  const rank = one.dims.length;
  const { layout, tensors } = align(operands);
  const axis = axisIn(layout, axisOf(call.node, 0, rank), rank);
  const bool = one.dtype === 'bool';
  const joined = tf.concat(bool ? tensors.map((tensor) => tf.cast(tensor, 'int32')) : [...tensors], axis);
  return onDevice(one.dtype, bool ? tf.cast(joined, 'bool') : joined, layout);
};

const split: Kernel = (call) => {
  const x = need(call, 0);
  const axis = axisOf(call.node, 0, x.dims.length);
  const total = x.dims[axis] as number;
  const count = call.node.outputs.length;
  const part = Math.ceil(total / count);
  const sizes = listOf(call, 1) ?? range(count).map((at) => Math.min(part, total - at * part));
  const layout = layoutOf(x);
  const tensor = inLayout(x, layout);
  const inside = axisIn(layout, axis, x.dims.length);
  let start = 0;
  return sizes.map((size) => {
    const piece = viaNumbers(tensor, (whole) => sliceAxis(whole, inside, start, size));
    start += size;
    return onDevice(x.dtype, piece === tensor ? tf.clone(tensor) : piece, layout);
  });
};

interface Range {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/** Bounds as ONNX clamps them. */
function rangeOf(start: number, end: number, step: number, size: number): Range {
  const low = step > 0 ? 0 : -1;
  const clamp = (bound: number): number => Math.max(low, Math.min(size + low, bound < 0 ? bound + size : bound));
  const [from, to] = [clamp(start), clamp(end)];
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}

const slice: Kernel = (call) => {
  const x = need(call, 0);
  const rank = x.dims.length;
  const [starts, ends] = [listOf(call, 1) ?? [], listOf(call, 2) ?? []];
  const axes = listOf(call, 3) ?? range(starts.length);
  const steps = listOf(call, 4) ?? starts.map(() => 1);
  const layout = layoutOf(x);
  const tensor = inLayout(x, layout);
  const result = viaNumbers(tensor, (whole) =>
    axes.reduce((current, given, at) => {
      const axis = normalizeAxis(given, rank);
      const inside = axisIn(layout, axis, rank);
      return part(
        current,
        inside,
        rangeOf(starts[at] as number, ends[at] as number, steps[at] as number, x.dims[axis] as number),
      );
    }, whole),
  );
  return onDevice(x.dtype, result === tensor ? tf.clone(tensor) : result, layout);
};

function part(tensor: tf.Tensor, axis: number, { start, count, step }: Range): tf.Tensor {
  if (step === 1) return sliceAxis(tensor, axis, start, count);
  const size = tensor.shape[axis] as number;
  if (step === -1 && count === size) return reversed(tensor, axis);
  return pick(
    tensor,
    axis,
    range(count).map((at) => start + at * step),
  );
}

/** Index that a padded place reads; its period is that of the mirrored (or repeated) axis. */
function source(place: number, size: number, mode: string): number {
  if (mode === 'edge') return Math.max(0, Math.min(size - 1, place));
  if (mode === 'wrap') return ((place % size) + size) % size;
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const at = ((place % period) + period) % period;
  return at < size ? at : period - at;
}

const pad: Kernel = (call) => {
  const x = need(call, 0);
  const rank = x.dims.length;
  const pads = listOf(call, 1) ?? [];
  const axes = listOf(call, 3)?.map((axis) => normalizeAxis(axis, rank)) ?? range(rank);
  const mode = textOf(call.node, 'mode', 'constant');
  const layout = layoutOf(x);
  const perAxis = range(rank).map((): [number, number] => [0, 0]);
  axes.forEach((axis, at) => {
    perAxis[axisIn(layout, axis, rank)] = [pads[at] as number, pads[at + axes.length] as number];
  });
  const tensor = inLayout(x, layout);
  const value = scalarOf(call, 2) ?? 0;
  if (mode === 'constant')
    return onDevice(
      x.dtype,
      viaNumbers(tensor, (own) => padBy(own, perAxis, value)),
      layout,
    );
  const result = perAxis.reduce((current, [before, after], axis) => {
    const size = current.shape[axis] as number;
    if (before === 0 && after === 0) return current;
    return pick(
      current,
      axis,
      range(size + before + after).map((at) => source(at - before, size, mode)),
    );
  }, tensor);
  return onDevice(x.dtype, result === tensor ? tf.clone(tensor) : result, layout);
};

/** Keeps one triangle of the last two axes. */
const trilu: Kernel = (call) => {
  const x = need(call, 0);
  const upper = numberOf(call.node, 'upper', 1) === 1;
  const k = scalarOf(call, 1) ?? 0;
  const [rows, columns] = x.dims.slice(-2) as [number, number];
  const mask = range(rows * columns).map((at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return upper ? column - row >= k : column - row <= k;
  });
  const tensor = inLayout(x, 'first');
  const keep = tf.tensor(mask, [rows, columns], 'bool');
  const result = viaNumbers(tensor, (own) => select(keep, own, tf.zerosLike(own)));
  return onDevice(x.dtype, result);
};

/** Moves everything along an axis by one place, and a 0 to where nothing is left. */
function shiftedBy(x: tf.Tensor, axis: number, places: 1 | -1): tf.Tensor {
  const pads = x.shape.map((_, at): [number, number] => (at === axis ? [places, -places] : [0, 0]));
  return padBy(x, pads);
}

/** Running sum. WebGPU's own is wrong backwards, but along the last axis. */
const cumSum: Kernel = (call) => {
  const x = need(call, 0);
  const axis = normalizeAxis(scalarOf(call, 1) ?? 0, x.dims.length);
  const tensor = toFloat(inLayout(x, 'first'));
  const [exclusive, reverse] = ['exclusive', 'reverse'].map((name) => numberOf(call.node, name, 0) === 1);
  const forwards = (own: tf.Tensor): tf.Tensor => tf.cumsum(own, axis);
  const whole = reverse === true ? reversed(forwards(reversed(tensor, axis)), axis) : forwards(tensor);
  const sum = exclusive === true ? shiftedBy(whole, axis, reverse === true ? -1 : 1) : whole;
  return onDevice(x.dtype, isFloat(x.dtype) ? sum : tf.cast(sum, 'int32'));
};

/** Reverses the first n steps of each sequence: each place reads from where the reversal puts it. */
const reverseSequence: Kernel = (call) => {
  const x = need(call, 0);
  const [time, batch] = [numberOf(call.node, 'time_axis', 0), numberOf(call.node, 'batch_axis', 1)];
  const lengths = listOf(call, 1) ?? [];
  const [steps, count] = [x.dims[time] as number, x.dims[batch] as number];
  const tensor = inLayout(x, 'first');
  const perSample = range(count).map((sample) => {
    const length = lengths[sample] as number;
    const order = range(steps).map((step) => (step < length ? length - 1 - step : step));
    return viaNumbers(tensor, (own) => pick(sliceAxis(own, batch, sample, 1), time, order));
  });
  return onDevice(x.dtype, tf.concat(perSample, batch));
};

export const slicings: readonly KernelEntry[] = [
  { ops: ['Concat'], kernel: concat },
  { ops: ['Split'], kernel: split, reads: [1] },
  { ops: ['Slice'], kernel: slice, reads: [1, 2, 3, 4] },
  { ops: ['Pad'], kernel: pad, reads: [1, 2, 3] },
  { ops: ['Trilu'], kernel: trilu, reads: [1] },
  { ops: ['CumSum'], kernel: cumSum, reads: [1] },
  { ops: ['ReverseSequence'], kernel: reverseSequence, reads: [1] },
];
