/**
 * ConvTranspose, as ordinary convolutions: TensorFlow's own transposed convolution has no groups and dilations, and is
 * a naive loop in wasm. With stride s, output pixels q·s + p of one phase p are an ordinary convolution with every
 * s-th tap of the kernel. All phases together are one convolution with s² as many channels, which are then spread.
 */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf, textOf } from '../../../graph/attributes';
import { transposedSizes } from '../../../graph/operators/spatial';
import { sizeOf } from '../../../graph/tensor';
import type { Node } from '../../../graph/types';
import { derived, first, last, onDevice } from '../operands';
import type { Operand } from '../operands';
import type { Kernel, KernelEntry } from '../types';
import { need, padBy, pairwise, range, sliceAxis } from './common';
import { reach } from './windows';

interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly input: number;
  readonly out: number;
}

const convTranspose: Kernel = (call) => {
  const [x, weights] = [need(call, 0), need(call, 1)];
  const group = numberOf(call.node, 'group', 1);
  const axes = axesOf(call.node, x.dims.slice(2), numbersOf(call.node, 'kernel_shape') ?? weights.dims.slice(2));
  const y = transpose(last(x), weights, axes, group);
  const bias = call.inputs[2];
  return onDevice(x.dtype, bias === undefined ? y : pairwise(tf.add, y, first(bias)), 'last');
};

function axesOf(node: Node, sizes: readonly number[], kernel: readonly number[]): Axis[] {
  const outs = transposedSizes(node, sizes, kernel) as number[];
  const automatic = textOf(node, 'auto_pad', 'NOTSET');
  const implied = automatic.startsWith('SAME') || numbersOf(node, 'output_shape') !== undefined;
  return sizes.map((input, axis) => {
    const [stride, dilation] = [numbersOf(node, 'strides')?.[axis] ?? 1, numbersOf(node, 'dilations')?.[axis] ?? 1];
    const own = kernel[axis] as number;
    const out = outs[axis] as number;
    const extra = numbersOf(node, 'output_padding')?.[axis] ?? 0;
    const total = Math.max(0, stride * (input - 1) + extra + reach(own, dilation) - out);
    const small = Math.floor(total / 2);
    const before = implied
      ? automatic === 'SAME_UPPER'
        ? small
        : total - small
      : automatic === 'VALID'
        ? 0
        : (numbersOf(node, 'pads')?.[axis] ?? 0);
    return { kernel: own, stride, dilation, before, input, out };
  });
}

/** @param x [batch, …spatial, channels]. @param weights [channels, outputs/group, …kernel]. */
function transpose(x: tf.Tensor, weights: Operand, axes: readonly Axis[], group: number): tf.Tensor {
  if (axes.length > 3) throw new Error(`transposed convolution over ${axes.length} axes`);
  if (axes.length === 3) return throughDepth(x, weights, axes, group);
  if (axes.length === 2) {
    const filters = { operand: weights, name: '', read: () => first(weights) };
    return plane(x as tf.Tensor4D, filters, axes as [Axis, Axis], group);
  }
  const flat: Axis = { kernel: 1, stride: 1, dilation: 1, before: 0, input: 1, out: 1 };
  const filters = { operand: weights, name: '', read: () => tf.expandDims(first(weights), 2) };
  const [batch = 1, length = 1, channels = 1] = x.shape;
  const y = plane(tf.reshape<tf.Rank.R4>(x, [batch, 1, length, channels]), filters, [flat, axes[0] as Axis], group);
  return tf.reshape(y, [batch, y.shape[2] as number, y.shape[3] as number]);
}

interface Filters {
  readonly operand: Operand;
  /** Which part of the weights: forms made from it are kept under this name. */
  readonly name: string;
  /** [channels, outputs/group, height, width]. */
  read(): tf.Tensor;
}

