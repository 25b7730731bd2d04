/** Tensors of the interpreter: every number a float64, whatever its dtype says. Small and slow on purpose. */
import { numbers } from '../../../server/graph/tensor';
import type { DType, Node, Tensor } from '../../../server/graph/types';

export interface Array64 {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export type Operation = (node: Node, inputs: readonly (Array64 | undefined)[]) => Array64[];

export function count(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

export function array(dims: readonly number[], data: ArrayLike<number>, dtype: DType = 'float32'): Array64 {
  if (data.length !== count(dims)) throw new Error(`${data.length} elements for [${dims.join()}]`);
  return { dtype, dims, data: Float64Array.from(data) };
}

export function fromTensor(tensor: Tensor): Array64 {
  return { dtype: tensor.dtype, dims: tensor.dims, data: Float64Array.from(numbers(tensor)) };
}

/** Fills a tensor from a function of the index. */
export function fill(
  dims: readonly number[],
  value: (index: readonly number[]) => number,
  dtype: DType = 'float32',
): Array64 {
  const data = new Float64Array(count(dims));
  let at = 0;
  for (const index of indices(dims)) data[at++] = value(index);
  return { dtype, dims, data };
}

/** All indices in row-major order. */
export function* indices(dims: readonly number[]): Generator<readonly number[]> {
  const total = count(dims);
  const index = new Array<number>(dims.length).fill(0);
  for (let at = 0; at < total; at += 1) {
    yield index;
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      index[axis]! += 1;
      if (index[axis]! < dims[axis]!) break;
      index[axis] = 0;
    }
  }
}

export function offset(dims: readonly number[], index: readonly number[]): number {
  let at = 0;
  for (let axis = 0; axis < dims.length; axis += 1) at = at * dims[axis]! + index[axis]!;
  return at;
}

export function get(tensor: Array64, index: readonly number[]): number {
  return tensor.data[offset(tensor.dims, index)]!;
}

/** Element at an index, 0 outside. */
export function getOr0(tensor: Array64, index: readonly number[]): number {
  return index.every((at, axis) => at >= 0 && at < tensor.dims[axis]!) ? get(tensor, index) : 0;
}

/** Element at an index of a shape the tensor broadcasts to. */
export function getBroadcast(tensor: Array64, index: readonly number[]): number {
  const lead = index.length - tensor.dims.length;
  return get(
    tensor,
    tensor.dims.map((dim, axis) => (dim === 1 ? 0 : index[axis + lead]!)),
  );
}

export function broadcastDims(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const wide = sizes.find((size) => size !== 1) ?? 1;
    if (sizes.some((size) => size !== 1 && size !== wide))
      throw new Error(`cannot broadcast ${JSON.stringify(shapes)}`);
    return wide;
  });
}

export function need(inputs: readonly (Array64 | undefined)[], index: number): Array64 {
  const input = inputs[index];
  if (input === undefined) throw new Error(`input ${index} is missing`);
  return input;
}

/** Elements of an optional integer input. */
export function list(inputs: readonly (Array64 | undefined)[], index: number): number[] | undefined {
  return inputs[index] === undefined ? undefined : Array.from(inputs[index].data);
}

export function reshaped(tensor: Array64, dims: readonly number[]): Array64 {
  if (count(dims) !== tensor.data.length) throw new Error(`reshape [${tensor.dims.join()}] to [${dims.join()}]`);
  return { ...tensor, dims };
}

export function permuted(tensor: Array64, perm: readonly number[]): Array64 {
  const dims = perm.map((axis) => tensor.dims[axis]!);
  const source = new Array<number>(perm.length);
  return fill(
    dims,
    (index) => {
      perm.forEach((axis, at) => (source[axis] = index[at]!));
      return get(tensor, source);
    },
    tensor.dtype,
  );
}

export const normal = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
