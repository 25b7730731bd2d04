/** Operators that give the same elements another shape, and Transpose. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf } from '../../../graph/attributes';
import { normalizeAxis, reshape } from '../../../graph/shapes';
import { sizeOf } from '../../../graph/tensor';
import { first, last, layoutOf, onDevice, onHost } from '../operands';
import type { Operand } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { listOf, need, range } from './common';

type ShapeRule = (call: Call, x: Operand) => number[];

const sameElements =
  (rule: ShapeRule): Kernel =>
  (call) => {
    const x = need(call, 0);
    const dims = rule(call, x);
    if (x.host !== undefined && x.forms.size === 0) return onHost({ dtype: x.dtype, dims, data: x.host });
    return onDevice(x.dtype, tf.reshape(flattest(x, dims), dims));
  };

/** Where only one axis of a sample is larger than 1, both layouts have the same elements in the same order. */
function flattest(x: Operand, dims: readonly number[]): tf.Tensor {
  const turned = layoutOf(x) === 'last' && sizeOf(x.dims) === sizeOf(dims);
  const [, channels = 1, ...spatial] = x.dims;
  return turned && (channels === 1 || sizeOf(spatial) === 1) ? last(x) : first(x);
}

function reshaped(call: Call, x: Operand): number[] {
  const target = listOf(call, 1) ?? [];
  const dims = reshape(x.dims, target, numberOf(call.node, 'allowzero', 0) === 1, () => -1) as number[];
  const rest = dims.indexOf(-1);
  if (rest >= 0) dims[rest] = sizeOf(x.dims) / sizeOf(dims.filter((_, axis) => axis !== rest));
  return dims;
}

function flattened({ node }: Call, { dims }: Operand): number[] {
  const axis = normalizeAxis(numberOf(node, 'axis', 1), dims.length);
  return [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))];
}

function squeezed(call: Call, { dims }: Operand): number[] {
  const axes = listOf(call, 1)?.map((axis) => normalizeAxis(axis, dims.length));
  return dims.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis)));
}

function unsqueezed(call: Call, { dims }: Operand): number[] {
  const axes = listOf(call, 1) ?? [];
  const rank = dims.length + axes.length;
  const added = new Set(axes.map((axis) => normalizeAxis(axis, rank)));
  const rest = [...dims];
  return range(rank).map((axis) => (added.has(axis) ? 1 : (rest.shift() as number)));
}

/** Turning channels last, or back, is what the other layout is. */
const transpose: Kernel = (call) => {
  const x = need(call, 0);
  const rank = x.dims.length;
  const perm = numbersOf(call.node, 'perm') ?? range(rank).reverse();
  if (perm.every((from, to) => from === to)) return x;
  const spatial = range(rank - 2, 2);
  const same = (other: readonly number[]): boolean => other.every((from, to) => from === perm[to]);
  if (rank > 2 && layoutOf(x) === 'last' && same([0, ...spatial, 1])) return onDevice(x.dtype, tf.clone(last(x)));
  if (rank > 2 && x.forms.has('first') && rank === 4 && same([0, rank - 1, ...range(rank - 2, 1)]))
    return onDevice(x.dtype, tf.clone(first(x)), 'last');
  return onDevice(x.dtype, tf.transpose(first(x), [...perm]));
};

/** DCR: depth outermost, as TensorFlow; CRD: column and row outermost. */
const depthToSpace: Kernel = (call) => {
  const x = need(call, 0);
  const block = numberOf(call.node, 'blocksize', 1);
  const [batch = 1, channels = 1, height = 1, width = 1] = x.dims;
  const depth = channels / block ** 2;
  const mode = call.node.attributes['mode'];
  const byColumns = mode?.type === 'string' && mode.value === 'CRD';
  const split = byColumns ? [batch, depth, block, block, height, width] : [batch, block, block, depth, height, width];
  const perm = byColumns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const turned = tf.transpose(tf.reshape(first(x), split), perm);
  return onDevice(x.dtype, tf.reshape(turned, [batch, depth, height * block, width * block]));
};

const spaceToDepth: Kernel = (call) => {
  const x = need(call, 0);
  const block = numberOf(call.node, 'blocksize', 1);
  const [batch = 1, channels = 1, height = 1, width = 1] = x.dims;
  const split = tf.reshape(first(x), [batch, channels, height / block, block, width / block, block]);
  const turned = tf.transpose(split, [0, 3, 5, 1, 2, 4]);
  return onDevice(x.dtype, tf.reshape(turned, [batch, channels * block ** 2, height / block, width / block]));
};

export const reshapings: readonly KernelEntry[] = [
  { ops: ['Reshape'], kernel: sameElements(reshaped), reads: [1] },
  { ops: ['Flatten'], kernel: sameElements(flattened) },
  { ops: ['Squeeze'], kernel: sameElements(squeezed), reads: [1] },
  { ops: ['Unsqueeze'], kernel: sameElements(unsqueezed), reads: [1] },
  { ops: ['Transpose'], kernel: transpose },
  { ops: ['DepthToSpace'], kernel: depthToSpace },
  { ops: ['SpaceToDepth'], kernel: spaceToDepth },
];
