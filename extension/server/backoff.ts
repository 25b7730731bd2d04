/** When a dead server is started again: soon, then later, then only when a person asks. */

export interface Backoff {
  /** Milliseconds to wait before the next start; null: give up. */
  next(now: number): number | null;
  reset(): void;
}

/**
 * @param limit Deaths within the window that are forgiven.
 * @param window Milliseconds.
 */
export function createBackoff(limit = 4, window = 180_000): Backoff {
  let deaths: number[] = [];
  return {
    next: (now) => {
      deaths = [...deaths.filter((time) => now - time < window), now];
      return deaths.length > limit ? null : 200 * 4 ** (deaths.length - 1);
    },
    reset: () => {
      deaths = [];
    },
  };
}
