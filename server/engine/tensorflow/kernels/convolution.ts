/** Conv, with channels last. Everything is a 2-D convolution: 1-D ones have height 1, 3-D ones are sums of slices. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf } from '../../../graph/attributes';
import { derived, first, last, onDevice } from '../operands';
import type { Operand } from '../operands';
import type { Kernel, KernelEntry } from '../types';
import { everyNth, everyNthOf, matMul, need, padBy, pairwise, range, sliceAxis } from './common';
import { reach, windowOf } from './windows';
import type { Window } from './windows';

const conv: Kernel = (call) => {
  const [x, weights] = [need(call, 0), need(call, 1)];
  const kernel = numbersOf(call.node, 'kernel_shape') ?? weights.dims.slice(2);
  const group = numberOf(call.node, 'group', 1);
  const window = windowOf(call.node, x.dims.slice(2), kernel);
  const y = convolve(last(x), weights, window, group);
  const bias = call.inputs[2];
  return onDevice(x.dtype, bias === undefined ? y : pairwise(tf.add, y, first(bias)), 'last');
};

/** @param x [batch, …spatial, channels]. @param weights [outputs, channels/group, …kernel]. */
export function convolve(x: tf.Tensor, weights: Operand, window: Window, group: number): tf.Tensor {
  const spatial = window.kernel.length;
  if (spatial > 3) throw new Error(`convolution over ${spatial} axes`);
  if (spatial === 3) return throughDepth(x, weights, window, group);
  if (spatial === 2) return plane(x as tf.Tensor4D, filterOf(weights, group), window, group);
  const [batch = 1, length = 1, channels = 1] = x.shape;
  const flat = plane(
    tf.reshape<tf.Rank.R4>(x, [batch, 1, length, channels]),
    derived(weights, `filter${group}`, () => {
      const filter = channelsOf(tf.expandDims(first(weights), 2), group);
      return filter;
    }),
    raised(window),
    group,
  );
  return tf.reshape(flat, [batch, window.out[0] as number, flat.shape[3] as number]);
}

/** Weights as TensorFlow.js has them; made once where they are constant. */
function filterOf(weights: Operand, group: number): tf.Tensor {
  return derived(weights, `filter${group}`, () => channelsOf(first(weights), group));
}

/** [outputs, inputs/group, h, w] → [h, w, inputs/group, outputs], depthwise [h, w, inputs, outputs/inputs]. */
function channelsOf(weights: tf.Tensor, group: number): tf.Tensor {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = weights.shape;
  if (group === 1 || inputs > 1) return tf.transpose(weights, [2, 3, 1, 0]);
  const grouped = tf.reshape(weights, [group, outputs / group, height, width]);
  return tf.transpose(grouped, [2, 3, 0, 1]);
}

function raised(window: Window): Window {
  return {
    kernel: [1, ...window.kernel],
    strides: [window.strides[0] as number, ...window.strides],
    dilations: [window.dilations[0] as number, ...window.dilations],
    pads: [[0, 0], ...window.pads],
    out: [1, ...window.out],
    beyond: [0, ...window.beyond],
  };
}

/** One 2-D convolution of any group. */
function plane(x: tf.Tensor4D, filter: tf.Tensor, window: Window, group: number): tf.Tensor {
  const mode = isSame(window, [x.shape[1], x.shape[2]]) ? 'same' : 'valid';
  const padded = (mode === 'same' ? x : padBy(x, [[0, 0], ...window.pads, [0, 0]])) as tf.Tensor4D;
  if (group === 1) return strided(window, (strides, dilations) => dense(padded, filter, strides, dilations, mode));
  if (filter.shape[2] === group && x.shape[3] === group)
    return strided(window, (strides, dilations) => depthwise(padded, filter, strides, dilations, mode));
  const [inputs, outputs] = [x.shape[3] / group, (filter.shape[3] as number) / group];
  const parts = range(group).map((at) =>
    strided(window, (strides, dilations) =>
      dense(
        sliceAxis(padded, 3, at * inputs, inputs) as tf.Tensor4D,
        sliceAxis(filter, 3, at * outputs, outputs),
        strides,
        dilations,
        mode,
      ),
    ),
  );
  return tf.concat(parts, 3);
}

type Pair = [number, number];
type Mode = 'same' | 'valid';

