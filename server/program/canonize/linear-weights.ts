/** Linear layers with constant weights, and the weights that take an affine neighbour in. */
import { float, numberOf, numbersOf, textOf } from '../../graph/attributes';
import { computed, sizeOf } from '../../graph/tensor';
import type { Attribute, Graph, Node, Tensor } from '../../graph/types';
import { at, perChannel } from './affine';
import type { Affine, Channels } from './affine';

/** Channel by flat index of a weight; the same for `block` consecutive weights. */
interface Ends {
  readonly block: number;
  readonly channel: (index: number) => number;
}

/** z = L(a, w) + b with constant w and b. */
export interface Layer {
  readonly node: Node;
  readonly weights: Tensor;
  /** b per output channel, ready to add. */
  readonly bias: Float64Array;
  readonly output: Channels;
  /** Input channels: axis 1 for convolutions, the last axis for products of matrices. */
  readonly inputs: number;
  /** Which output and which input channel a weight is for. */
  readonly to: Ends;
  readonly from: Ends;
  /** What a unit of an input channel adds to the outputs is the product of this and the weights. */
  readonly alpha: number;
}

/** @returns Null for other operators, and where weights or biases are no constants. */
export function layerOf(node: Node, graph: Graph): Layer | null {
  const weights = graph.constants.get(node.inputs[1] ?? '');
  if (node.domain !== '' || weights === undefined) return null;
  if (weights.dtype !== 'float32' && weights.dtype !== 'float64') return null;
  const { dims } = weights;
  const [first = 1, second = 1, ...kernel] = dims;
  const [size, group] = [sizeOf(kernel), numberOf(node, 'group', 1)];
  switch (node.op) {
    case 'Conv': {
      const perGroup = first / group;
      const to = { block: second * size, channel: (index: number) => Math.floor(index / (second * size)) };
      const from = {
        block: size,
        channel: (index: number) =>
          Math.floor(to.channel(index) / perGroup) * second + (Math.floor(index / size) % second),
      };
      return made({ node, weights, to, from, inputs: second * group, alpha: 1 }, first, 1, dims.length, 1, graph);
    }
    case 'ConvTranspose': {
      const perGroup = first / group;
      const from = { block: second * size, channel: (index: number) => Math.floor(index / (second * size)) };
      const to = {
        block: size,
        channel: (index: number) =>
          Math.floor(from.channel(index) / perGroup) * second + (Math.floor(index / size) % second),
      };
      return made({ node, weights, to, from, inputs: first, alpha: 1 }, second * group, 1, dims.length, 1, graph);
    }
    case 'Gemm':
    case 'MatMul': {
      const rank = node.op === 'Gemm' ? 2 : (graph.types.get(node.outputs[0] ?? '')?.shape?.length ?? 0);
      if (dims.length !== 2 || rank < 2 || numberOf(node, 'transA', 0) !== 0) return null;
      const turned = numberOf(node, 'transB', 0) !== 0;
      const [inputs, outputs] = turned ? [second, first] : [first, second];
      const row = { block: second, channel: (index: number) => Math.floor(index / second) };
      const column = { block: 1, channel: (index: number) => index % second };
      const [to, from] = turned ? [row, column] : [column, row];
      const [alpha, beta] = [numberOf(node, 'alpha', 1), numberOf(node, 'beta', 1)];
      return made({ node, weights, to, from, inputs, alpha }, outputs, rank - 1, rank, beta, graph);
    }
    default:
      return null;
  }
}

function made(
  layer: Omit<Layer, 'bias' | 'output'>,
  count: number,
  axis: number,
  rank: number,
  beta: number,
  graph: Graph,
): Layer | null {
  const given = layer.node.inputs[2] ?? '';
  const output = { count, axis, rank };
  const convolution = layer.node.op !== 'Gemm' && layer.node.op !== 'MatMul';
  const row =
    given === ''
      ? new Float64Array(count)
      : perChannel(graph.constants.get(given), convolution ? { count, axis: 0, rank: 1 } : output);
  return row === null ? null : { ...layer, output, bias: row.map((value) => value * beta) };
}

/** Weights times a factor per output channel. */
export function scaledOutputs({ weights, to }: Layer, { factor }: Affine): Tensor {
  return scaled(weights, to, factor);
}

/** Weights times a factor per input channel. */
export function scaledInputs({ weights, from }: Layer, { factor }: Affine): Tensor {
  return scaled(weights, from, factor);
}

/** What a shift of the input channels adds to each output, where nothing is padded. */
export function shiftedThrough({ weights, to, from, alpha, output }: Layer, { shift }: Affine): Float64Array {
  const sums = new Float64Array(output.count);
  if (shift.every((value) => value === 0)) return sums;
  const data = weights.data as Float32Array;
  for (let index = 0; index < data.length; index += 1) {
    const channel = to.channel(index);
    sums[channel] = at(sums, channel) + alpha * at(data, index) * at(shift, from.channel(index));
  }
  return sums;
}

/** Whether zeros are put around the input (or, transposed, outputs at the rim see fewer inputs). */
export function pads({ node }: Layer): boolean {
  if (node.op === 'Gemm' || node.op === 'MatMul') return false;
  if (node.op === 'ConvTranspose') return true;
  const mode = textOf(node, 'auto_pad', 'NOTSET');
  if (mode === 'VALID') return false;
  return mode !== 'NOTSET' || (numbersOf(node, 'pads') ?? []).some((pad) => pad !== 0);
}

/** Attributes of the layer with its bias in one tensor, ready to add. */
export function withPlainBias({ node }: Layer): Readonly<Record<string, Attribute>> {
  return node.op === 'Gemm' ? { ...node.attributes, beta: float(1) } : node.attributes;
}

function scaled(weights: Tensor, { block, channel }: Ends, factor: Float64Array): Tensor {
  return computed(weights.dtype, weights.dims, () => {
    const data = (weights.data as Float32Array | Float64Array).slice();
    for (let start = 0; start < data.length; start += block) {
      const own = at(factor, channel(start));
      for (let index = start; index < start + block; index += 1) data[index] = at(data, index) * own;
    }
    return data;
  });
}