function plane(x: tf.Tensor4D, filters: Filters, axes: readonly [Axis, Axis], group: number): tf.Tensor {
  const channels = x.shape[3];
  if (group === 1) return phased(x, filterOf(filters, axes, 0, channels), axes, false);
  if (group === channels) return phased(x, depthwiseFilter(filters, axes, group), axes, true);
  const inputs = channels / group;
  const parts = range(group).map((at) =>
    phased(
      sliceAxis(x, 3, at * inputs, inputs) as tf.Tensor4D,
      filterOf(filters, axes, at * inputs, inputs),
      axes,
      false,
    ),
  );
  return tf.concat(parts, 3);
}

/** Taps of one phase. */
const taps = ({ kernel, stride, dilation }: Axis): number =>
  stride === 1 ? kernel : Math.ceil(reach(kernel, dilation) / stride);

/** The kernel of all phases: [channels, outputs, taps, phase, taps, phase], its taps reversed. */
function phases(weights: tf.Tensor, axes: readonly [Axis, Axis]): tf.Tensor {
  const [channels = 1, outputs = 1] = weights.shape;
  // Strides and dilations together: the kernel is written out with its zeros.
  const spread = axes.reduce(
    (tensor, { stride, dilation }, axis) =>
      stride > 1 && dilation > 1 ? spreadAxis(tensor, axis + 2, dilation) : tensor,
    weights,
  );
  const padded = padBy(spread, [
    [0, 0],
    [0, 0],
    ...axes.map((axis, at): [number, number] => [0, taps(axis) * axis.stride - (spread.shape[at + 2] as number)]),
  ]);
  const [down, right] = axes;
  // One axis after the other: WebGPU reverses tensors of four axes at most.
  const rows = tf.reverse(tf.reshape(padded, [channels * outputs, taps(down), -1]), 1);
  const columns = tf.reverse(tf.reshape(rows, [-1, taps(right), right.stride]), 1);
  return tf.reshape(columns, [channels, outputs, taps(down), down.stride, taps(right), right.stride]);
}

/** Zeros between the elements of an axis. */
function spreadAxis(tensor: tf.Tensor, axis: number, step: number): tf.Tensor {
  const { shape } = tensor;
  const size = shape[axis] as number;
  const apart = tf.expandDims(tensor, axis + 1);
  const zeros = tf.zeros([...apart.shape.slice(0, axis + 1), step - 1, ...apart.shape.slice(axis + 2)]);
  const joined = tf.reshape(tf.concat([apart, zeros], axis + 1), [
    ...shape.slice(0, axis),
    size * step,
    ...shape.slice(axis + 1),
  ]);
  return sliceAxis(joined, axis, 0, reach(size, step));
}

const formOf = (filters: Filters, axes: readonly Axis[], part: string): string =>
  `transposed${filters.name}/${part}/${axes.map(({ stride, dilation }) => `${stride},${dilation}`).join('/')}`;

/** [taps, taps, channels, phase·phase·outputs], of some of the channels. */
function filterOf(filters: Filters, axes: readonly [Axis, Axis], from: number, count: number): tf.Tensor {
  return derived(filters.operand, formOf(filters, axes, `${from}`), () => {
    const parts = phases(sliceAxis(filters.read(), 0, from, count), axes);
    const [, outputs = 1, tall = 1, , wide = 1] = parts.shape;
    const turned = tf.transpose(parts, [2, 4, 0, 3, 5, 1]);
    return tf.reshape(turned, [tall, wide, count, axes[0].stride * axes[1].stride * outputs]);
  });
}

/** [phase·phase, taps, taps, channels, multiplier]: one depthwise convolution for each phase. */
function depthwiseFilter(filters: Filters, axes: readonly [Axis, Axis], group: number): tf.Tensor {
  return derived(filters.operand, formOf(filters, axes, 'depthwise'), () => {
    const parts = phases(filters.read(), axes);
    const [, outputs = 1, tall = 1, , wide = 1] = parts.shape;
    const turned = tf.transpose(parts, [3, 5, 2, 4, 0, 1]);
    return tf.reshape(turned, [axes[0].stride * axes[1].stride, tall, wide, group, outputs]);
  });
}

