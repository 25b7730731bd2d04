/** Functions y = f·x + s per channel: batch normalisation, and products and sums with constants. */
import { numberOf } from '../../graph/attributes';
import { numbers } from '../../graph/tensor';
import type { Graph, Node, Tensor, Value } from '../../graph/types';

export interface Affine {
  /** One number per channel. */
  readonly factor: Float64Array;
  readonly shift: Float64Array;
}

/** Where a value has its channels. */
export interface Channels {
  readonly count: number;
  readonly axis: number;
  readonly rank: number;
}

export const identity = (count: number): Affine => ({
  factor: new Float64Array(count).fill(1),
  shift: new Float64Array(count),
});

/** `after` of what `first` gives. */
export function composed(first: Affine, after: Affine): Affine {
  return {
    factor: first.factor.map((factor, channel) => factor * at(after.factor, channel)),
    shift: first.shift.map((shift, channel) => shift * at(after.factor, channel) + at(after.shift, channel)),
  };
}

/** The function a node is of `input`; null where it is none, or its parameters are no constants. */
export function affineOf(node: Node, input: Value, channels: Channels, constants: Graph['constants']): Affine | null {
  if (node.domain !== '') return null;
  if (node.op === 'BatchNormalization')
    return node.inputs[0] === input && channels.axis === 1 ? batchNormOf(node, channels.count, constants) : null;
  const [left = '', right = ''] = node.inputs;
  if (left === right || (left !== input && right !== input)) return null;
  const row = perChannel(constants.get(left === input ? right : left), channels);
  if (row === null) return null;
  const first = left === input;
  const { factor, shift } = identity(channels.count);
  switch (node.op) {
    case 'Add':
      return { factor, shift: row };
    case 'Sub':
      return first ? { factor, shift: row.map((value) => -value) } : { factor: factor.fill(-1), shift: row };
    case 'Mul':
      return { factor: row, shift };
    case 'Div':
      return first && row.every((value) => value !== 0) ? { factor: row.map((value) => 1 / value), shift } : null;
    default:
      return null;
  }
}

/** f = γ/√(σ² + ε), s = β − μ f with the statistics of training. */
export function batchNormOf(node: Node, count: number, constants: Graph['constants']): Affine | null {
  if (node.outputs.slice(1).some((output) => output !== '') || numberOf(node, 'training_mode', 0) !== 0) return null;
  const rows = node.inputs.slice(1, 5).map((value) => perChannel(constants.get(value), { count, axis: 0, rank: 1 }));
  const [scale, bias, mean, variance] = rows;
  if (!scale || !bias || !mean || !variance) return null;
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  const factor = scale.map((value, channel) => value / Math.sqrt(at(variance, channel) + epsilon));
  return { factor, shift: bias.map((value, channel) => value - at(mean, channel) * at(factor, channel)) };
}

/** A constant's numbers per channel, where it broadcasts along no other axis. */
export function perChannel(
  tensor: Tensor | undefined,
  { count, axis, rank }: Pick<Channels, 'count' | 'axis' | 'rank'>,
): Float64Array | null {
  if (tensor === undefined || (tensor.dtype !== 'float32' && tensor.dtype !== 'float64')) return null;
  const lead = rank - tensor.dims.length;
  if (lead < 0) return null;
  if (tensor.dims.some((dim, index) => dim !== 1 && (index + lead !== axis || dim !== count))) return null;
  const values = numbers(tensor);
  return values.length === count ? Float64Array.from(values) : new Float64Array(count).fill(values[0] ?? 0);
}

export const at = (row: ArrayLike<number>, index: number): number => row[index] as number;
