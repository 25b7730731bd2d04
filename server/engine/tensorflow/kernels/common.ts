/** What kernels share: required inputs, layouts that agree, axes, sizes. */
import * as tf from '@tensorflow/tfjs-core';
import { textOf } from '../../../graph/attributes';
import { broadcast, normalizeAxis } from '../../../graph/shapes';
import { sizeOf } from '../../../graph/tensor';
import type { Node } from '../../../graph/types';
import { derived, first, last, layoutOf, numbersOf, toLast } from '../operands';
import type { Layout, Operand } from '../operands';
import type { Call } from '../types';

/** An input that the operator does not make optional. */
export function need(call: Call, index: number): Operand {
  const operand = call.inputs[index];
  if (operand === undefined) throw new Error(`input ${index} is missing`);
  return operand;
}

/** Elements of an optional input of integers. */
export function listOf(call: Call, index: number): number[] | undefined {
  const operand = call.inputs[index];
  return operand === undefined ? undefined : numbersOf(operand);
}

/** The only element of an optional input. */
export function scalarOf(call: Call, index: number): number | undefined {
  return listOf(call, index)?.[0];
}

export interface Aligned {
  readonly layout: Layout;
  readonly tensors: readonly tf.Tensor[];
}

/**
 * Tensors ready to broadcast against each other: with channels last when an operand of full rank is there only so, and
 * in ONNX' order otherwise. Vectors and matrices gain the axes that they lack before they are turned.
 */
export function align(operands: readonly Operand[]): Aligned {
  const rank = Math.max(...operands.map(({ dims }) => dims.length));
  const turned = rank > 2 && operands.some((operand) => operand.dims.length === rank && layoutOf(operand) === 'last');
  if (!turned) return { layout: 'first', tensors: operands.map(first) };
  return { layout: 'last', tensors: operands.map((operand) => turnedTo(operand, rank)) };
}

function turnedTo(operand: Operand, rank: number): tf.Tensor {
  const { dims } = operand;
  if (dims.length === rank) return last(operand);
  if (sizeOf(dims) === 1) return first(operand);
  const lead = Array.from({ length: rank - dims.length }, () => 1);
  return derived(operand, `last${rank}`, () => toLast(tf.reshape(first(operand), [...lead, ...dims])));
}

export function axisOf(node: Node, fallback: number, rank: number): number {
  const attribute = node.attributes['axis'];
  return normalizeAxis(attribute?.type === 'int' ? attribute.value : fallback, rank);
}

/** Axes after moving one to the end. */
export function withLast(rank: number, axis: number): number[] {
  return [...Array.from({ length: rank }, (_, at) => at).filter((at) => at !== axis), axis];
}

export function inverse(perm: readonly number[]): number[] {
  const result = new Array<number>(perm.length);
  perm.forEach((from, to) => (result[from] = to));
  return result;
}

export function range(length: number, from = 0): number[] {
  return Array.from({ length }, (_, index) => index + from);
}

/** Runs `f` with an axis moved to the end, and moves it back. */
export function alongLast(tensor: tf.Tensor, axis: number, f: (tensor: tf.Tensor) => tf.Tensor): tf.Tensor {
  if (axis === tensor.rank - 1) return f(tensor);
  const perm = withLast(tensor.rank, axis);
  return tf.transpose(f(tf.transpose(tensor, perm)), inverse(perm));
}

/** A slice of whole axes but one. */
export function sliceAxis(tensor: tf.Tensor, axis: number, start: number, size: number): tf.Tensor {
  if (start === 0 && size === tensor.shape[axis]) return tensor;
  const begin = tensor.shape.map((_, at) => (at === axis ? start : 0));
  return tf.slice(
    tensor,
    begin,
    tensor.shape.map((own, at) => (at === axis ? size : own)),
  );
}

/** Elements at the given places of one axis. */
export function pick(tensor: tf.Tensor, axis: number, places: readonly number[]): tf.Tensor {
  const start = places[0] ?? 0;
  if (places.every((place, at) => place === start + at)) return sliceAxis(tensor, axis, start, places.length);
  if (tensor.dtype === 'bool')
    return tf.cast(tf.gather(tf.cast(tensor, 'int32'), tf.tensor1d([...places], 'int32'), axis), 'bool');
  return tf.gather(tensor, tf.tensor1d([...places], 'int32'), axis);
}

/** Zeros (or another number) before and after each axis; negative ones cut. */
export function padBy(tensor: tf.Tensor, pads: readonly (readonly [number, number])[], value = 0): tf.Tensor {
  let result = tensor;
  pads.forEach(([before, after], axis) => {
    if (before >= 0 && after >= 0) return;
    const start = Math.max(0, -before);
    const size = (result.shape[axis] as number) - start - Math.max(0, -after);
    result = sliceAxis(result, axis, start, size);
  });
  if (pads.every(([before, after]) => before <= 0 && after <= 0)) return result;
  const added = pads.map(([before, after]) => [Math.max(0, before), Math.max(0, after)] as [number, number]);
  return viaNumbers(result, (own) => {
    if (own.rank <= 4) return tf.pad(own, added, value);
    return added.reduce(
      (tensor, [before, after], axis) =>
        before + after === 0
          ? tensor
          : aroundAxis(tensor, axis, (flat) =>
              tf.pad(
                flat,
                [
                  [0, 0],
                  [before, after],
                  [0, 0],
                ],
                value,
              ),
            ),
      own,
    );
  });
}

