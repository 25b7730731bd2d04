/** Small work on tensors: rows of a batch, tiles, copies. */
import { allocate, sizeOf } from '../graph/tensor';
import type { Tensor, TensorData } from '../graph/types';

/** Numbers of a float32 tensor. */
export function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error(`${name} is ${tensor === undefined ? 'missing' : tensor.dtype}, not float32`);
}

/** Elements [from, to) as the same kind of storage, shared where it is a typed array. */
export function part(data: TensorData, from: number, to: number): TensorData {
  return Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to);
}

/** Writes `source` into `target` at `offset`; both of the same kind. */
export function put(target: TensorData, source: TensorData, offset: number): void {
  if (Array.isArray(target)) (source as string[]).forEach((item, i) => (target[offset + i] = item));
  else (target as { set(source: unknown, offset: number): void }).set(source, offset);
}

/** A writable copy. */
export function copy(data: TensorData): TensorData {
  return data.slice();
}

/** Several tensors of batch 1 as one batch; one alone keeps its sizes, whatever its first axis is. */
export function stack(rows: readonly Tensor[]): Tensor {
  const first = rows[0];
  if (first === undefined) throw new Error('no rows to stack');
  if (rows.length === 1) return { ...first, data: copy(first.data) };
  if (first.dims[0] !== 1) throw new Error(`rows of ${first.dims.join(' × ')} are not samples of a batch`);
  const size = sizeOf(first.dims);
  const data = allocate(first.dtype, size * rows.length);
  rows.forEach((row, i) => put(data, row.data, i * size));
  return { dtype: first.dtype, dims: [rows.length, ...first.dims.slice(1)], data };
}

/** A tensor of batch 1 repeated `count` times. */
export function repeat(tensor: Tensor, count: number): Tensor {
  return count === 1 ? tensor : stack(Array<Tensor>(count).fill(tensor));
}

/** The rows of a batch as tensors of batch 1, sharing its storage. @throws Error where the first axis is not the batch. */
export function splitTensor(tensor: Tensor, rows: number): Tensor[] {
  const { dtype, dims, data } = tensor;
  if (rows === 1) return [tensor];
  if (dims[0] !== rows) throw new Error(`a batch of ${rows} came back as ${dims.join(' × ')}`);
  const size = sizeOf(dims) / Math.max(1, rows);
  return Array.from({ length: rows }, (_, i) => ({
    dtype,
    dims: [1, ...dims.slice(1)],
    data: part(data, i * size, (i + 1) * size),
  }));
}
