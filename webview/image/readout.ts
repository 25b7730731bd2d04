/** What is under the crosshair or the mouse, and the sum over a region, in words and numbers. */
import type { PixelFeatures } from '../../server/protocol/features';
import { percent, signed } from '../../server/render/numbers';
import type { Meaning } from '../result/words';
import { direction } from '../result/words';
import { fill, h } from '../widgets/dom';
import { originalPixel } from './region';
import type { RegionSum } from './region';
import type { Pixel } from './viewport';

export interface Point {
  readonly features: PixelFeatures;
  readonly relevance: Float32Array | null;
  readonly meaning: Meaning | null;
  readonly pixel: Pixel;
}

/** One line: position in the picture and in the model's frame, colour, relevance. */
export function readPoint({ features, relevance, meaning, pixel }: Point): string {
  const { x, y } = originalPixel(features, pixel);
  const at = pixel.v * features.width + pixel.u;
  const [r, g, b] = features.picture.subarray(at * 4, at * 4 + 3);
  const value = relevance?.[at];
  const colour = features.channels === 1 ? `grey ${r ?? 0}` : `RGB ${r ?? 0}, ${g ?? 0}, ${b ?? 0}`;
  const place = `pixel ${x}, ${y}`;
  const frame = `model ${pixel.u}, ${pixel.v}`;
  if (value === undefined || meaning === null) return `${place} · ${frame} · ${colour}`;
  return `${place} · ${frame} · ${colour} · relevance ${signed(value)}, ${direction(value, meaning)}`;
}

/** One line about a region. */
export function readRegion(sum: RegionSum, total: number): string {
  const share = total > 0 ? `, ${percent(sum.magnitude / total)} of Σ|R|` : '';
  return `region ${sum.width} × ${sum.height} at model ${sum.left}, ${sum.top}: Σ relevance ${signed(sum.sum)}${share}`;
}

export interface Readout {
  readonly element: HTMLElement;
  point(text: string, live: boolean): void;
  region(text: string): void;
}

export function readout(hint: string): Readout {
  const first = h('div', { class: 'readout-point' }, hint);
  const second = h('div', { class: 'readout-region', role: 'status' });
  const element = h('div', { class: 'readout' }, first, second);
  return {
    element,
    point(text, live) {
      first.setAttribute('aria-live', live ? 'polite' : 'off');
      fill(first, text === '' ? hint : text);
    },
    region: (text) => fill(second, text),
  };
}
