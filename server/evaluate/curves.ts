/** What a removal experiment looks at: an order of features, and after how many of them. */

/** Shares of the features whose removal is averaged by comprehensiveness and sufficiency (DeYoung et al. 2020). */
export const BINS = [0.01, 0.05, 0.1, 0.2, 0.5] as const;

/** Share of the features after whose removal a prediction counts as flipped. */
export const FLIPS_AFTER = 0.1;

/**
 * Features by relevance, the most relevant first; equal ones by lot, so that no method gains from the order of words or
 * pixels in the sample.
 * @param free Features that may be removed.
 */
export function orderOf(relevance: ArrayLike<number>, free: readonly number[], random: () => number): number[] {
  const lot = new Map(free.map((feature) => [feature, random()]));
  const of = (feature: number): number => relevance[feature] ?? 0;
  return [...free].sort((a, b) => of(b) - of(a) || (lot.get(a) ?? 0) - (lot.get(b) ?? 0));
}

/** `share` of `total` features, at least one. */
export function countOf(share: number, total: number): number {
  return Math.min(total, Math.max(1, Math.ceil(share * total - 1e-9)));
}

/** Ends of `steps` equal parts of `total` features, ascending, none twice; the last one is `total`. */
export function gridOf(total: number, steps: number): number[] {
  return [...new Set(Array.from({ length: steps }, (_, k) => Math.round(((k + 1) * total) / steps)))].filter(
    (count) => count > 0,
  );
}

/** Every number of features after which one sample is predicted, when they are removed most or least relevant first. */
export function countsOf(total: number, steps: number): { readonly most: number[]; readonly least: number[] } {
  const grid = gridOf(total, steps);
  const top = [...BINS, FLIPS_AFTER].map((share) => countOf(share, total));
  const rest = BINS.map((share) => total - countOf(share, total)).filter((count) => count > 0);
  const ascending = (counts: readonly number[]): number[] => [...new Set(counts)].sort((a, b) => a - b);
  return { most: ascending([...grid, ...top]), least: ascending([...grid, ...rest]) };
}

/**
 * Area under a curve over the share of features removed, from none to all, by trapezoids.
 * @param start Value with nothing removed.
 * @param at Value after a number of features of `grid`.
 */
export function areaUnder(
  start: number,
  grid: readonly number[],
  total: number,
  at: (count: number) => number,
): number {
  let area = 0;
  let [before, value] = [0, start];
  for (const count of grid) {
    const next = at(count);
    area += ((count - before) / total) * ((value + next) / 2);
    [before, value] = [count, next];
  }
  return area;
}

/** A curve at 0, 1/steps, …, 1 of the features removed, between its points along a line. */
export function sampled(
  start: number,
  grid: readonly number[],
  total: number,
  steps: number,
  at: (count: number) => number,
): number[] {
  const points = [{ count: 0, value: start }, ...grid.map((count) => ({ count, value: at(count) }))];
  return Array.from({ length: steps + 1 }, (_, k) => {
    const wanted = (k * total) / steps;
    const after = points.findIndex(({ count }) => count >= wanted - 1e-9);
    const to = points[after] ?? points.at(-1);
    const from = points[after - 1];
    if (to === undefined) return start;
    if (from === undefined || to.count === from.count) return to.value;
    return from.value + ((wanted - from.count) / (to.count - from.count)) * (to.value - from.value);
  });
}
