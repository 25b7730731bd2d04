/** Baselines of pictures. Constants are colours before normalisation: black is (0 − mean)/std, not 0. */
import { UserError } from '../../errors';
import type { BaselineInfo } from '../../protocol';
import type { BaselineOptions } from '../types';
import { uniform } from '../../random';
import { elementIndex, normalised } from './normalise';
import type { Normalisation } from './normalise';
import type { Layout } from './layout';

/** A picture as the model reads it. */
export interface Pixels {
  readonly values: Float64Array;
  readonly width: number;
  readonly height: number;
  readonly layout: Layout;
  readonly normalisation: Normalisation;
}

interface ImageBaseline {
  readonly info: BaselineInfo;
  /** One picture, or several that are averaged over. */
  make(pixels: Pixels, options: BaselineOptions): readonly Float64Array[];
}

export const imageBaselines: readonly ImageBaseline[] = [
  {
    info: { id: 'black', label: 'black', description: 'A black picture.' },
    make: (pixels) => [constant(pixels, 0)],
  },
  {
    info: { id: 'white', label: 'white', description: 'A white picture.' },
    make: (pixels) => [constant(pixels, 255)],
  },
  {
    info: { id: 'mean', label: 'mean colour', description: 'The mean colour of this picture everywhere.' },
    make: (pixels) => [meanColour(pixels)],
  },
  {
    info: {
      id: 'value',
      label: 'grey',
      description: 'One grey everywhere.',
      parameters: [
        { name: 'value', type: 'number', default: 128, minimum: 0, maximum: 255, description: 'Grey, 0 to 255.' },
      ],
    },
    make: (pixels, options) => [constant(pixels, number(options, 'value', 128, 0, 255))],
  },
  {
    info: {
      id: 'blur',
      label: 'blurred',
      description: 'The picture blurred.',
      parameters: [
        {
          name: 'sigma',
          type: 'number',
          default: 0,
          minimum: 0,
          maximum: 1000,
          description: 'Width of the blur in model pixels; 0 is a twentieth of the longer side.',
        },
      ],
    },
    make: (pixels, options) => [
      blur(pixels, number(options, 'sigma', 0, 0, 1000) || Math.max(pixels.width, pixels.height) / 20),
    ],
  },
  {
    info: {
      id: 'noise',
      label: 'noise',
      description: 'Uniform noise between black and white, several draws averaged.',
      parameters: [
        { name: 'draws', type: 'integer', default: 8, minimum: 1, maximum: 256, description: 'Pictures of noise.' },
        { name: 'seed', type: 'integer', default: 0, minimum: 0, description: 'Seed of the noise.' },
      ],
    },
    make: (pixels, options) => {
      const random = uniform(number(options, 'seed', 0, 0, 2 ** 32 - 1));
      const draws = Math.round(number(options, 'draws', 8, 1, 256));
      return Array.from({ length: draws }, () => noise(pixels, random));
    },
  },
  {
    info: {
      id: 'zero',
      label: 'zero',
      description: 'Zeros after normalisation: the mean colour of the training data.',
    },
    make: (pixels) => [new Float64Array(pixels.values.length)],
  },
];

function fill(pixels: Pixels, value: (channel: number) => number): Float64Array {
  const { layout, values } = pixels;
  const count = pixels.width * pixels.height;
  const result = new Float64Array(values.length);
  for (let channel = 0; channel < layout.channels; channel++)
    for (let pixel = 0; pixel < count; pixel++) result[elementIndex(layout, pixel, channel, count)] = value(channel);
  return result;
}

function constant(pixels: Pixels, byte: number): Float64Array {
  return fill(pixels, (channel) => normalised(byte, channel, pixels.normalisation));
}

function noise(pixels: Pixels, random: () => number): Float64Array {
  return fill(pixels, (channel) => normalised(random() * 255, channel, pixels.normalisation));
}

function meanColour(pixels: Pixels): Float64Array {
  const { layout, values } = pixels;
  const count = pixels.width * pixels.height;
  const means = Array.from({ length: layout.channels }, (_, channel) => {
    let sum = 0;
    for (let pixel = 0; pixel < count; pixel++) sum += values[elementIndex(layout, pixel, channel, count)] as number;
    return sum / count;
  });
  return fill(pixels, (channel) => means[channel] as number);
}

/** Gaussian to three standard deviations, edge pixels repeated outward. */
function blur(pixels: Pixels, sigma: number): Float64Array {
  const radius = Math.ceil(3 * sigma);
  const raw = Array.from({ length: 2 * radius + 1 }, (_, index) =>
    Math.exp(-((index - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const kernel = raw.map((weight) => weight / total);
  const { width, height, layout } = pixels;
  const step = elementIndex(layout, 1, 0, width * height) - elementIndex(layout, 0, 0, width * height);
  const wide = lines(pixels.values, kernel, { count: width, step }, { count: height, step: step * width }, pixels);
  return lines(wide, kernel, { count: height, step: step * width }, { count: width, step }, pixels);
}

interface Axis {
  readonly count: number;
  /** Elements from one place to the next. */
  readonly step: number;
}

/** Convolves every line along an axis, in every channel. */
function lines(
  source: Float64Array,
  kernel: readonly number[],
  along: Axis,
  across: Axis,
  pixels: Pixels,
): Float64Array {
  const radius = (kernel.length - 1) / 2;
  const padded = new Float64Array(along.count + 2 * radius);
  const result = new Float64Array(source.length);
  for (let channel = 0; channel < pixels.layout.channels; channel++)
    for (let line = 0; line < across.count; line++) {
      const start = elementIndex(pixels.layout, 0, channel, pixels.width * pixels.height) + line * across.step;
      for (let at = 0; at < padded.length; at++)
        padded[at] = source[start + Math.min(along.count - 1, Math.max(0, at - radius)) * along.step] as number;
      for (let at = 0; at < along.count; at++) {
        let sum = 0;
        for (let tap = 0; tap < kernel.length; tap++) sum += (kernel[tap] as number) * (padded[at + tap] as number);
        result[start + at * along.step] = sum;
      }
    }
  return result;
}

function number(options: BaselineOptions, name: string, otherwise: number, low: number, high: number): number {
  const value = options[name] ?? otherwise;
  if (typeof value === 'number' && value >= low && value <= high) return value;
  throw new UserError('bad-baseline-option', `${name}=${String(value)} is not possible`, {
    next: `give a number from ${low} to ${high}`,
  });
}
