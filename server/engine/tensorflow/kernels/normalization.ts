/** Softmax and the normalisations, composed of means and sums, in whatever layout the input is in. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { sizeOf } from '../../../graph/tensor';
import { axisIn, derived, first, inLayout, last, layoutOf, onDevice, toFloat } from '../operands';
import type { Layout, Operand } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { alongLast, axisOf, need, padBy, range } from './common';

const alongAxis =
  (f: (x: tf.Tensor, axis: number) => tf.Tensor): Kernel =>
  (call) => {
    const x = need(call, 0);
    const layout = layoutOf(x);
    const axis = axisIn(layout, axisOf(call.node, -1, x.dims.length), x.dims.length);
    return onDevice(x.dtype, f(inLayout(x, layout), axis), layout);
  };

/** TensorFlow.js has the last axis only. */
function softmax(x: tf.Tensor, axis: number): tf.Tensor {
  if (axis === x.rank - 1) return tf.softmax(x);
  const powers = tf.exp(tf.sub(x, tf.max(x, axis, true)));
  return tf.div(powers, tf.sum(powers, axis, true));
}

function logSoftmax(x: tf.Tensor, axis: number): tf.Tensor {
  const shifted = tf.sub(x, tf.max(x, axis, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true)));
}

function hardmax(x: tf.Tensor, axis: number): tf.Tensor {
  return alongLast(x, axis, (turned) =>
    toFloat(tf.oneHot(tf.cast(tf.argMax(turned, turned.rank - 1), 'int32'), turned.shape.at(-1) as number)),
  );
}

const lpNormalization: Kernel = (call) => {
  const p = numberOf(call.node, 'p', 2);
  return alongAxis((x, axis) => {
    const norm = p === 1 ? tf.sum(tf.abs(x), axis, true) : tf.sqrt(tf.sum(tf.mul(x, x), axis, true));
    return tf.divNoNan(x, norm);
  })(call);
};

function standardized(
  x: tf.Tensor,
  axes: number[],
  epsilon: number,
): { y: tf.Tensor; mean: tf.Tensor; scale: tf.Tensor } {
  const mean = tf.mean(x, axes, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.mul(centred, centred), axes, true);
  const scale = tf.rsqrt(tf.add(variance, epsilon));
  return { y: tf.mul(centred, scale), mean, scale };
}

const layerNormalization: Kernel = (call) => {
  const x = need(call, 0);
  const rank = x.dims.length;
  const axis = normalizeAxis(numberOf(call.node, 'axis', -1), rank);
  const { y, mean, scale } = standardized(first(x), range(rank - axis, axis), numberOf(call.node, 'epsilon', 1e-5));
  const bias = call.inputs[2];
  const scaled = tf.mul(y, first(need(call, 1)));
  const result = bias === undefined ? scaled : tf.add(scaled, first(bias));
  return [onDevice(x.dtype, result), onDevice('float32', mean), onDevice('float32', scale)].slice(
    0,
    call.node.outputs.length,
  );
};

/** One number per channel, shaped to broadcast in a layout. */
function perChannel(operand: Operand, rank: number, layout: Layout): tf.Tensor {
  const size = sizeOf(operand.dims);
  return derived(operand, `channel${layout}${rank}`, () =>
    tf.reshape(
      first(operand),
      range(rank).map((axis) => (axis === axisIn(layout, Math.min(1, rank - 1), rank) ? size : 1)),
    ),
  );
}

const batchNormalization: Kernel = (call) => {
  const x = need(call, 0);
  const rank = x.dims.length;
  const layout = rank < 3 ? 'first' : layoutOf(x);
  const [scale, bias, mean, variance] = range(4, 1).map((index) => perChannel(need(call, index), rank, layout));
  const factor = tf.mul(
    scale as tf.Tensor,
    tf.rsqrt(tf.add(variance as tf.Tensor, numberOf(call.node, 'epsilon', 1e-5))),
  );
  const offset = tf.sub(bias as tf.Tensor, tf.mul(mean as tf.Tensor, factor));
  return onDevice(x.dtype, tf.add(tf.mul(inLayout(x, layout), factor), offset), layout);
};

const instanceNormalization: Kernel = (call) => {
  const x = need(call, 0);
  const rank = x.dims.length;
  const layout = layoutOf(x);
  const axes = range(rank - 2, layout === 'last' ? 1 : 2);
  const { y } = standardized(inLayout(x, layout), axes, numberOf(call.node, 'epsilon', 1e-5));
  const scaled = tf.mul(y, perChannel(need(call, 1), rank, layout));
  return onDevice(x.dtype, tf.add(scaled, perChannel(need(call, 2), rank, layout)), layout);
};

const groupNormalization: Kernel = (call) => {
  const x = need(call, 0);
  const groups = numberOf(call.node, 'num_groups', 1);
  const [batch = 1] = x.dims;
  const rank = x.dims.length;
  const flat = tf.reshape(first(x), [batch, groups, sizeOf(x.dims) / (batch * groups)]);
  const { y } = standardized(flat, [2], numberOf(call.node, 'epsilon', 1e-5));
  const scaled = tf.mul(tf.reshape(y, [...x.dims]), perChannel(need(call, 1), rank, 'first'));
  return onDevice(x.dtype, tf.add(scaled, perChannel(need(call, 2), rank, 'first')));
};

function meanVariance(call: Call): Operand {
  const x = need(call, 0);
  const axes = numbersOf(call.node, 'axes') ?? [0, 2, 3];
  return onDevice(x.dtype, standardized(first(x), [...axes], 1e-9).y);
}

/** Response over neighbouring channels: the running sum of squares of a window, by shifts. */
const localResponse: Kernel = (call) => {
  const { node } = call;
  const x = need(call, 0);
  const tensor = last(x);
  const size = numberOf(node, 'size', 1);
  const before = Math.floor((size - 1) / 2);
  const channels = x.dims[1] as number;
  const none: [number, number] = [0, 0];
  const squares = padBy(tf.mul(tensor, tensor), [
    ...range(x.dims.length - 1).map(() => none),
    [before, size - 1 - before],
  ]);
  const shifts = range(size).map((at) =>
    tf.slice(squares, [...range(x.dims.length - 1).map(() => 0), at], [...tensor.shape.slice(0, -1), channels]),
  );
  const sum = shifts.reduce((total, part) => tf.add(total, part));
  const scale = tf.add(tf.mul(sum, numberOf(node, 'alpha', 1e-4) / size), numberOf(node, 'bias', 1));
  return onDevice(x.dtype, tf.mul(tensor, tf.pow(scale, -numberOf(node, 'beta', 0.75))), 'last');
};

export const normalizations: readonly KernelEntry[] = [
  { ops: ['Softmax'], kernel: alongAxis(softmax) },
  { ops: ['LogSoftmax'], kernel: alongAxis(logSoftmax) },
  { ops: ['Hardmax'], kernel: alongAxis(hardmax) },
  { ops: ['LpNormalization'], kernel: lpNormalization },
  { ops: ['LayerNormalization'], kernel: layerNormalization },
  { ops: ['BatchNormalization'], kernel: batchNormalization },
  { ops: ['InstanceNormalization'], kernel: instanceNormalization },
  { ops: ['GroupNormalization'], kernel: groupNormalization },
  { ops: ['MeanVarianceNormalization'], kernel: meanVariance },
  { ops: ['LRN'], kernel: localResponse },
];
