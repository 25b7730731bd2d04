/** Small pictures: the sample with the replaced pixels marked, and a counterfactual beside its original. */
import type { PixelFeatures } from '../../server/protocol/features';
import { h } from '../widgets/dom';
import { pixelAt } from '../result/feature-names';

/** Longest side on the screen, in CSS pixels. */
const shownSide = 196;

/** The picture enlarged without smoothing; replaced pixels have a frame, the one of this step a thicker one. */
export function markedPicture(features: PixelFeatures, replaced: readonly number[], label: string): HTMLCanvasElement {
  const scale = Math.max(1, Math.floor((2 * shownSide) / Math.max(features.width, features.height)));
  const canvas = pixelCanvas(features.picture, features.width, features.height, scale, label);
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  replaced.forEach((feature, index) => {
    const { u, v } = pixelAt(features.width, feature);
    const now = index === replaced.length - 1;
    // Black and white: seen on any picture.
    for (const [colour, thickness] of [
      ['#000000', now ? 7 : 4],
      ['#ffffff', now ? 4 : 1.5],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = thickness;
      context.strokeRect(u * scale, v * scale, scale, scale);
    }
  });
  return canvas;
}

/** RGBA bytes on a canvas, each pixel `scale` wide; shown at most `shownSide` wide or high. */
export function pixelCanvas(
  picture: Uint8ClampedArray,
  width: number,
  height: number,
  scale: number,
  label: string,
): HTMLCanvasElement {
  const canvas = h('canvas', {
    class: 'pixels',
    width: width * scale,
    height: height * scale,
    role: 'img',
    'aria-label': label,
  });
  const small = document.createElement('canvas');
  small.width = width;
  small.height = height;
  small.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(picture), width, height), 0, 0);
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, width * scale, height * scale);
  }
  canvas.style.setProperty('width', `${Math.round((shownSide * width) / Math.max(width, height))}px`);
  return canvas;
}

/** PNG bytes of RGBA bytes, at their own size. */
export async function pngOf(picture: Uint8ClampedArray, width: number, height: number): Promise<Uint8Array> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(picture), width, height), 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('the picture could not be encoded');
  return new Uint8Array(await blob.arrayBuffer());
}
