/** The smallest and largest numbers that pixels can have after preprocessing. */
import { tensorOf } from '../model-input';
import type { DType } from '../../graph/types';
import type { Bounds } from '../types';
import type { Layout } from './layout';
import { elementIndex, normalised } from './normalise';
import type { Normalisation } from './normalise';

export interface ChannelBounds {
  readonly low: number;
  readonly high: number;
}

/** Black and white after normalisation, per channel in the model's order; swapped where std or rescale is negative. */
export function channelBounds(normalisation: Normalisation): readonly ChannelBounds[] {
  return normalisation.mean.map((_, channel) => {
    const ends = [0, 255].map((byte) => normalised(byte, channel, normalisation));
    return { low: Math.min(...ends), high: Math.max(...ends) };
  });
}

/** The bounds of every element, shaped like the feed of a picture of this size. */
export function filled(
  bounds: readonly ChannelBounds[],
  dtype: DType,
  layout: Layout,
  width: number,
  height: number,
): Bounds {
  const pixels = width * height;
  const tensor = (end: keyof ChannelBounds) => {
    const values = new Float64Array(pixels * layout.channels);
    bounds.forEach((bound, channel) => {
      for (let pixel = 0; pixel < pixels; pixel++) values[elementIndex(layout, pixel, channel, pixels)] = bound[end];
    });
    return tensorOf(dtype, values, layout.dims(width, height));
  };
  return { low: tensor('low'), high: tensor('high') };
}
