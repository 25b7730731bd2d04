/** Spectral clustering of samples (Ng, Jordan, Weiss 2001), as spectral relevance analysis uses it. */
import { kmeans } from 'ml-kmeans';
import { smallestEigenpairs } from './laplacian';
import type { Neighbours } from './neighbours';

export interface Grouping {
  /** Group of each row, 0…groups − 1, the largest group first. */
  readonly group: Int32Array;
  readonly groups: number;
  readonly eigenvalues: readonly number[];
  /** Rows × groups: where each row lies among the groups; for what is typical of one. */
  readonly embedding: readonly (readonly number[])[];
}

const MOST_GROUPS = 10;
const RESTARTS = 10;
/**
 * λ_k from here on: k parts cannot all be cut off cheaply. For two it is Cheeger's inequality (conductance ≥ λ₂/2): every
 * cut takes at least 15 % of the edges of the smaller side.
 */
const INSEPARABLE = 0.3;

/** @param wanted Number of groups; null: chosen by the largest gap between eigenvalues. */
export function spectralGroups(neighbours: Neighbours, wanted: number | null, seed = 0): Grouping {
  const { count } = neighbours;
  const { values, vectors } = smallestEigenpairs(neighbours, Math.max(MOST_GROUPS + 2, (wanted ?? 0) + 1), seed);
  const groups = Math.max(1, Math.min(wanted ?? largestGap(values), count));
  const embedding = Array.from({ length: count }, (_, row) => {
    const point = Array.from(vectors.subarray(row * values.length, row * values.length + groups));
    const length = Math.hypot(...point);
    return length === 0 ? point : point.map((value) => value / length);
  });
  const raw = groups === 1 ? embedding.map(() => 0) : bestOf(embedding, groups, seed);
  const sizes = Array.from({ length: groups }, (_, group) => raw.filter((own) => own === group).length);
  const order = sizes.map((_, group) => group).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b);
  const place = new Map(order.map((group, at) => [group, at]));
  return { group: Int32Array.from(raw, (own) => place.get(own) ?? 0), groups, eigenvalues: values, embedding };
}

/** The number k with the largest λ_{k+1} − λ_k among those whose λ_k is small; 1 where the graph hangs together. */
export function largestGap(values: readonly number[]): number {
  let [best, gap] = [1, -Infinity];
  for (let k = 2; k < Math.min(values.length, MOST_GROUPS + 1); k += 1) {
    if ((values[k - 1] as number) >= INSEPARABLE) break;
    const own = (values[k] as number) - (values[k - 1] as number);
    if (own > gap) [best, gap] = [k, own];
  }
  return best;
}

/** The best of several starts by the sum of squared distances: k-means finds local optima only. */
function bestOf(points: readonly (readonly number[])[], groups: number, seed: number): number[] {
  const data = points.map((point) => [...point]);
  let [best, least] = [[] as number[], Infinity];
  for (let start = 0; start < RESTARTS; start += 1) {
    const { clusters, centroids } = kmeans(data, groups, { seed: seed * RESTARTS + start, maxIterations: 300 });
    const inertia = data.reduce((sum, point, i) => {
      const centre = centroids[clusters[i] as number] ?? [];
      return sum + point.reduce((all, value, j) => all + (value - (centre[j] ?? 0)) ** 2, 0);
    }, 0);
    if (inertia < least) [best, least] = [clusters, inertia];
  }
  return best;
}
