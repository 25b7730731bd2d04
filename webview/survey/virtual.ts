/** Which rows of a long list are to be seen: only those are drawn. Pure. */

/** Browsers draw nothing below some thirty million pixels: beyond this, scrolling moves by shares of the list. */
export const tallest = 15_000_000;
/** Rows drawn above and below those that are seen. */
const margin = 8;

export interface Viewport {
  readonly total: number;
  readonly rowHeight: number;
  readonly height: number;
  readonly scrollTop: number;
}

export interface Window {
  /** Height of the whole list, as the scroll bar sees it. */
  readonly listHeight: number;
  /** First row drawn, and the one behind the last. */
  readonly first: number;
  readonly last: number;
  /** Where the first drawn row stands, from the top of the list. */
  readonly top: number;
}

export function windowOf({ total, rowHeight, height, scrollTop }: Viewport): Window {
  const full = total * rowHeight;
  const listHeight = Math.min(full, tallest);
  const seen = Math.ceil(height / rowHeight);
  const at = firstSeen({ total, rowHeight, height, scrollTop });
  const first = Math.max(0, Math.floor(at) - margin);
  const last = Math.min(total, Math.ceil(at) + seen + margin);
  // Rows stand relative to what is seen, so that they are in place on a squeezed list too.
  const top = full <= tallest ? first * rowHeight : scrollTop - (at - first) * rowHeight;
  return { listHeight, first, last, top };
}

/** The first row in sight, with the part of it that is above. */
export function firstSeen({ total, rowHeight, height, scrollTop }: Viewport): number {
  const full = total * rowHeight;
  if (full <= tallest) return scrollTop / rowHeight;
  const share = scrollTop / Math.max(1, tallest - height);
  return Math.min(1, Math.max(0, share)) * Math.max(0, total - height / rowHeight);
}

/** Where to scroll so that a row is in sight; the present place where it is already. */
export function scrollTo(row: number, viewport: Viewport): number {
  const { total, rowHeight, height, scrollTop } = viewport;
  const at = firstSeen(viewport);
  const seen = height / rowHeight;
  if (row >= at && row + 1 <= at + seen) return scrollTop;
  const first = Math.max(0, Math.min(row < at ? row : row + 1 - seen, total - seen));
  if (total * rowHeight <= tallest) return first * rowHeight;
  return (first / Math.max(1, total - seen)) * (tallest - height);
}
