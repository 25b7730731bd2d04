/** Poolings, with channels last. Windows over three axes are taken one axis after the other. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf } from '../../../graph/attributes';
import { sizeOf } from '../../../graph/tensor';
import { inLayout, last, layoutOf, onDevice, toFirst, toFloat } from '../operands';
import type { Operand } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { everyNth, everyNthOf, need, padBy, range, repeatTo, select } from './common';
import { windowOf } from './windows';
import type { Window } from './windows';

/** Below every float32, but finite: −∞ times 0 would be NaN in masks. */
const LOWEST = -3.4028234663852886e38;

interface Pooled {
  readonly x: Operand;
  readonly window: Window;
}

function pooledOf(call: Call): Pooled {
  const x = need(call, 0);
  const kernel = numbersOf(call.node, 'kernel_shape') ?? x.dims.slice(2);
  return { x, window: windowOf(call.node, x.dims.slice(2), kernel) };
}

/** Pads of all axes of a tensor with channels last, what `ceil_mode` reads beyond them included. */
function padsOf(window: Window): (readonly [number, number])[] {
  const spatial = window.pads.map(([before, after], axis): [number, number] => [
    before,
    after + (window.beyond[axis] as number),
  ]);
  return [[0, 0], ...spatial, [0, 0]];
}

const maxPool: Kernel = (call) => {
  const { x, window } = pooledOf(call);
  const padded = padBy(toFloat(last(x)), padsOf(window), LOWEST);
  if (call.node.outputs.length > 1 && call.node.outputs[1] !== '') return withIndices(call, x, padded, window);
  const y = window.dilations.every((dilation) => dilation === 1)
    ? axisByAxis(padded, window, (plane, size, strides) => tf.maxPool(plane, size, strides, 'valid'))
    : offsets(window)
        .map((offset) => shifted(padded, window, offset))
        .reduce((a, b) => tf.maximum(a, b));
  return onDevice(x.dtype, x.dtype.startsWith('float') ? y : tf.cast(y, 'int32'), 'last');
};

/** Applies a 2-D pooling to one or two axes, or to two and then the third. */
function axisByAxis(
  x: tf.Tensor,
  { kernel, strides, out }: Window,
  pool: (x: tf.Tensor4D, kernel: [number, number], strides: [number, number]) => tf.Tensor,
): tf.Tensor {
  const [batch = 1, ...rest] = x.shape;
  const channels = rest.at(-1) as number;
  if (kernel.length === 1) {
    const y = pool(
      tf.reshape(x, [batch, 1, rest[0] as number, channels]),
      [1, kernel[0] as number],
      [1, strides[0] as number],
    );
    return tf.reshape(y, [batch, ...out, channels]);
  }
  if (kernel.length === 2) return pool(x as tf.Tensor4D, kernel as [number, number], strides as [number, number]);
  const [depth, height, width] = rest as [number, number, number];
  const flat = tf.reshape<tf.Rank.R4>(x, [batch * depth, height, width, channels]);
  const planes = pool(flat, kernel.slice(1) as [number, number], strides.slice(1) as [number, number]);
  const columns = tf.reshape<tf.Rank.R4>(planes, [batch, depth, (out[1] as number) * (out[2] as number), channels]);
  return tf.reshape(pool(columns, [kernel[0] as number, 1], [strides[0] as number, 1]), [batch, ...out, channels]);
}

/** Places of a window, in order. */
function offsets({ kernel }: Window): number[][] {
  return kernel.reduce<number[][]>(
    (list, size) => list.flatMap((start) => range(size).map((at) => [...start, at])),
    [[]],
  );
}

