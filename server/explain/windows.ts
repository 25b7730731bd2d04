/** Windows of neighbouring features that are taken away together. */
import type { Grid } from './types';

/** A window is 1/8 of the side unless given, and moves by half of itself. */
const SIDE_SHARE = 8;

export interface WindowSizes {
  readonly window: number;
  readonly stride: number;
}

/** Sizes that 0 stands for. */
export function settleWindow(given: WindowSizes, grid: Grid | null): WindowSizes {
  const side = grid === null ? SIDE_SHARE : Math.min(grid.width, grid.height);
  const window = given.window > 0 ? given.window : Math.max(1, Math.round(side / SIDE_SHARE));
  return { window, stride: given.stride > 0 ? given.stride : Math.max(1, Math.floor(window / 2)) };
}

/** Squares of pixels that cover the whole grid: the last ones are moved back inside. */
function squares(grid: Grid, { window, stride }: WindowSizes): number[][] {
  const starts = (side: number): number[] => {
    const last = Math.max(0, side - window);
    const list = Array.from({ length: Math.floor(last / stride) + 1 }, (_, k) => k * stride);
    return list.at(-1) === last ? list : [...list, last];
  };
  const span = (start: number, side: number): number[] =>
    Array.from({ length: Math.min(window, side) }, (_, k) => start + k);
  return starts(grid.height).flatMap((top) =>
    starts(grid.width).map((left) =>
      span(top, grid.height).flatMap((y) => span(left, grid.width).map((x) => y * grid.width + x)),
    ),
  );
}

/**
 * Features of every window, each window without the fixed ones; empty windows are left out.
 * @param count Number of features.
 * @param grid Geometry of pixels; null for tokens, columns and elements, whose windows are runs of neighbours.
 */
export function windows(
  count: number,
  grid: Grid | null,
  fixed: ReadonlySet<number>,
  sizes: WindowSizes,
): readonly (readonly number[])[] {
  const all = grid === null ? squares({ width: count, height: 1 }, sizes) : squares(grid, sizes);
  return all.map((window) => window.filter((feature) => !fixed.has(feature))).filter((window) => window.length > 0);
}
