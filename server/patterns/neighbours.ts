/** The k nearest rows of every row, exactly, by Euclidean distance. */
import { begin, end } from './rows';
import type { Rows } from './types';

export interface Neighbours {
  readonly count: number;
  /** Neighbours per row: fewer than asked for where there are fewer rows. */
  readonly k: number;
  /** count × k, nearest first, without the row itself; ties in the order of the rows. */
  readonly indices: Int32Array;
  readonly distances: Float64Array;
}

export function neighbours(rows: Rows, wanted: number): Neighbours {
  const { count } = rows;
  const k = Math.max(0, Math.min(wanted, count - 1));
  const indices = new Int32Array(count * k);
  const distances = new Float64Array(count * k);
  const squares = Float64Array.from({ length: count }, (_, row) => dotWith(rows, row, (i) => rows.values[i] as number));
  const scattered = new Float64Array(rows.width);
  const best = new Float64Array(k);
  for (let row = 0; row < count; row += 1) {
    scatter(rows, row, scattered);
    let held = 0;
    for (let other = 0; other < count; other += 1) {
      if (other === row) continue;
      const dot = dotWith(rows, other, (i) => scattered[rows.columns[i] as number] as number);
      const squared = Math.max(0, (squares[row] as number) + (squares[other] as number) - 2 * dot);
      if (held === k && squared >= (best[k - 1] ?? -1)) continue;
      let at = held < k ? held : k - 1;
      for (; at > 0 && (best[at - 1] as number) > squared; at -= 1) {
        best[at] = best[at - 1] as number;
        indices[row * k + at] = indices[row * k + at - 1] as number;
      }
      best[at] = squared;
      indices[row * k + at] = other;
      held = Math.min(k, held + 1);
    }
    best.forEach((squared, i) => (distances[row * k + i] = Math.sqrt(squared)));
    scatter(rows, row, scattered, true);
  }
  return { count, k, indices, distances };
}

function dotWith(rows: Rows, row: number, other: (index: number) => number): number {
  let sum = 0;
  for (let i = begin(rows, row); i < end(rows, row); i += 1) sum += (rows.values[i] as number) * other(i);
  return sum;
}

function scatter(rows: Rows, row: number, into: Float64Array, clear = false): void {
  for (let i = begin(rows, row); i < end(rows, row); i += 1)
    into[rows.columns[i] as number] = clear ? 0 : (rows.values[i] as number);
}
