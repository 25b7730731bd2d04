/** A two-dimensional map of samples: UMAP (McInnes, Healy, Melville 2018), seeded. */
import { UMAP } from 'umap-js';
import { uniform } from '../random';
import type { Neighbours } from './neighbours';

export interface Placed {
  /** 0…1 each. */
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** Fewer than this many samples have no neighbourhoods to keep. */
export const FEWEST_ON_MAP = 8;

/** @param progress Called after every epoch with the share done. */
export function placeOnMap(found: Neighbours, seed: number, progress?: (share: number) => void): Placed {
  const { count, k, indices, distances } = found;
  // The library counts each row as its own first neighbour.
  const near = Array.from({ length: count }, (_, row) => [row, ...indices.subarray(row * k, (row + 1) * k)]);
  const far = Array.from({ length: count }, (_, row) => [0, ...distances.subarray(row * k, (row + 1) * k)]);
  const umap = new UMAP({ nNeighbors: k + 1, nComponents: 2, minDist: 0.1, random: uniform(seed) });
  umap.setPrecomputedKNN(near, far);
  const epochs = umap.initializeFit(near.map((_, row) => [row]));
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    umap.step();
    progress?.((epoch + 1) / epochs);
  }
  const points = umap.getEmbedding();
  return { x: unit(points.map(([x = 0]) => x)), y: unit(points.map(([, y = 0]) => y)) };
}

function unit(values: readonly number[]): Float32Array {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const range = values.reduce((a, b) => Math.max(a, b), -Infinity) - low;
  return Float32Array.from(values, (value) => (range > 0 ? (value - low) / range : 0.5));
}
