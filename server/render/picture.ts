/** Pixel relevance as pictures: heatmap, overlay, and what the model saw. RGBA bytes, row-major. */
import type { PixelFeatures } from '../protocol';
import { diverging, scaleLimit } from './colour';
import type { Theme } from './colour';

export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

export type View = 'picture' | 'heatmap' | 'overlay';

/** @param limit End of the colour scale; the largest |R| when left out. */
export function raster(
  features: PixelFeatures,
  relevance: Float32Array,
  view: View,
  theme: Theme,
  limit = scaleLimit(relevance),
): Raster {
  const { width, height, picture } = features;
  if (view === 'picture') return { width, height, rgba: picture };
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const value = relevance[i] ?? 0;
    const colour = diverging(value, limit, theme);
    // The picture shows through in grey where there is little relevance.
    const share = view === 'heatmap' || limit === 0 ? 1 : 0.25 + 0.75 * Math.min(1, Math.abs(value) / limit);
    const grey = luma(picture, i);
    for (let c = 0; c < 3; c++) {
      const under = view === 'heatmap' ? 0 : grey;
      rgba[i * 4 + c] = (colour[c] ?? 0) * share + under * (1 - share);
    }
    rgba[i * 4 + 3] = 255;
  }
  return { width, height, rgba };
}

/** Rec. 709 luma of a pixel. */
function luma(picture: Uint8ClampedArray, i: number): number {
  return 0.2126 * (picture[i * 4] ?? 0) + 0.7152 * (picture[i * 4 + 1] ?? 0) + 0.0722 * (picture[i * 4 + 2] ?? 0);
}

/** Whole-number enlargement without smoothing, so that every model pixel can be seen. */
export function enlarge({ width, height, rgba }: Raster, factor: number): Raster {
  if (factor <= 1) return { width, height, rgba };
  const result = new Uint8ClampedArray(width * height * 4 * factor * factor);
  const from = new Uint32Array(rgba.slice().buffer);
  const to = new Uint32Array(result.buffer);
  for (let y = 0; y < height * factor; y++)
    for (let x = 0; x < width * factor; x++)
      to[y * width * factor + x] = from[Math.floor(y / factor) * width + Math.floor(x / factor)] ?? 0;
  return { width: width * factor, height: height * factor, rgba: result };
}

/** Pictures of one height next to each other, with a gap. */
export function beside(rasters: readonly Raster[], gap: number): Raster {
  const height = Math.max(...rasters.map((one) => one.height));
  const width = rasters.reduce((sum, one) => sum + one.width, gap * (rasters.length - 1));
  const rgba = new Uint8ClampedArray(width * height * 4);
  let left = 0;
  for (const one of rasters) {
    for (let y = 0; y < one.height; y++)
      rgba.set(one.rgba.subarray(y * one.width * 4, (y + 1) * one.width * 4), (y * width + left) * 4);
    left += one.width + gap;
  }
  return { width, height, rgba };
}
