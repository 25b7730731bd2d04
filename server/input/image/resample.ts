/**
 * Resizing as Pillow does it, bit for bit: models were trained on its pixels. Separable convolution with a
 * kernel stretched when shrinking (antialiasing), weights in 22-bit fixed point, rows first, bytes in between.
 */
import type { Raster } from './raster';

export type Filter = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos' | 'box' | 'hamming';

interface Kernel {
  readonly support: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const kernels: Readonly<Record<Exclude<Filter, 'nearest'>, Kernel>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x))),
  },
  /** Cubic convolution with a = −½. */
  bicubic: {
    support: 2,
    weight: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

const FRACTION_BITS = 22;

export function resize(raster: Raster, width: number, height: number, filter: Filter): Raster {
  if (width === raster.width && height === raster.height) return raster;
  if (filter === 'nearest') return nearest(raster, width, height);
  const kernel = kernels[filter];
  const wide = width === raster.width ? raster : horizontal(raster, taps(raster.width, width, kernel));
  return height === raster.height ? wide : vertical(wide, taps(raster.height, height, kernel));
}

/** For every output place: the first input place and the weights from there on. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  /** Weights reserved per output place. */
  readonly stride: number;
}

function taps(from: number, to: number, kernel: Kernel): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  for (let out = 0; out < to; out++) {
    const center = (out + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const high = Math.min(from, Math.trunc(center + support + 0.5));
    const raw = Array.from({ length: high - low }, (_, index) => kernel.weight((index + low - center + 0.5) / stretch));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    first[out] = low;
    count[out] = raw.length;
    raw.forEach((weight, index) => {
      const scaled = (total === 0 ? weight : weight / total) * 2 ** FRACTION_BITS;
      weights[out * stride + index] = Math.trunc(scaled + (scaled < 0 ? -0.5 : 0.5));
    });
  }
  return { first, count, weights, stride };
}

function horizontal(raster: Raster, { first, count, weights, stride }: Taps): Raster {
  const { channels, height, data: source } = raster;
  const width = first.length;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const row = y * raster.width * channels;
    for (let x = 0; x < width; x++) {
      const begin = row + (first[x] as number) * channels;
      const end = begin + (count[x] as number) * channels;
      const target = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 1 << (FRACTION_BITS - 1);
        for (let at = begin + channel, tap = x * stride; at < end; at += channels, tap++)
          sum = (sum + Math.imul(source[at] as number, weights[tap] as number)) | 0;
        data[target + channel] = byte(sum);
      }
    }
  }
  return { width, height, channels, data };
}

function vertical(raster: Raster, { first, count, weights, stride }: Taps): Raster {
  const { channels, width, data: source } = raster;
  const height = first.length;
  const rowLength = width * channels;
  const data = new Uint8Array(rowLength * height);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (FRACTION_BITS - 1));
    for (let tap = 0; tap < (count[y] as number); tap++) {
      const weight = weights[y * stride + tap] as number;
      const row = ((first[y] as number) + tap) * rowLength;
      for (let at = 0; at < rowLength; at++)
        sums[at] = (sums[at] as number) + Math.imul(source[row + at] as number, weight);
    }
    for (let at = 0; at < rowLength; at++) data[y * rowLength + at] = byte(sums[at] as number);
  }
  return { width, height, channels, data };
}

function byte(sum: number): number {
  const value = sum >> FRACTION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function nearest(raster: Raster, width: number, height: number): Raster {
  const { channels } = raster;
  const data = new Uint8Array(width * height * channels);
  const columns = places(raster.width, width);
  const rows = places(raster.height, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = ((rows[y] as number) * raster.width + (columns[x] as number)) * channels;
      data.set(raster.data.subarray(from, from + channels), (y * width + x) * channels);
    }
  return { width, height, channels, data };
}

/** Summed step by step, so that rounding is Pillow's. */
function places(from: number, to: number): Int32Array {
  const scale = from / to;
  const result = new Int32Array(to);
  for (let out = 0, place = scale * 0.5; out < to; out++, place += scale)
    result[out] = Math.min(from - 1, Math.floor(place));
  return result;
}
