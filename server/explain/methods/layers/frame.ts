/** From the positions of a layer to the features of the sample: pixels, tokens, time steps. */
import type { Grid, MethodContext } from '../../types';

/** The features laid out as the layer's positions are: a picture, or a sequence. */
export interface Frame {
  /** Sizes: height and width, or the length. */
  readonly dims: readonly number[];
  /** Feature (−1: none) and position of every element of the input; a position may have several (channels). */
  readonly features: Int32Array;
  readonly positions: Int32Array;
  /** The layer's positions in the same arrangement, and how many before them lie nowhere (class tokens). */
  readonly source: { readonly dims: readonly number[]; readonly skip: number };
}

/** A last axis this short, behind a longer one, is taken for colours. */
const MOST_CHANNELS = 4;

/**
 * @param sizes Sizes of the layer's positions.
 * @returns Null where positions of the layer are no places in the input.
 */
export function frameOf({ sample, entries }: MethodContext, sizes: readonly number[]): Frame | null {
  const { grid } = sample;
  if (grid !== null) {
    const source = sizes.length === 2 ? { dims: sizes, skip: 0 } : patchesOf(sizes, grid);
    if (source === null) return null;
    const each = numbered(sample.count, (i) => i);
    return { dims: [grid.height, grid.width], features: each, positions: each, source };
  }
  const axes = sizes.length;
  for (const entry of entries) {
    const dims = sample.feeds[entry.input]?.dims ?? [];
    const features = sample.featureOf[entry.input];
    // Positions are all axes but the batch, or, where there is one more, all but batch and channels.
    const lead = dims.length - axes;
    if (axes === 0 || features === undefined || lead < 1 || lead > 2) continue;
    const last = dims.at(-1) ?? 1;
    const channelsLast = lead === 2 && axes > 1 && last <= MOST_CHANNELS && (dims[1] ?? 1) > MOST_CHANNELS;
    const frame = channelsLast ? dims.slice(1, -1) : dims.slice(lead);
    const size = frame.reduce((a, b) => a * b, 1);
    const place = channelsLast ? (i: number) => Math.floor(i / last) : (i: number) => i % size;
    return { dims: frame, features, positions: numbered(features.length, place), source: { dims: sizes, skip: 0 } };
  }
  return null;
}

/** A sequence of patches of a picture, row by row, with up to two tokens before them that are no patches. */
function patchesOf(sizes: readonly number[], { width, height }: Grid): Frame['source'] | null {
  const [length = 0, ...more] = sizes;
  if (more.length > 0) return null;
  for (const skip of [0, 1, 2]) {
    const rows = Math.sqrt(((length - skip) * height) / width);
    if (rows >= 2 && Number.isInteger(rows) && (length - skip) % rows === 0)
      return { dims: [rows, (length - skip) / rows], skip };
  }
  return null;
}

/** As `Int32Array.from({ length }, …)`, ten times quicker. */
function numbered(length: number, value: (index: number) => number): Int32Array {
  const array = new Int32Array(length);
  for (let i = 0; i < length; i += 1) array[i] = value(i);
  return array;
}

/** Neighbours and weights along one axis, centres of positions aligned (as pictures are resized). */
export function linearWeights(from: number, to: number): readonly { at: number; next: number; share: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const centre = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const at = Math.min(Math.floor(centre), from - 1);
    return { at, next: Math.min(at + 1, from - 1), share: Math.min(centre - at, 1) };
  });
}

/** One axis of a row-major array: [outer, size, inner]. */
function alongAxis(
  values: Float64Array,
  dims: readonly number[],
  axis: number,
  to: number,
  carry: (source: Float64Array, target: Float64Array, size: number, inner: number) => void,
): Float64Array {
  const size = dims[axis] as number;
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const result = new Float64Array(outer * to * inner);
  for (let o = 0; o < outer; o += 1)
    carry(
      values.subarray(o * size * inner, (o + 1) * size * inner),
      result.subarray(o * to * inner, (o + 1) * to * inner),
      size,
      inner,
    );
  return result;
}

/** Linear interpolation in every axis: what a map shows between its positions. */
export function interpolate(map: Float64Array, from: readonly number[], to: readonly number[]): Float64Array {
  let [values, dims] = [map, [...from]];
  to.forEach((length, axis) => {
    const weights = linearWeights(dims[axis] as number, length);
    values = alongAxis(values, dims, axis, length, (source, target, _size, inner) => {
      weights.forEach(({ at, next, share }, i) => {
        for (let k = 0; k < inner; k += 1)
          target[i * inner + k] =
            (1 - share) * (source[at * inner + k] as number) + share * (source[next * inner + k] as number);
      });
    });
    dims = dims.map((size, own) => (own === axis ? length : size));
  });
  return values;
}

/**
 * Shares every position's value among the places it is interpolated to, in proportion to its weight there: looks
 * like the interpolated map, and its sum is the map's.
 */
export function spread(map: Float64Array, from: readonly number[], to: readonly number[]): Float64Array {
  let [values, dims] = [map, [...from]];
  to.forEach((length, axis) => {
    const weights = linearWeights(dims[axis] as number, length);
    const totals = new Float64Array(dims[axis] as number);
    for (const { at, next, share } of weights) {
      totals[at] = (totals[at] as number) + 1 - share;
      totals[next] = (totals[next] as number) + share;
    }
    // A position that no place is near to (the frame is coarser than the layer) goes to the place it lies in.
    const lost = Array.from(totals, (total, at) => ({ total, at })).filter(({ total }) => total === 0);
    values = alongAxis(values, dims, axis, length, (source, target, size, inner) => {
      const add = (i: number, at: number, weight: number): void => {
        for (let k = 0; k < inner; k += 1)
          target[i * inner + k] = (target[i * inner + k] as number) + weight * (source[at * inner + k] as number);
      };
      weights.forEach(({ at, next, share }, i) => {
        if (share < 1) add(i, at, (1 - share) / (totals[at] as number));
        if (share > 0) add(i, next, share / (totals[next] as number));
      });
      for (const { at } of lost) add(Math.floor(((at + 0.5) * length) / size), at, 1);
    });
    dims = dims.map((size, own) => (own === axis ? length : size));
  });
  return values;
}

/** Mean over the positions of every feature. */
export function meanPerFeature({ features, positions }: Frame, values: Float64Array, count: number): Float32Array {
  const [sums, sizes] = [new Float64Array(count), new Float64Array(count)];
  features.forEach((feature, i) => {
    if (feature < 0) return;
    sums[feature] = (sums[feature] as number) + (values[positions[i] as number] as number);
    sizes[feature] = (sizes[feature] as number) + 1;
  });
  return Float32Array.from(sums.map((sum, i) => (sizes[i] === 0 ? 0 : sum / (sizes[i] as number))));
}

/** Every position's value shared equally among the features that lie there. */
export function sumPerFeature(
  { features, positions, dims }: Frame,
  values: Float64Array,
  count: number,
): { readonly relevance: Float32Array; readonly sum: number } {
  const sizes = new Float64Array(dims.reduce((a, b) => a * b, 1));
  const each = (visit: (feature: number, position: number) => void): void =>
    features.forEach((feature, i) => {
      if (feature >= 0) visit(feature, positions[i] as number);
    });
  each((_, position) => (sizes[position] = (sizes[position] as number) + 1));
  const sums = new Float64Array(count);
  each((feature, position) => {
    sums[feature] = (sums[feature] as number) + (values[position] as number) / (sizes[position] as number);
  });
  return { relevance: Float32Array.from(sums), sum: values.reduce((sum, value) => sum + value, 0) };
}
