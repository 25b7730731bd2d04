/** PNG and JPEG to RGB bytes, as Pillow's `Image.open(…).convert('RGB')`: no colour management, alpha dropped. */
import type { Metadata, Sharp } from 'sharp';
import { UserError } from '../../errors';
import type { Raster } from './raster';

/** Largest picture that is decoded, pixels: 300 MB of bytes. */
export const LARGEST_PICTURE = 1e8;

export interface DecodeOptions {
  /** Turn the picture as its EXIF orientation says. */
  readonly exifOrientation: boolean;
  /** For messages. */
  readonly name: string;
}

/** @throws UserError `picture-too-large` (before decoding), `broken-picture`. */
export async function decodePicture(bytes: Uint8Array, options: DecodeOptions): Promise<Raster> {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new UserError('sharp-unavailable', 'the picture decoder cannot be loaded on this machine', {
      where: `${process.platform}-${process.arch}`,
      next: 'reinstall with the optional packages of this platform',
      cause,
    });
  });
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => broken(cause, options.name));
  if (header.width * header.height > LARGEST_PICTURE)
    throw new UserError('picture-too-large', `${options.name} has ${header.width} × ${header.height} pixels`, {
      where: options.name,
      next: `make it smaller: up to ${LARGEST_PICTURE / 1e6} million pixels are read`,
    });
  const pipeline = sharp(bytes, { limitInputPixels: LARGEST_PICTURE, failOn: 'error', ignoreIcc: true });
  const oriented = options.exifOrientation ? pipeline.autoOrient() : pipeline;
  const { data, info } = await plain(oriented, header)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => broken(cause, options.name));
  const { width, height, channels } = info;
  if (header.space === 'cmyk') return { width, height, channels: 3, data: fromCmyk(data, width * height, channels) };
  return pickChannels(data, width, height, channels);
}

/** 8 bits a channel; 16-bit pictures keep their high bytes. */
function plain(pipeline: Sharp, header: Metadata): Sharp {
  if (header.space === 'cmyk') return pipeline.pipelineColourspace('cmyk').toColourspace('cmyk');
  return pipeline;
}

/** Inks to light, as Pillow converts: light = (255 − k)·(255 − ink)/255. */
function fromCmyk(data: Uint8Array, pixels: number, channels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const light = 255 - (data[pixel * channels + 3] as number);
    for (let channel = 0; channel < 3; channel++) {
      const product = (data[pixel * channels + channel] as number) * light + 128;
      rgb[pixel * 3 + channel] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return rgb;
}

/** Alpha is the last of two or four channels. */
function pickChannels(data: Uint8Array, width: number, height: number, channels: number): Raster {
  if (channels === 1) return { width, height, channels: 1, data };
  if (channels === 3) return { width, height, channels: 3, data };
  const kept = channels === 2 ? 1 : 3;
  const picked = new Uint8Array(width * height * kept);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < kept; channel++)
      picked[pixel * kept + channel] = data[pixel * channels + channel] as number;
  return { width, height, channels: kept, data: picked };
}

function broken(cause: unknown, name: string): never {
  throw new UserError('broken-picture', `${name} cannot be decoded`, {
    where: cause instanceof Error ? (cause.message.split('\n')[0] ?? name) : name,
    next: 'save it again as PNG or JPEG',
    cause,
  });
}