/** What every window has at one of its places. */
function shifted(x: tf.Tensor, window: Window, offset: readonly number[]): tf.Tensor {
  const { strides, dilations, out } = window;
  if (tf.getBackend() === 'wasm' && isPlain(window)) return picked(x as tf.Tensor4D, window, offset);
  const begin = offset.map((at, axis) => at * (dilations[axis] as number));
  const size = out.map((count, axis) => (count - 1) * (strides[axis] as number) + 1);
  const [batch = 1] = x.shape;
  const channels = x.shape.at(-1) as number;
  const slab = tf.slice(x, [0, ...begin, 0], [batch, ...size, channels]);
  if (strides.length === 2) return everyNth(slab, strides as [number, number]);
  return strides.reduce((tensor, stride, axis) => everyNthOf(tensor, axis + 1, stride), slab);
}

/** Two axes, one stride, no dilation. */
const isPlain = ({ kernel, strides, dilations }: Window): boolean =>
  kernel.length === 2 && strides[0] === strides[1] && dilations.every((dilation) => dilation === 1);

/** By a convolution that copies: a slice copies the whole tensor out of WebAssembly's memory first. */
function picked(x: tf.Tensor4D, { kernel, strides }: Window, offset: readonly number[]): tf.Tensor {
  const [height, width] = kernel as [number, number];
  const place = (offset[0] as number) * width + (offset[1] as number);
  const ones = range(height * width).map((at) => (at === place ? 1 : 0));
  const filter = repeatTo(tf.tensor(ones, [height, width, 1, 1]), [height, width, x.shape[3], 1]);
  return tf.depthwiseConv2d(x, filter as tf.Tensor4D, strides[0] as number, 'valid');
}

/**
 * Maxima and where they are. TensorFlow.js' argmax of a pooling is missing or counts otherwise; ONNX wants the place
 * in the whole tensor, channels first, and of several maxima the first. Each place of the window is compared in turn.
 */
function withIndices(call: Call, x: Operand, padded: tf.Tensor, window: Window): readonly Operand[] {
  const places = offsets(window);
  const steps = stepsOf(call, x, window);
  let best = shifted(padded, window, places[0] as number[]);
  // How far the maximum is from the window's first place, in elements: whole numbers that float32 has exactly.
  let step: tf.Tensor = tf.zerosLike(best);
  for (const [at, place] of places.entries()) {
    if (at === 0) continue;
    const candidate = shifted(padded, window, place);
    const better = tf.greater(candidate, best);
    step = select(better, tf.fill(step.shape, steps[at] as number), step);
    best = select(better, candidate, best);
  }
  const indices = tf.add(startsOf(call, x, window), tf.cast(toFirst(step), 'int32'));
  return [onDevice(x.dtype, toFirst(best)), onDevice('int64', indices)];
}

/** Strides, in elements, of the spatial axes as the indices count them. */
function spatialStrides(call: Call, sizes: readonly number[]): number[] {
  const columnMajor = numberOf(call.node, 'storage_order', 0) === 1;
  return sizes.map((_, axis) => sizeOf(columnMajor ? sizes.slice(0, axis) : sizes.slice(axis + 1)));
}

/** [batch, channels, …out]: the index of each window's first place. */
function startsOf(call: Call, x: Operand, window: Window): tf.Tensor {
  const [batch = 1, channels = 1, ...sizes] = x.dims;
  const strides = spatialStrides(call, sizes);
  const plane = sizeOf(sizes);
  const starts = window.out.reduce<number[]>(
    (list, count, axis) => {
      const [stride, before] = [window.strides[axis] as number, (window.pads[axis] as [number, number])[0]];
      return list.flatMap((start) =>
        range(count).map((at) => start + (at * stride - before) * (strides[axis] as number)),
      );
    },
    [0],
  );
  // In this process: wasm adds integers of different shapes ten times slower.
  const all = new Int32Array(batch * channels * starts.length);
  for (let at = 0; at < all.length; at += 1)
    all[at] = Math.floor(at / starts.length) * plane + (starts[at % starts.length] as number);
  return tf.tensor(all, [batch, channels, ...window.out], 'int32');
}

