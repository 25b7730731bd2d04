/** Regions of a picture and where its pixels come from. Pure. */
import type { PixelFeatures } from '../../server/protocol/features';
import type { Pixel } from './viewport';

/** Pixels from `from` to `to`, both included, in any order. */
export interface Region {
  readonly from: Pixel;
  readonly to: Pixel;
}

export interface RegionSum {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Σ relevance. */
  readonly sum: number;
  /** Σ|relevance| of the region and of the whole picture. */
  readonly magnitude: number;
}

export function sumRegion(region: Region, relevance: Float32Array, width: number): RegionSum {
  const left = Math.min(region.from.u, region.to.u);
  const top = Math.min(region.from.v, region.to.v);
  const right = Math.max(region.from.u, region.to.u);
  const bottom = Math.max(region.from.v, region.to.v);
  let sum = 0;
  let magnitude = 0;
  for (let v = top; v <= bottom; v++) {
    for (let u = left; u <= right; u++) {
      const value = relevance[v * width + u] ?? 0;
      sum += value;
      magnitude += Math.abs(value);
    }
  }
  return { left, top, width: right - left + 1, height: bottom - top + 1, sum, magnitude };
}

/** The pixel of the original picture at the middle of a model pixel. */
export function originalPixel(features: PixelFeatures, pixel: Pixel): { readonly x: number; readonly y: number } {
  const { placement, original } = features;
  const x = Math.floor(placement.originX + (pixel.u + 0.5) * placement.scaleX);
  const y = Math.floor(placement.originY + (pixel.v + 0.5) * placement.scaleY);
  return { x: Math.max(0, Math.min(original.width - 1, x)), y: Math.max(0, Math.min(original.height - 1, y)) };
}
