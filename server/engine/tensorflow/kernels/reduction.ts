/** Reductions over axes, in whatever layout the input is in. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { sizeOf } from '../../../graph/tensor';
import { axisIn, deviceType, first, inLayout, layoutOf, onDevice, toFloat } from '../operands';
import type { Layout, Operand } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { axisOf, listOf, need, range, reversed, select } from './common';

type Reduce = (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor;

function axesOf(call: Call, rank: number): number[] {
  const given = listOf(call, 1) ?? [];
  if (given.length > 0) return given.map((axis) => normalizeAxis(axis, rank));
  return numberOf(call.node, 'noop_with_empty_axes', 0) === 1 ? [] : range(rank);
}

const reduction =
  (f: Reduce): Kernel =>
  (call) => {
    const x = need(call, 0);
    const rank = x.dims.length;
    const axes = axesOf(call, rank);
    const keep = numberOf(call.node, 'keepdims', 1) === 1;
    const layout = layoutFor(x, axes, keep);
    const tensor = inLayout(x, layout);
    const input = tensor.dtype === 'float32' ? tensor : toFloat(tensor);
    const inside = axes.map((axis) => axisIn(layout, axis, rank)).sort((a, b) => a - b);
    const result = tf.cast(f(input, inside, keep), deviceType(x.dtype));
    return onDevice(x.dtype, result, keep ? layout : 'first');
  };

/** Channels last, if the result is the same in both orders: where axes go, at most one of a sample may remain. */
function layoutFor(x: Operand, axes: readonly number[], keep: boolean): Layout {
  if (layoutOf(x) === 'first') return 'first';
  if (keep) return 'last';
  const left = range(x.dims.length - 1, 1).filter((axis) => !axes.includes(axis));
  return left.includes(1) && left.length > 1 ? 'first' : 'last';
}

/** ln Σ eˣ with the maximum taken out. */
function logSumExp(x: tf.Tensor, axes: number[], keep: boolean): tf.Tensor {
  const top = tf.max(x, axes, true);
  const finite = select(tf.isFinite(top), top, tf.zerosLike(top));
  const sum = tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, finite)), axes, true)), finite);
  return keep ? sum : tf.squeeze(sum, axes);
}

/** WebGPU's product loses axes that are kept, and takes the last one only. */
function product(x: tf.Tensor, axes: number[], keep: boolean): tf.Tensor {
  const others = range(x.rank).filter((axis) => !axes.includes(axis));
  const flat = tf.reshape(tf.transpose(x, [...others, ...axes]), [
    -1,
    sizeOf(axes.map((axis) => x.shape[axis] as number)),
  ]);
  const shape = keep
    ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : others.map((axis) => x.shape[axis] as number);
  return tf.reshape(tf.prod(flat, 1), shape);
}

const table: Readonly<Record<string, Reduce>> = {
  ReduceSum: tf.sum,
  ReduceMean: tf.mean,
  ReduceMax: tf.max,
  ReduceMin: tf.min,
  ReduceProd: product,
  ReduceL1: (x, axes, keep) => tf.sum(tf.abs(x), axes, keep),
  ReduceL2: (x, axes, keep) => tf.sqrt(tf.sum(tf.mul(x, x), axes, keep)),
  ReduceLogSum: (x, axes, keep) => tf.log(tf.sum(x, axes, keep)),
  ReduceSumSquare: (x, axes, keep) => tf.sum(tf.mul(x, x), axes, keep),
  ReduceLogSumExp: logSumExp,
};

/** No axes: nothing is summed, but squares and absolute values are still taken. */
const orElementwise =
  (f: Reduce): Reduce =>
  (x, axes, keep) => {
    if (axes.length > 0) return f(x, axes, keep);
    return tf.squeeze(f(tf.expandDims(x, x.rank), [x.rank], true), [x.rank]);
  };

/** Index of the first (or last) extremum. */
const argument =
  (f: (x: tf.Tensor, axis: number) => tf.Tensor): Kernel =>
  (call) => {
    const x = need(call, 0);
    const axis = axisOf(call.node, 0, x.dims.length);
    const tensor = toFloat(first(x));
    const lastOne = numberOf(call.node, 'select_last_index', 0) === 1;
    const found = lastOne ? tf.sub((x.dims[axis] as number) - 1, f(reversed(tensor, axis), axis)) : f(tensor, axis);
    const keep = numberOf(call.node, 'keepdims', 1) === 1;
    return onDevice('int64', tf.cast(keep ? tf.expandDims(found, axis) : found, 'int32'));
  };

export const reductions: readonly KernelEntry[] = [
  ...Object.entries(table).map(([op, f]): KernelEntry => ({
    ops: [op],
    kernel: reduction(orElementwise(f)),
    reads: [1],
  })),
  { ops: ['ArgMax'], kernel: argument(tf.argMax) },
  { ops: ['ArgMin'], kernel: argument(tf.argMin) },
];
