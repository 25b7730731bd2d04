/** Smooth random masks over a picture (RISE). */
import type { Grid } from '../types';

/** Coarse cells on each side. */
export const CELLS = 8;

/** A mask from coin tosses with p = ½. @returns 0 … 1 per pixel, row-major. */
export function softMask(grid: Grid, next: () => number): Float64Array {
  const cells = Uint8Array.from({ length: CELLS * CELLS }, () => (next() < 0.5 ? 1 : 0));
  const x = Math.floor(next() * Math.ceil(grid.width / CELLS));
  return enlarged(cells, grid, { x, y: Math.floor(next() * Math.ceil(grid.height / CELLS)) });
}

/**
 * Cells enlarged bilinearly to one cell more per side than the picture has, shifted and cut (Petsiuk, Das, Saenko 2018,
 * section 3.2).
 * @param cells 8 × 8, row-major. @param shift In pixels, less than a cell.
 */
export function enlarged(
  cells: ArrayLike<number>,
  { width, height }: Grid,
  shift: { readonly x: number; readonly y: number },
): Float64Array {
  const xs = samples(width, shift.x);
  const ys = samples(height, shift.y);
  const mask = new Float64Array(width * height);
  ys.forEach(([top, bottom, down], y) =>
    xs.forEach(([left, right, along], x) => {
      const cell = (row: number, column: number): number => cells[row * CELLS + column] as number;
      const above = cell(top, left) * (1 - along) + cell(top, right) * along;
      const below = cell(bottom, left) * (1 - along) + cell(bottom, right) * along;
      mask[y * width + x] = above * (1 - down) + below * down;
    }),
  );
  return mask;
}

/** For every pixel the two cells it lies between, and how far it is from the first; borders are mirrored. */
function samples(side: number, shift: number): readonly (readonly [number, number, number])[] {
  const whole = (CELLS + 1) * Math.ceil(side / CELLS);
  return Array.from({ length: side }, (_, i) => {
    const at = ((shift + i + 0.5) * CELLS) / whole - 0.5;
    const inside = at < 0 ? -at : at > CELLS - 1 ? 2 * (CELLS - 1) - at : at;
    const first = Math.min(CELLS - 2, Math.floor(inside));
    return [first, first + 1, inside - first] as const;
  });
}
