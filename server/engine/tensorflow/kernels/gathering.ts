/** Picking elements by index, and writing them. Everything is a gather or scatter on the flattened tensor. */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../../errors';
import { numberOf } from '../../../graph/attributes';
import { stridesOf } from '../../../graph/operators/movement';
import { sizeOf } from '../../../graph/tensor';
import type { DType, Node } from '../../../graph/types';
import { deviceType, first, onDevice, toFloat } from '../operands';
import type { Operand } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { axisOf, inverse, need, range, reductionOf, repeatTo, scalarOf, select, viaNumbers, withLast } from './common';
import { scatterElementsHere, scatterNDHere } from './selecting';

/** Indices that count from the end, as ones that count from the start. */
export function nonNegative(indices: tf.Tensor, size: number): tf.Tensor {
  const ids = tf.cast(indices, 'int32');
  return select(tf.less(ids, tf.scalar(0, 'int32')), tf.add(ids, tf.scalar(size, 'int32')), ids);
}

/** No backend says anything about an index beyond the end, some read there: ids of a sample are looked at before. */
function checked(call: Call, operand: Operand, size: number): Operand {
  if (operand.host === undefined) return operand;
  for (const id of operand.host as Iterable<number | bigint>)
    if (id >= size || id < -size)
      throw new UserError('index-out-of-range', `The sample has id ${id}, but the model knows only 0 … ${size - 1}`, {
        where: `node ${call.node.name} (${call.node.op})`,
        next: 'check that tokenizer (or category list) and model belong together',
      });
  return operand;
}

const hasNegative = (operand: Operand): boolean =>
  operand.host === undefined || Array.prototype.some.call(operand.host, (id: number | bigint) => id < 0);

const gather: Kernel = (call) => {
  const x = need(call, 0);
  const axis = axisOf(call.node, 0, x.dims.length);
  const size = x.dims[axis] as number;
  const indices = checked(call, need(call, 1), size);
  const ids = hasNegative(indices) ? nonNegative(first(indices), size) : tf.cast(first(indices), 'int32');
  const flat = tf.reshape(ids, [sizeOf(indices.dims)]);
  const result = viaNumbers(first(x), (tensor) => tf.gather(tensor, flat, axis));
  return onDevice(x.dtype, tf.reshape(result, [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)]));
};

/** Place in the flattened tensor of each element of `indices`, which pick along one axis. */
function places(indices: Operand, dims: readonly number[], axis: number): tf.Tensor {
  const strides = stridesOf(dims);
  const rank = dims.length;
  const ids = tf.mul(nonNegative(first(indices), dims[axis] as number), tf.scalar(strides[axis] as number, 'int32'));
  const others = range(rank).filter((at) => at !== axis && (indices.dims[at] as number) > 1);
  const sum = others.reduce<tf.Tensor>((total, at) => {
    const size = indices.dims[at] as number;
    const offsets = range(size).map((place) => place * (strides[at] as number));
    return tf.add(
      total,
      tf.tensor(
        offsets,
        range(rank).map((own) => (own === at ? size : 1)),
        'int32',
      ),
    );
  }, ids);
  return tf.reshape(sum, [sizeOf(indices.dims)]);
}

const flatten = (tensor: tf.Tensor): tf.Tensor1D => tf.reshape(tensor, [tensor.size]);

const gatherElements: Kernel = (call) => {
  const x = need(call, 0);
  const axis = axisOf(call.node, 0, x.dims.length);
  const indices = checked(call, need(call, 1), x.dims[axis] as number);
  const at = places(indices, x.dims, axis);
  const result = viaNumbers(first(x), (tensor) => tf.gather(flatten(tensor), at));
  return onDevice(x.dtype, tf.reshape(result, [...indices.dims]));
};

/** For index vectors [..., depth] after `batch` axes: the place of the slice each names, in slices. */
function vectorPlaces(indices: Operand, dims: readonly number[], batch: number): tf.Tensor {
  const depth = indices.dims.at(-1) as number;
  const indexed = dims.slice(0, batch + depth);
  const strides = stridesOf(indexed);
  const count = sizeOf(indices.dims.slice(0, -1));
  const ids = tf.reshape(tf.cast(first(indices), 'int32'), [count, depth]);
  const sizes = tf.tensor1d(indexed.slice(batch), 'int32');
  const positive = select(tf.less(ids, tf.scalar(0, 'int32')), tf.add(ids, sizes), ids);
  const weights = tf.tensor1d(strides.slice(batch), 'int32');
  const inner = tf.sum(tf.mul(positive, weights), 1);
  const perBatch = count / sizeOf(dims.slice(0, batch));
  const width = sizeOf(dims.slice(batch, batch + depth));
  const starts = range(count).map((at) => Math.floor(at / perBatch) * width);
  return batch === 0 ? tf.cast(inner, 'int32') : tf.add(tf.cast(inner, 'int32'), tf.tensor1d(starts, 'int32'));
}

