/** Work in pieces short enough for a click to come in between. */

/** Milliseconds one request to the compute process should take: a click waits for one at most. */
const PIECE = 40;

/** How many items the next request takes, from how long the last ones took. */
export interface Pace {
  size(): number;
  took(items: number, milliseconds: number): void;
}

export function pace(most: number): Pace {
  let next = Math.min(4, most);
  return {
    size: () => next,
    took(items, milliseconds) {
      const fitting = Math.floor((items * PIECE) / Math.max(0.5, milliseconds));
      // Twice at most: the first of a kind is slow, a burst of short ones says little about the next.
      next = Math.max(1, Math.min(most, 2 * items, fitting));
    },
  };
}