/** Whether the pads are those that TensorFlow calls `same`; others are added before. */
function isSame(window: Window, sizes: Pair): boolean {
  const { kernel, strides, dilations, pads } = window;
  // With strides and dilations both, the stride is taken afterwards.
  if (strides.some((stride) => stride > 1) && dilations.some((dilation) => dilation > 1)) return false;
  if (strides[0] !== strides[1]) return false;
  return sizes.every((size, axis) => {
    const [stride, tap] = [strides[axis] as number, reach(kernel[axis] as number, dilations[axis] as number)];
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + tap - size);
    const [before, after] = pads[axis] as Pair;
    return before === Math.floor(total / 2) && after === Math.ceil(total / 2);
  });
}

function dense(x: tf.Tensor4D, filter: tf.Tensor, strides: Pair, dilations: Pair, mode: Mode): tf.Tensor {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = filter.shape;
  const [batch, rows, columns] = x.shape;
  // A kernel of one pixel is a matrix product.
  if (height * width === 1 && strides[0] * strides[1] === 1) {
    const flat = tf.reshape(x, [batch * rows * columns, inputs]);
    const product = matMul(flat, tf.reshape(filter, [inputs, outputs]));
    return tf.reshape(product, [batch, rows, columns, outputs]);
  }
  return tf.conv2d(x, filter as tf.Tensor4D, strides, mode, 'NHWC', dilations);
}

function depthwise(x: tf.Tensor4D, filter: tf.Tensor, strides: Pair, dilations: Pair, mode: Mode): tf.Tensor {
  if (strides[0] === strides[1]) return tf.depthwiseConv2d(x, filter as tf.Tensor4D, strides, mode, 'NHWC', dilations);
  // TensorFlow has only equal strides for depthwise convolutions: the rest is taken by slicing.
  const full = tf.depthwiseConv2d(x, filter as tf.Tensor4D, 1, 'valid', 'NHWC', dilations);
  return everyNth(full, strides);
}

/** Strides and dilations do not go together in TensorFlow: every pixel, of which some are kept. */
function strided(window: Window, run: (strides: Pair, dilations: Pair) => tf.Tensor): tf.Tensor {
  const [strides, dilations] = [[...window.strides] as Pair, [...window.dilations] as Pair];
  // A kernel of one tap has no dilation.
  const spread = dilations.map((dilation, axis) => (window.kernel[axis] === 1 ? 1 : dilation)) as Pair;
  if (spread.every((dilation) => dilation === 1) || strides.every((stride) => stride === 1))
    return run(strides, spread);
  return everyNth(run([1, 1], spread), strides);
}

/** A 3-D convolution: one 2-D convolution per slice of the kernel, summed. */
function throughDepth(x: tf.Tensor, weights: Operand, window: Window, group: number): tf.Tensor {
  const [kernel, ...kernels] = window.kernel as [number, ...number[]];
  const [stride, ...strides] = window.strides as [number, ...number[]];
  const [dilation, ...dilations] = window.dilations as [number, ...number[]];
  const [depthPads, ...pads] = window.pads as [readonly [number, number], ...(readonly [number, number])[]];
  const [out = 1, ...outs] = window.out;
  const flat: Window = { kernel: kernels, strides, dilations, pads, out: outs, beyond: [0, 0] };
  const padded = padBy(x, [[0, 0], depthPads, [0, 0], [0, 0], [0, 0]]);
  const [batch = 1, , height = 1, width = 1, channels = 1] = padded.shape;
  const parts = range(kernel).map((tap) => {
    const slab = sliceAxis(padded, 1, tap * dilation, reach(out, stride));
    const picked = everyNthOf(slab, 1, stride);
    const filter = derived(weights, `filter${group}/${tap}`, () =>
      channelsOf(tf.squeeze(sliceAxis(first(weights), 2, tap, 1), [2]), group),
    );
    return plane(tf.reshape<tf.Rank.R4>(picked, [batch * out, height, width, channels]), filter, flat, group);
  });
  const sum = parts.reduce((total, part) => tf.add(total, part));
  return tf.reshape(sum, [batch, out, outs[0] as number, outs[1] as number, sum.shape[3] as number]);
}

export const convolutions: readonly KernelEntry[] = [{ ops: ['Conv'], kernel: conv }];