const gatherND: Kernel = (call) => {
  const [x, indices] = [need(call, 0), need(call, 1)];
  const batch = numberOf(call.node, 'batch_dims', 0);
  const depth = indices.dims.at(-1) as number;
  const at = vectorPlaces(indices, x.dims, batch);
  const rest = x.dims.slice(batch + depth);
  const slices = [sizeOf(x.dims.slice(0, batch + depth)), sizeOf(rest)];
  const result = viaNumbers(first(x), (tensor) => tf.gather(tf.reshape(tensor, slices), at));
  return onDevice(x.dtype, tf.reshape(result, [...indices.dims.slice(0, -1), ...rest]));
};

/** Writes rows of `updates` at rows `at` of `data` (both of the given width), or adds them. */
function scatter(data: tf.Tensor, at: tf.Tensor, updates: tf.Tensor, adds: boolean): tf.Tensor {
  const [rows, width] = data.shape as [number, number];
  const indices = tf.reshape(at, [at.size, 1]);
  const added = tf.scatterND(indices, updates, [rows, width]);
  if (adds) return tf.add(data, added);
  // What is written replaces what was there: TensorFlow.js' update of a tensor is missing on some backends.
  const ones = tf.scatterND(indices, tf.ones([at.size, 1]), [rows, 1]);
  return select(repeatTo(tf.greater(ones, 0), [rows, width]), added, data);
}

function scattered(dtype: DType, data: tf.Tensor, at: tf.Tensor, updates: tf.Tensor, adds: boolean): tf.Tensor {
  const inFloats = (tensor: tf.Tensor): tf.Tensor => toFloat(tensor);
  return tf.cast(scatter(inFloats(data), at, inFloats(updates), adds), deviceType(dtype));
}

const scatterElements: Kernel = (call) => {
  if (isCombined(call.node)) return scatterElementsHere(call);
  const [x, indices, updates] = [need(call, 0), need(call, 1), need(call, 2)];
  const axis = axisOf(call.node, 0, x.dims.length);
  const at = places(checked(call, indices, x.dims[axis] as number), x.dims, axis);
  const column = (tensor: tf.Tensor): tf.Tensor => tf.reshape(tensor, [tensor.size, 1]);
  const adds = reductionOf(call.node) === 'add';
  const result = scattered(x.dtype, column(first(x)), at, column(first(updates)), adds);
  return onDevice(x.dtype, tf.reshape(result, [...x.dims]));
};

const scatterND: Kernel = (call) => {
  if (isCombined(call.node)) return scatterNDHere(call);
  const [x, indices, updates] = [need(call, 0), need(call, 1), need(call, 2)];
  const depth = indices.dims.at(-1) as number;
  const at = vectorPlaces(indices, x.dims, 0);
  const [rows, width] = [sizeOf(x.dims.slice(0, depth)), sizeOf(x.dims.slice(depth))];
  const data = tf.reshape(first(x), [rows, width]);
  const result = scattered(
    x.dtype,
    data,
    at,
    tf.reshape(first(updates), [at.size, width]),
    reductionOf(call.node) === 'add',
  );
  return onDevice(x.dtype, tf.reshape(result, [...x.dims]));
};

const oneHot: Kernel = (call) => {
  const [indices, values] = [need(call, 0), need(call, 2)];
  const depth = scalarOf(call, 1) as number;
  const rank = indices.dims.length + 1;
  const axis = axisOf(call.node, -1, rank);
  const ids = tf.expandDims(nonNegative(first(indices), depth), rank - 1);
  const hot = tf.equal(ids, tf.range(0, depth, 1, 'int32'));
  const [off, on] = tf.unstack(toFloat(first(values)));
  const filled = select(hot, repeatTo(on as tf.Tensor, hot.shape), repeatTo(off as tf.Tensor, hot.shape));
  const turned = axis === rank - 1 ? filled : tf.transpose(filled, inverse(withLast(rank, axis)));
  return onDevice(values.dtype, tf.cast(turned, deviceType(values.dtype)));
};

const topK: Kernel = (call) => {
  const x = need(call, 0);
  const rank = x.dims.length;
  const axis = axisOf(call.node, -1, rank);
  const count = scalarOf(call, 1) as number;
  const largest = numberOf(call.node, 'largest', 1) === 1;
  const perm = withLast(rank, axis);
  const tensor = tf.transpose(toFloat(first(x)), perm);
  const { values, indices } = tf.topk(largest ? tensor : tf.neg(tensor), count, true);
  const back = inverse(perm);
  const own = tf.transpose(largest ? values : tf.neg(values), back);
  return [
    onDevice(x.dtype, tf.cast(own, deviceType(x.dtype))),
    onDevice('int64', tf.transpose(tf.cast(indices, 'int32'), back)),
  ];
};

/** Products and extrema of what meets at one place are computed in this process. */
const isCombined = (node: Node): boolean => !['none', 'add'].includes(reductionOf(node));
const combinedInputs = (node: Node): number[] => (isCombined(node) ? [0, 1, 2] : []);

export const gatherings: readonly KernelEntry[] = [
  { ops: ['Gather'], kernel: gather },
  { ops: ['GatherElements'], kernel: gatherElements },
  { ops: ['GatherND'], kernel: gatherND },
  { ops: ['ScatterElements', 'Scatter'], kernel: scatterElements, reads: combinedInputs },
  { ops: ['ScatterND'], kernel: scatterND, reads: combinedInputs },
  { ops: ['OneHot'], kernel: oneHot, reads: [1] },
  { ops: ['TopK'], kernel: topK, reads: [1] },
];