/** Runs `f` on [before, size, after] around one axis: some kernels of WebGPU have four axes at most. */
function aroundAxis(tensor: tf.Tensor, axis: number, f: (flat: tf.Tensor3D) => tf.Tensor): tf.Tensor {
  const { shape } = tensor;
  const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
  const result = f(tf.reshape(tensor, [sizeOf(before), shape[axis] as number, sizeOf(after)]));
  return tf.reshape(result, [...before, result.shape[1] as number, ...after]);
}

export function reversed(tensor: tf.Tensor, axis: number): tf.Tensor {
  return aroundAxis(tensor, axis, (flat) => tf.reverse(flat, 1));
}

/** Every n-th place of one axis. */
export function everyNthOf(tensor: tf.Tensor, axis: number, step: number): tf.Tensor {
  if (step === 1) return tensor;
  return aroundAxis(tensor, axis, (flat) => tf.stridedSlice(flat, [0, 0, 0], flat.shape, [1, step, 1]));
}

/** Moves elements of any kind through `f`; booleans as integers, which every backend moves. */
export function viaNumbers(tensor: tf.Tensor, f: (tensor: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tensor.dtype === 'bool' ? tf.cast(f(tf.cast(tensor, 'int32')), 'bool') : f(tensor);
}

/** What a scatter does where it writes: `none` replaces. */
export function reductionOf(node: Node): string {
  return textOf(node, 'reduction', 'none');
}

/**
 * Product of two matrices, or of two stacks of as many. Over an inner size of 1 it is an outer product, where wasm's
 * kernel reads beyond its operands.
 */
export function matMul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return a.shape.at(-1) === 1 ? tf.mul(a, b) : tf.matMul(a, b);
}

/**
 * Every n-th row and column of [batch, height, width, channels], by a convolution that copies: strided slices are loops per element in wasm, 20 times slower.
 */
export function everyNth(x: tf.Tensor, strides: readonly [number, number]): tf.Tensor {
  const [down, right] = strides;
  if (down === 1 && right === 1) return x;
  if (down !== right) return tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, down, right, 1]);
  const copy = tf.ones<tf.Rank.R4>([1, 1, x.shape[3] as number, 1]);
  return tf.depthwiseConv2d(x as tf.Tensor4D, copy, down, 'valid');
}

/** `tf.tile`, one axis after the other where there are more than the four that WebGPU's has. */
export function tiled(tensor: tf.Tensor, times: readonly number[]): tf.Tensor {
  if (tensor.rank <= 4) return tf.tile(tensor, [...times]);
  return times.reduce(
    (result, count, axis) => (count === 1 ? result : aroundAxis(result, axis, (flat) => tf.tile(flat, [1, count, 1]))),
    tensor,
  );
}

/** Repeats a tensor along leading axes and axes of size 1. WebGPU's tiles have four axes at most: longer ones are joined. */
export function repeatTo(tensor: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const lead = shape.length - tensor.rank;
  const aligned = [...range(lead).map(() => 1), ...tensor.shape];
  const differ = shape.map((size, axis) => size !== aligned[axis]);
  if (!differ.includes(true)) return lead === 0 ? tensor : tf.reshape(tensor, [...shape]);
  if (shape.length <= 4) return tf.broadcastTo(tensor, [...shape]);
  return tiled(
    tf.reshape(tensor, aligned),
    shape.map((size, axis) => (differ[axis] === true ? size : 1)),
  );
}

/** `tf.where` of tensors of one shape; WebGPU's takes four axes at most. */
export function select(condition: tf.Tensor, yes: tf.Tensor, no: tf.Tensor): tf.Tensor {
  const rank = Math.max(condition.rank, yes.rank, no.rank);
  if (rank <= 4) return tf.where(condition, yes, no);
  const shape = broadcast([condition.shape, yes.shape, no.shape], () => 1) as number[];
  const [on, a, b] = [condition, yes, no].map((tensor) =>
    viaNumbers(tensor, (own) => tf.reshape(repeatTo(own, shape), [-1])),
  );
  return tf.reshape(tf.where(on as tf.Tensor, a as tf.Tensor, b as tf.Tensor), shape);
}

/** An operator of two tensors; WebGPU's broadcast over four axes at most, beyond which both are repeated first. */
export function pairwise(f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (Math.max(a.rank, b.rank) <= 4 || String(a.shape) === String(b.shape) || tf.getBackend() !== 'webgpu')
    return f(a, b);
  const shape = broadcast([a.shape, b.shape], () => 1) as number[];
  const [left, right] = [a, b].map((tensor) => viaNumbers(tensor, (own) => repeatTo(own, shape)));
  return f(left as tf.Tensor, right as tf.Tensor);
}
