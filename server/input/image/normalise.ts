/** Bytes to the numbers a model reads: (byte · rescale − mean) / std, per channel. */
import { UserError } from '../../errors';
import type { ImageInputConfig } from '../../workspace/types';
import type { InputSpec } from '../model-input';
import type { Layout } from './layout';
import type { Raster } from './raster';

export interface Normalisation {
  readonly rescale: number;
  /** One per channel, in the model's channel order. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly reversed: boolean;
}

/** Integer inputs read bytes as they are unless told otherwise. */
export function normalisationOf(config: ImageInputConfig, layout: Layout, input: InputSpec): Normalisation {
  const float = input.type.dtype.startsWith('float');
  const std = perChannel('std', config.std, 1, layout.channels);
  if (std.some((value) => value === 0 || !Number.isFinite(value)))
    throw new UserError('bad-normalisation', '"std" must not be zero', { where: '"std"' });
  return {
    rescale: config.rescale ?? (float ? 1 / 255 : 1),
    mean: perChannel('mean', config.mean, 0, layout.channels),
    std,
    reversed: config.colour === 'BGR',
  };
}

function perChannel(
  name: string,
  values: readonly number[] | undefined,
  otherwise: number,
  channels: number,
): readonly number[] {
  const list = values ?? [otherwise];
  if (list.length === channels) return list;
  if (list.length === 1) return Array.from({ length: channels }, () => list[0] as number);
  throw new UserError('wrong-channels', `"${name}" has ${list.length} numbers, the model has ${channels} channels`, {
    where: `"${name}"`,
    next: 'give one number for each channel',
  });
}

/** The number a byte becomes in a channel. */
export function normalised(byte: number, channel: number, normalisation: Normalisation): number {
  return (
    (byte * normalisation.rescale - (normalisation.mean[channel] as number)) / (normalisation.std[channel] as number)
  );
}

/** Index of a pixel's channel in the tensor of batch 1. */
export function elementIndex(layout: Layout, pixel: number, channel: number, pixels: number): number {
  return layout.order === 'NCHW' ? channel * pixels + pixel : pixel * layout.channels + channel;
}

export function toNumbers(raster: Raster, layout: Layout, normalisation: Normalisation): Float64Array {
  const { channels } = layout;
  const pixels = raster.width * raster.height;
  const values = new Float64Array(pixels * channels);
  for (let channel = 0; channel < channels; channel++) {
    const source = normalisation.reversed ? channels - 1 - channel : channel;
    const table = Float64Array.from({ length: 256 }, (_, byte) => normalised(byte, channel, normalisation));
    const first = elementIndex(layout, 0, channel, pixels);
    const step = layout.order === 'NCHW' ? 1 : channels;
    for (let pixel = 0; pixel < pixels; pixel++)
      values[first + pixel * step] = table[raster.data[pixel * channels + source] as number] as number;
  }
  return values;
}
