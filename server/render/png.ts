/** Results as one PNG file: pictures as picture, heatmap and overlay; everything else as drawn by `drawing.ts`. */
import type { Explanation } from '../protocol';
import { drawing } from './drawing';
import { beside, enlarge, raster } from './picture';
import type { Raster } from './picture';

const smallestSide = 256;

/** @returns the bytes of a PNG file, on light ground. */
export async function explanationPng(explanation: Explanation): Promise<Uint8Array> {
  const { features, relevance } = explanation;
  if (features.kind !== 'pixels') {
    const { default: sharp } = await import('sharp');
    return await sharp(Buffer.from(drawing(explanation, 'light')), { density: 144 })
      .png()
      .toBuffer();
  }
  const factor = Math.max(1, Math.ceil(smallestSide / Math.max(features.width, features.height)));
  const views = (['picture', 'heatmap', 'overlay'] as const).map((view) =>
    enlarge(raster(features, relevance, view, 'light'), factor),
  );
  return await encodePng(beside(views, 8));
}

/** Encodes RGBA bytes. The library for pictures is loaded here, when it is needed. */
export async function encodePng({ width, height, rgba }: Raster): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const bytes = new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  return await sharp(bytes, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}
