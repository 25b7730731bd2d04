/** Pixel grids at the size of a screen. */
import type { PixelFeatures } from '../protocol';
import type { Rgb } from './colour';

/** Mean over the cells of a smaller grid; the same grid when it is small enough. Row-major. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Shrinks by whole-cell means so that both sides fit; never enlarges. */
export function shrink(grid: Grid, maxWidth: number, maxHeight: number): Grid {
  const factor = Math.max(1, grid.width / maxWidth, grid.height / maxHeight);
  if (factor === 1) return grid;
  const width = Math.max(1, Math.floor(grid.width / factor));
  const height = Math.max(1, Math.floor(grid.height / factor));
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [top, bottom] = span(y, height, grid.height);
      const [left, right] = span(x, width, grid.width);
      let sum = 0;
      for (let v = top; v < bottom; v++) for (let u = left; u < right; u++) sum += grid.values[v * grid.width + u] ?? 0;
      values[y * width + x] = sum / ((bottom - top) * (right - left));
    }
  return { width, height, values };
}

/** Cells of the large side that a cell of the small side stands for; every one belongs to exactly one. */
function span(index: number, small: number, large: number): readonly [number, number] {
  const from = Math.floor((index * large) / small);
  return [from, Math.max(from + 1, Math.floor(((index + 1) * large) / small))];
}

/** The picture the model saw, as one grid per colour. */
export function pictureChannels(features: PixelFeatures): readonly [Grid, Grid, Grid] {
  const { width, height, picture } = features;
  const channel = (offset: number): Grid => ({
    width,
    height,
    values: Float32Array.from({ length: width * height }, (_, i) => picture[i * 4 + offset] ?? 0),
  });
  return [channel(0), channel(1), channel(2)];
}

/** A colour halfway between two. */
export function blend(a: Rgb, b: Rgb, share: number): Rgb {
  const mix = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share);
  return [mix(0), mix(1), mix(2)];
}