/** How far each place of a window is from its first. */
function stepsOf(call: Call, x: Operand, window: Window): number[] {
  const strides = spatialStrides(call, x.dims.slice(2));
  return offsets(window).map((place) =>
    place.reduce((sum, at, axis) => sum + at * (window.dilations[axis] as number) * (strides[axis] as number), 0),
  );
}

const averagePool: Kernel = (call) => {
  const { x, window } = pooledOf(call);
  const padded = padBy(last(x), padsOf(window));
  const mean = meanOf(padded, window);
  const counted = countsOf(window, x.dims.slice(2), numberOf(call.node, 'count_include_pad', 0) === 1);
  return onDevice(x.dtype, counted === null ? mean : tf.mul(mean, counted), 'last');
};

/** Mean of windows, pads counted as zeros. */
function meanOf(padded: tf.Tensor, window: Window): tf.Tensor {
  if (window.dilations.every((dilation) => dilation === 1))
    return axisByAxis(padded, window, (plane, size, strides) => tf.avgPool(plane, size, strides, 'valid'));
  const parts = offsets(window).map((offset) => shifted(padded, window, offset));
  return tf.div(
    parts.reduce((sum, part) => tf.add(sum, part)),
    parts.length,
  );
}

/** Places of a window over those that count, per output: null where all do. */
function countsOf(window: Window, sizes: readonly number[], withPads: boolean): tf.Tensor | null {
  const perAxis = window.out.map((count, axis) =>
    range(count).map((at) => {
      const [before, after] = window.pads[axis] as [number, number];
      const size = sizes[axis] as number;
      const taps = range(window.kernel[axis] as number).map(
        (tap) => at * (window.strides[axis] as number) + tap * (window.dilations[axis] as number) - before,
      );
      const [low, high] = withPads ? [-before, size + after] : [0, size];
      return taps.filter((place) => place >= low && place < high).length;
    }),
  );
  if (perAxis.every((counts, axis) => counts.every((count) => count === window.kernel[axis]))) return null;
  const factors = perAxis.map((counts, axis) =>
    tf.tensor(
      counts.map((count) => (window.kernel[axis] as number) / count),
      [1, ...window.out.map((size, at) => (at === axis ? size : 1)), 1],
    ),
  );
  return factors.reduce((product, factor) => tf.mul(product, factor));
}

const lpPool: Kernel = (call) => {
  const { x, window } = pooledOf(call);
  const p = numberOf(call.node, 'p', 2);
  const powers = padBy(tf.pow(tf.abs(last(x)), p), padsOf(window));
  const sum = tf.mul(meanOf(powers, window), sizeOf(window.kernel));
  return onDevice(x.dtype, tf.pow(sum, 1 / p), 'last');
};

/** Over all spatial axes, in whatever layout the input is in. */
const overSpace =
  (reduce: (x: tf.Tensor, axes: number[], call: Call) => tf.Tensor): Kernel =>
  (call) => {
    const x = need(call, 0);
    const layout = layoutOf(x);
    const axes = range(x.dims.length - 2, layout === 'last' ? 1 : 2);
    return onDevice(x.dtype, reduce(inLayout(x, layout), axes, call), layout);
  };

function globalLp(x: tf.Tensor, axes: number[], { node }: Call): tf.Tensor {
  const p = numberOf(node, 'p', 2);
  return tf.pow(tf.sum(tf.pow(tf.abs(x), p), axes, true), 1 / p);
}

export const poolings: readonly KernelEntry[] = [
  { ops: ['MaxPool'], kernel: maxPool },
  { ops: ['AveragePool'], kernel: averagePool },
  { ops: ['LpPool'], kernel: lpPool },
  { ops: ['GlobalAveragePool'], kernel: overSpace((x, axes) => tf.mean(x, axes, true)) },
  { ops: ['GlobalMaxPool'], kernel: overSpace((x, axes) => tf.max(x, axes, true)) },
  { ops: ['GlobalLpPool'], kernel: overSpace(globalLp) },
];
