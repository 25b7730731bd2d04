/** Windows of a text that is longer than a model reads. Neighbours overlap, so that every token has its context. */

export interface TextWindow {
  /** Content tokens from `start` to before `end`. */
  readonly start: number;
  readonly end: number;
  /** Those that count for this window where windows are added up: every token belongs to exactly one. */
  readonly own: readonly [number, number];
  /** Tokens at its beginning and end that the windows before and after read as well. */
  readonly shared: readonly [number, number];
}

/** Neighbouring windows share this part of what a window holds. */
const OVERLAP = 1 / 4;

/**
 * The last window is moved back until it is full: a window of three words would have no context either. An overlap
 * is divided in its middle, where the words of both windows have the same distance from a border.
 * @param count Content tokens of the text.
 * @param room Content tokens a window holds, at least 1.
 */
export function windowsOf(count: number, room: number): readonly TextWindow[] {
  const step = room - Math.floor(room * OVERLAP);
  const last = Math.max(0, count - room);
  const starts = Array.from({ length: Math.ceil(last / step) + 1 }, (_, k) => Math.min(k * step, last));
  const endOf = (start: number): number => Math.min(count, start + room);
  const sharedBefore = (k: number): number => (k === 0 ? 0 : endOf(starts[k - 1] as number) - (starts[k] as number));
  const cut = (k: number): number => (starts[k] as number) + Math.floor(sharedBefore(k) / 2);
  return starts.map((start, k) => {
    const isLast = k === starts.length - 1;
    return {
      start,
      end: endOf(start),
      own: [cut(k), isLast ? count : cut(k + 1)],
      shared: [sharedBefore(k), isLast ? 0 : sharedBefore(k + 1)],
    };
  });
}