/** The convolution, over just the pixels that the output has, and its phases spread. */
function phased(x: tf.Tensor4D, filter: tf.Tensor, axes: readonly [Axis, Axis], depthwise: boolean): tf.Tensor {
  const rows = axes.map((axis) => {
    const low = Math.floor(axis.before / axis.stride);
    const high = Math.floor((axis.before + axis.out - 1) / axis.stride);
    const width = (taps(axis) - 1) * (axis.stride === 1 ? axis.dilation : 1);
    return {
      pads: [width - low, high - axis.input + 1] as const,
      count: high - low + 1,
      offset: axis.before - low * axis.stride,
    };
  });
  const [down, right] = rows as [(typeof rows)[number], (typeof rows)[number]];
  const padded = padBy(x, [[0, 0], down.pads, right.pads, [0, 0]]) as tf.Tensor4D;
  const dilations = axes.map(({ stride, dilation, kernel }) => (stride === 1 && kernel > 1 ? dilation : 1)) as [
    number,
    number,
  ];
  const [tall, wide] = [axes[0].stride, axes[1].stride];
  const channels = depthwise
    ? tf.concat(
        tf.unstack(filter).map((one) => tf.depthwiseConv2d(padded, one as tf.Tensor4D, 1, 'valid', 'NHWC', dilations)),
        3,
      )
    : tf.conv2d(padded, filter as tf.Tensor4D, 1, 'valid', 'NHWC', dilations);
  const spread = spreadPhases(channels, tall, wide);
  const rowsCut = sliceAxis(spread, 1, down.offset, axes[0].out);
  return sliceAxis(rowsCut, 2, right.offset, axes[1].out);
}

/**
 * [batch, h, w, tall·wide·outputs] → [batch, h·tall, w·wide, outputs]. Phases of one row lie side by side already, so four
 * axes are enough; wasm's own DepthToSpace takes a quarter of a MobileNet's gradient.
 */
function spreadPhases(x: tf.Tensor4D, tall: number, wide: number): tf.Tensor {
  if (tall * wide === 1) return x;
  const [batch, rows, columns, channels] = x.shape;
  const outputs = channels / (tall * wide);
  const split = tf.reshape(x, [batch * rows, columns, tall, wide * outputs]);
  return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [batch, rows * tall, columns * wide, outputs]);
}

/** In three dimensions: each slice of the kernel gives slices of the output, which are added where they belong. */
function throughDepth(x: tf.Tensor, weights: Operand, axes: readonly Axis[], group: number): tf.Tensor {
  const [depth, down, right] = axes as [Axis, Axis, Axis];
  const [batch = 1, slices = 1, height = 1, width = 1, channels = 1] = x.shape;
  const flat = tf.reshape<tf.Rank.R4>(x, [batch * slices, height, width, channels]);
  const parts = range(depth.kernel).map((tap) => {
    const filters: Filters = {
      operand: weights,
      name: `/${tap}`,
      read: () => tf.squeeze(sliceAxis(first(weights), 2, tap, 1), [2]),
    };
    const y = plane(flat, filters, [down, right], group);
    const apart = tf.reshape(y, [batch, slices, sizeOf(y.shape) / (batch * slices)]);
    const spread = depth.stride === 1 ? apart : spreadAxis(apart, 1, depth.stride);
    const start = tap * depth.dilation - depth.before;
    const after = depth.out - start - (spread.shape[1] as number);
    return {
      tensor: padBy(spread, [
        [0, 0],
        [start, after],
        [0, 0],
      ]),
      outputs: y.shape[3] as number,
    };
  });
  const sum = parts.map(({ tensor }) => tensor).reduce((total, part) => tf.add(total, part));
  return tf.reshape(sum, [batch, depth.out, down.out, right.out, parts[0]?.outputs ?? 1]);
}

export const transposedConvolutions: readonly KernelEntry[] = [{ ops: ['ConvTranspose'], kernel: convTranspose }];
