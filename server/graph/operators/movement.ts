/** Folding of operators that only move elements: each says which input element an output element is. */
import { normalizeAxis } from '../shapes';
import type { Dim } from '../types';
import type { Known } from './types';

export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis -= 1) {
    strides[axis] = (strides[axis + 1] ?? 1) * (dims[axis + 1] ?? 1);
  }
  return strides;
}

/** Output of shape `dims` whose element at `position` is the input's element at `source(position)`. */
export function move(input: Known, dims: readonly number[], source: (position: readonly number[]) => number): Known {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const data = new Array<Dim>(count);
  const position = new Array<number>(dims.length).fill(0);
  for (let index = 0; index < count; index += 1) {
    data[index] = input.data[source(position)] as Dim;
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      position[axis] = (position[axis] ?? 0) + 1;
      if ((position[axis] ?? 0) < (dims[axis] ?? 0)) break;
      position[axis] = 0;
    }
  }
  return { dtype: input.dtype, dims, data };
}

/** Sum of position × stride. */
export function at(position: readonly number[], strides: readonly number[]): number {
  return position.reduce((sum, place, axis) => sum + place * (strides[axis] ?? 0), 0);
}

/** Joins along an axis. */
export function concatenate(parts: readonly Known[], axis: number): Known | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const along = normalizeAxis(axis, first.dims.length);
  const outer = first.dims.slice(0, along).reduce((product, dim) => product * dim, 1);
  const data: Dim[] = [];
  for (let row = 0; row < outer; row += 1) {
    for (const part of parts) {
      const width = part.data.length / outer;
      for (let index = 0; index < width; index += 1) data.push(part.data[row * width + index] as Dim);
    }
  }
  const total = parts.reduce((sum, part) => sum + (part.dims[along] ?? 0), 0);
  return { dtype: first.dtype, dims: first.dims.map((dim, index) => (index === along ? total : dim)), data };
}
