/**
 * What the image views show, computed pixel by pixel: RGBA bytes, row-major, `height × width × 4`. Pure; relevance is
 * already summed over the colour channels, signed, one number per pixel.
 */
import type { Theme } from '../../server/render/colour';
import { diverging, neutral } from '../../server/render/colour';
import type { ImageView } from '../settings';

export interface LayerInput {
  readonly width: number;
  readonly height: number;
  /** What the model saw, RGBA bytes. */
  readonly picture: Uint8ClampedArray;
  readonly relevance: Float32Array;
  /** |relevance| at which colours are at full strength. */
  readonly limit: number;
  readonly theme: Theme;
  /** Opacity of the heatmap in the overlay and over the edges, 0…1. */
  readonly opacity: number;
  /** |relevance| from which the mask shows a pixel. */
  readonly threshold: number;
}

/** Paints one view. */
export function paintLayer(view: ImageView, input: LayerInput): Uint8ClampedArray {
  switch (view) {
    case 'original':
      return input.picture.slice();
    case 'heatmap':
      return heatmap(input);
    case 'overlay':
      return tint(grey(input), input);
    case 'edges':
      return tint(edgePicture(input), input);
    case 'window':
      return windowed(input);
    case 'mask':
      return masked(input);
  }
}

/** |relevance| at a percentile (0…100): the end of a colour scale that a few extreme pixels cannot stretch. */
export function magnitudeAt(sorted: Float32Array, percentile: number): number {
  if (sorted.length === 0) return 0;
  const index = Math.ceil((percentile / 100) * sorted.length) - 1;
  const value = sorted[Math.max(0, Math.min(sorted.length - 1, index))] ?? 0;
  return value > 0 ? value : (sorted[sorted.length - 1] ?? 0);
}

/** |relevance|, ascending. */
export function sortedMagnitudes(relevance: Float32Array): Float32Array {
  return relevance.map(Math.abs).sort();
}

/** Strength of the edges of a picture's luminance, 0…1: Sobel's gradient, edges of the frame repeated. */
export function edges(picture: Uint8ClampedArray, width: number, height: number): Float32Array {
  const luma = new Float32Array(width * height);
  for (let i = 0; i < luma.length; i++) luma[i] = luminance(picture, i * 4);
  const result = new Float32Array(luma.length);
  const at = (x: number, y: number): number =>
    luma[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ?? 0;
  let most = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [nw, n, ne] = [at(x - 1, y - 1), at(x, y - 1), at(x + 1, y - 1)];
      const [sw, so, se] = [at(x - 1, y + 1), at(x, y + 1), at(x + 1, y + 1)];
      const dx = ne + 2 * at(x + 1, y) + se - nw - 2 * at(x - 1, y) - sw;
      const dy = sw + 2 * so + se - nw - 2 * n - ne;
      const strength = Math.hypot(dx, dy);
      result[y * width + x] = strength;
      most = Math.max(most, strength);
    }
  }
  return most > 0 ? result.map((strength) => strength / most) : result;
}

const steps = 255;

/** Colours of the scale from −limit to limit, as bytes. */
function palette(theme: Theme): Uint8ClampedArray {
  const table = new Uint8ClampedArray((2 * steps + 1) * 3);
  for (let i = 0; i <= 2 * steps; i++) table.set(diverging(i - steps, steps, theme), i * 3);
  return table;
}

function heatmap(input: LayerInput): Uint8ClampedArray {
  return colourise(input.relevance, input.limit, input.theme);
}

/** A heatmap alone. `relevance` may be any length. */
export function colourise(relevance: ArrayLike<number>, limit: number, theme: Theme): Uint8ClampedArray {
  const table = palette(theme);
  const out = new Uint8ClampedArray(relevance.length * 4);
  for (let i = 0; i < relevance.length; i++) {
    const share = limit > 0 ? Math.max(-1, Math.min(1, (relevance[i] ?? 0) / limit)) : 0;
    const entry = (Math.round(share * steps) + steps) * 3;
    out[i * 4] = table[entry] ?? 0;
    out[i * 4 + 1] = table[entry + 1] ?? 0;
    out[i * 4 + 2] = table[entry + 2] ?? 0;
    out[i * 4 + 3] = 255;
  }
  return out;
}

/** The scale's end colours over a base, the more the stronger; where there is no relevance the base stays as it is. */
function tint(base: Uint8ClampedArray, input: LayerInput): Uint8ClampedArray {
  const ends = [diverging(-1, 1, input.theme), diverging(1, 1, input.theme)];
  for (let i = 0; i < input.relevance.length; i++) {
    const value = input.relevance[i] ?? 0;
    const share = input.limit > 0 ? Math.min(1, Math.abs(value) / input.limit) : 0;
    const end = ends[value >= 0 ? 1 : 0];
    if (end === undefined || share === 0) continue;
    mix(base, i * 4, end, input.opacity * share ** 0.7);
  }
  return base;
}

function grey(input: LayerInput): Uint8ClampedArray {
  const out = new Uint8ClampedArray(input.picture.length);
  for (let i = 0; i < out.length; i += 4) {
    const value = luminance(input.picture, i);
    out[i] = out[i + 1] = out[i + 2] = value;
    out[i + 3] = 255;
  }
  return out;
}

function edgePicture(input: LayerInput): Uint8ClampedArray {
  const strength = edges(input.picture, input.width, input.height);
  const ground = neutral(input.theme);
  const line = ground[0] < 128 ? 235 : 40;
  const out = new Uint8ClampedArray(strength.length * 4);
  for (let i = 0; i < strength.length; i++) {
    const share = 0.75 * (strength[i] ?? 0) ** 0.8;
    for (let c = 0; c < 3; c++) out[i * 4 + c] = (ground[c] ?? 0) * (1 - share) + line * share;
    out[i * 4 + 3] = 255;
  }
  return out;
}

/** Pixels × |relevance|, clipped at the scale's end: only what the model used is lit. */
function windowed(input: LayerInput): Uint8ClampedArray {
  const out = input.picture.slice();
  for (let i = 0; i < input.relevance.length; i++) {
    const share = input.limit > 0 ? Math.min(1, Math.abs(input.relevance[i] ?? 0) / input.limit) : 0;
    for (let c = 0; c < 3; c++) out[i * 4 + c] = (out[i * 4 + c] ?? 0) * share;
    out[i * 4 + 3] = 255;
  }
  return out;
}

function masked(input: LayerInput): Uint8ClampedArray {
  const out = input.picture.slice();
  const ground = neutral(input.theme);
  for (let i = 0; i < input.relevance.length; i++) {
    if (Math.abs(input.relevance[i] ?? 0) >= input.threshold && input.threshold > 0) continue;
    const value = luminance(out, i * 4);
    out[i * 4] = out[i * 4 + 1] = out[i * 4 + 2] = value;
    mix(out, i * 4, ground, 0.85);
  }
  return out;
}

function mix(out: Uint8ClampedArray, at: number, colour: readonly [number, number, number], share: number): void {
  for (let c = 0; c < 3; c++) out[at + c] = (out[at + c] ?? 0) * (1 - share) + (colour[c] ?? 0) * share;
}

/** Rec. 709 luminance of a pixel, 0…255. */
function luminance(picture: Uint8ClampedArray, at: number): number {
  return 0.2126 * (picture[at] ?? 0) + 0.7152 * (picture[at + 1] ?? 0) + 0.0722 * (picture[at + 2] ?? 0);
}
