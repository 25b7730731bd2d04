/** Word deletion (Arras et al. 2017, W17-5221): how fast a classifier changes its mind when words are discarded. */

type Ids = readonly number[];

export interface Sample {
  readonly ids: Ids;
  readonly gold: number;
}

/** Class of each row; rows may have different lengths. */
export type Predict = (rows: readonly Ids[]) => Promise<readonly number[]>;

/** Positions in the order they are deleted: largest relevance first (`falling`), or smallest (`rising`). */
export function orderOf(relevance: readonly number[], way: 'falling' | 'rising'): number[] {
  const sign = way === 'falling' ? -1 : 1;
  return relevance.map((_, at) => at).sort((a, b) => sign * (relevance[a]! - relevance[b]!) || a - b);
}

/** A seeded shuffle of the positions. */
export function randomOrder(length: number, seed: number): number[] {
  let state = (seed * 2654435761 + 12345) >>> 0;
  const order = Array.from({ length }, (_, at) => at);
  for (let at = length - 1; at > 0; at -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}

/** Accuracy after 0, 1, …, `deletions` words of each sample are discarded. */
export async function deletionCurve(
  samples: readonly Sample[],
  orders: readonly (readonly number[])[],
  predict: Predict,
  deletions: number,
): Promise<number[]> {
  const curve: number[] = [];
  for (let count = 0; count <= deletions; count += 1) {
    const rows = samples.map(({ ids }, sample) => {
      const gone = new Set(orders[sample]!.slice(0, count));
      return ids.filter((_, at) => !gone.has(at));
    });
    const classes = await predict(rows);
    curve.push(samples.filter(({ gold }, sample) => classes[sample] === gold).length / samples.length);
  }
  return curve;
}

/** Mean accuracy after 1 to k deletions: small is good for `falling`, large for `rising`. */
export function area(curve: readonly number[]): number {
  return curve.slice(1).reduce((sum, value) => sum + value, 0) / (curve.length - 1);
}
