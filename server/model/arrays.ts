/** Rearranging weights while they are read. */
import { sizeOf } from '../graph/tensor';
import { f32 } from '../graph/tensor';
import type { Tensor } from '../graph/types';

/** A float32 tensor with its axes in another order: axis `i` of the result is axis `axes[i]` of the input. */
export function transposed(tensor: Tensor, axes: readonly number[]): Tensor {
  const dims = axes.map((axis) => tensor.dims[axis] as number);
  const strides = new Array<number>(tensor.dims.length).fill(1);
  for (let axis = strides.length - 2; axis >= 0; axis -= 1) {
    strides[axis] = (strides[axis + 1] as number) * (tensor.dims[axis + 1] as number);
  }
  const steps = axes.map((axis) => strides[axis] as number);
  const from = tensor.data as Float32Array;
  const to = new Float32Array(sizeOf(dims));
  const place = new Array<number>(dims.length).fill(0);
  let at = 0;
  for (let index = 0; index < to.length; index += 1) {
    to[index] = from[at] as number;
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      place[axis] = (place[axis] as number) + 1;
      at += steps[axis] as number;
      if ((place[axis] as number) < (dims[axis] as number)) break;
      at -= (steps[axis] as number) * (dims[axis] as number);
      place[axis] = 0;
    }
  }
  return f32(to, dims);
}

/** The same elements under other dims. */
export function reshaped(tensor: Tensor, dims: readonly number[]): Tensor {
  return { ...tensor, dims, data: tensor.data };
}

/** Equal parts of an axis, in a new order: blocks of Keras' gates to those of ONNX. */
export function blocks(tensor: Tensor, axis: number, order: readonly number[], count = order.length): Tensor {
  const size = (tensor.dims[axis] as number) / count;
  const inner = sizeOf(tensor.dims.slice(axis + 1)) * size;
  const outer = sizeOf(tensor.dims.slice(0, axis));
  const dims = tensor.dims.map((dim, index) => (index === axis ? size * order.length : dim));
  const from = tensor.data as Float32Array;
  const to = new Float32Array(sizeOf(dims));
  for (let row = 0; row < outer; row += 1) {
    order.forEach((block, place) => {
      const start = (row * count + block) * inner;
      to.set(from.subarray(start, start + inner), (row * order.length + place) * inner);
    });
  }
  return f32(to, dims);
}

/** Tensors of equal trailing sizes, one after the other along axis 0. */
export function stacked(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  const rows = tensors.reduce((sum, tensor) => sum + (tensor.dims[0] ?? 0), 0);
  const dims = [rows, ...(first?.dims.slice(1) ?? [])];
  const to = new Float32Array(sizeOf(dims));
  let at = 0;
  for (const tensor of tensors) {
    to.set(tensor.data as Float32Array, at);
    at += tensor.data.length;
  }
  return f32(to, dims);
}

/** Element by element. */
export function mapped(tensor: Tensor, change: (value: number, index: number) => number): Tensor {
  return f32(Float32Array.from(tensor.data as Float32Array, change), tensor.dims);
}
