/** Rules that many operators share: axes, broadcasting, reshaping. */
import { divideExactly, productOf } from './dims';
import type { Dim } from './types';
import { BATCH } from './types';

export type Shape = readonly Dim[];

/** Axis in 0…rank−1; negative counts from the end. */
export function normalizeAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/**
 * One axis of multidirectional broadcasting. Two different names: one of them is 1 or they are equal, which
 * cannot be known; the batch wins (a model whose batch is free broadcasts nothing else over it).
 */
export function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return a === BATCH || b === BATCH ? BATCH : undefined;
}

/** Multidirectional (NumPy) broadcasting; `fresh` names the sizes that cannot be known. */
export function broadcast(shapes: readonly Shape[], fresh: (axis: number) => Dim): Dim[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let dim: Dim | undefined = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length];
      if (own !== undefined && dim !== undefined) dim = broadcastDim(dim, own);
    }
    return dim ?? fresh(axis);
  });
}

/** Reshape's target with 0 (copy) and −1 (the rest) resolved. */
export function reshape(
  input: Shape | undefined,
  target: Shape,
  allowZero: boolean,
  fresh: (axis: number) => Dim,
): Dim[] {
  const dims = target.map((dim, axis) => (dim === 0 && !allowZero ? (input?.[axis] ?? fresh(axis)) : dim));
  const rest = dims.indexOf(-1);
  if (rest < 0) return dims;
  const total = input === undefined ? undefined : productOf(input);
  const others = productOf(dims.filter((_, axis) => axis !== rest));
  dims[rest] = (total === undefined ? undefined : divideExactly(total, others)) ?? fresh(rest);
  return dims;
}

export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === 'number');
}
