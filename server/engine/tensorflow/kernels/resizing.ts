/**
 * Resize: each axis is a matrix product with the weights of its interpolation, which covers every mode that ONNX has.
 * Nearest neighbours are picked instead.
 */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf, textOf } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import type { Node } from '../../../graph/types';
import { axisIn, inLayout, layoutOf, onDevice, toFloat } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { alongLast, listOf, matMul, need, pick, range } from './common';

interface Axis {
  readonly input: number;
  readonly output: number;
  /** Output over input, as given. */
  readonly scale: number;
  /** Region of `tf_crop_and_resize`, as shares of the axis. */
  readonly region: readonly [number, number];
}

const resize: Kernel = (call) => {
  const x = need(call, 0);
  const rank = x.dims.length;
  const axes = axesOf(call, x.dims);
  const layout = layoutOf(x);
  let result = inLayout(x, layout);
  const start = result;
  for (const [at, axis] of axes) {
    if (axis.input === axis.output && axis.scale === 1 && !crops(call.node)) continue;
    result = along(result, axisIn(layout, at, rank), axis, call.node);
  }
  return onDevice(x.dtype, result === start ? tf.clone(result) : result, layout);
};

const crops = (node: Node): boolean => mode(node) === 'tf_crop_and_resize';
const mode = (node: Node): string => textOf(node, 'coordinate_transformation_mode', 'half_pixel');

/** Sizes and scales per axis: `sizes` wins over `scales`; a policy keeps the ratio of both sides. */
function axesOf(call: Call, dims: readonly number[]): (readonly [number, Axis])[] {
  const { node } = call;
  const axes = numbersOf(node, 'axes')?.map((axis) => normalizeAxis(axis, dims.length)) ?? range(dims.length);
  const region = listOf(call, 1) ?? [];
  const [scales, sizes] = [nonEmpty(listOf(call, 2)), nonEmpty(listOf(call, 3))];
  const policy = textOf(node, 'keep_aspect_ratio_policy', 'stretch');
  const ratios = axes.map((axis, at) => (sizes?.[at] ?? 1) / (dims[axis] as number));
  const common = policy === 'not_larger' ? Math.min(...ratios) : policy === 'not_smaller' ? Math.max(...ratios) : null;
  return axes.map((axis, at) => {
    const input = dims[axis] as number;
    const bounds = [region[at] ?? 0, region[at + axes.length] ?? 1] as const;
    if (sizes === undefined) {
      const scale = Math.fround(scales?.[at] ?? 1);
      const share = crops(node) ? bounds[1] - bounds[0] : 1;
      return [axis, { input, output: Math.floor(Math.fround(input * share * scale)), scale, region: bounds }];
    }
    const output = common === null ? (sizes[at] as number) : Math.round(common * input);
    return [axis, { input, output, scale: common ?? output / input, region: bounds }];
  });
}

const nonEmpty = (list: number[] | undefined): number[] | undefined => (list?.length === 0 ? undefined : list);

/** Where an output element lies on the input's axis. */
function coordinate(at: number, { input, output, scale, region }: Axis, node: Node): number {
  switch (mode(node)) {
    case 'asymmetric':
      return at / scale;
    case 'align_corners':
      return output === 1 ? 0 : (at * (input - 1)) / (output - 1);
    case 'pytorch_half_pixel':
      return output === 1 ? 0 : (at + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': {
      const exact = scale * input;
      return (input / 2) * (1 - output / exact) + (at + 0.5) / scale - 0.5;
    }
    case 'tf_crop_and_resize': {
      const [from, to] = region;
      if (output === 1) return 0.5 * (from + to) * (input - 1);
      return from * (input - 1) + (at * (to - from) * (input - 1)) / (output - 1);
    }
    default:
      return (at + 0.5) / scale - 0.5;
  }
}

function along(tensor: tf.Tensor, axis: number, sizes: Axis, node: Node): tf.Tensor {
  const kind = textOf(node, 'mode', 'nearest');
  const places = range(sizes.output).map((at) => coordinate(at, sizes, node));
  if (kind === 'nearest' && !crops(node)) {
    const nearest = places.map((place) =>
      clamp(rounded(place, textOf(node, 'nearest_mode', 'round_prefer_floor')), sizes.input),
    );
    return pick(tensor, axis, nearest);
  }
  const matrix = places.map((place) => weightsAt(place, sizes, node, kind));
  const outside = crops(node)
    ? places.map((place) => (place < 0 || place > sizes.input - 1 ? numberOf(node, 'extrapolation_value', 0) : 0))
    : null;
  const weights = tf.transpose(tf.tensor2d(matrix.flat(), [sizes.output, sizes.input]));
  const result = alongLast(toFloat(tensor), axis, (turned) => {
    const flat = tf.reshape(turned, [turned.size / sizes.input, sizes.input]);
    const product = matMul(flat, weights);
    const filled = outside === null ? product : tf.add(product, tf.tensor1d(outside));
    return tf.reshape(filled, [...turned.shape.slice(0, -1), sizes.output]);
  });
  return tensor.dtype === 'int32' ? tf.cast(tf.round(result), 'int32') : result;
}

const clamp = (place: number, size: number): number => Math.max(0, Math.min(size - 1, place));

function rounded(place: number, how: string): number {
  if (how === 'floor') return Math.floor(place);
  if (how === 'ceil') return Math.ceil(place);
  // Halves: down or up; what is a half but for rounding errors counts as one.
  const near = Math.fround(place);
  return how === 'round_prefer_ceil' ? Math.floor(near + 0.5) : Math.ceil(near - 0.5);
}

/** Row of the interpolation matrix: how much each input element has of the output element. */
function weightsAt(place: number, { input, output, scale }: Axis, node: Node, kind: string): number[] {
  const row = new Array<number>(input).fill(0);
  if (crops(node) && (place < 0 || place > input - 1)) return row;
  if (kind === 'nearest') {
    row[clamp(rounded(place, textOf(node, 'nearest_mode', 'round_prefer_floor')), input)] = 1;
    return row;
  }
  // Shrinking with antialias widens the filter.
  const stretch = numberOf(node, 'antialias', 0) === 1 && scale < 1 ? 1 / scale : 1;
  const cubic = kind === 'cubic';
  const width = (cubic ? 2 : 1) * stretch;
  const outsideOut = numberOf(node, 'exclude_outside', 0) === 1 || (stretch > 1 && !cubic) || stretch > 1;
  const a = numberOf(node, 'cubic_coeff_a', -0.75);
  const centre = cubic || stretch > 1 ? place : Math.max(0, Math.min(input - 1, place));
  let total = 0;
  for (let tap = Math.floor(centre - width); tap <= Math.ceil(centre + width); tap += 1) {
    const distance = Math.abs(tap - centre) / stretch;
    const weight = cubic ? cubicWeight(distance, a) : Math.max(0, 1 - distance);
    if (weight === 0 || (outsideOut && (tap < 0 || tap >= input))) continue;
    const at = clamp(tap, input);
    row[at] = (row[at] as number) + weight;
    total += weight;
  }
  return output === 0 || total === 0 || (!outsideOut && stretch === 1) ? row : row.map((weight) => weight / total);
}

function cubicWeight(distance: number, a: number): number {
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}

export const resizings: readonly KernelEntry[] = [{ ops: ['Resize'], kernel: resize, reads: [1, 2, 3] }];
