/** Normalisations. */
import { float, int } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { f32 } from '../../../graph/tensor';
import type { Tensor, Value } from '../../../graph/types';
import { mapped, reshaped } from '../../arrays';
import { flagAt, layerError, listAt, numberAt, sizeAt } from '../config';
import type { LayerConfig } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';

const filled = (count: number, value: number): Tensor => f32(new Float32Array(count).fill(value));

const scaled = (layer: LayerConfig): readonly string[] => [
  ...(flagAt(layer, 'scale', true) ? ['gamma'] : []),
  ...(flagAt(layer, 'center', true) ? ['beta'] : []),
];

function axesOf(call: Call, rank: number): readonly number[] {
  const axes = (call.layer.values['axis'] ?? null) === null ? [-1] : listAt(call.layer, 'axis');
  return axes.map((axis) => normalizeAxis(axis, rank));
}

/** The last axis where the channels are behind the batch, any other as a product and a sum. */
function batchNorm(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const shape = call.shape(tensor);
  const [axis = -1] = axesOf(call, shape.length);
  const size = typeof shape[axis] === 'number' ? shape[axis] : null;
  const mean = call.weight('moving_mean', [size]);
  const variance = call.weight('moving_variance', [size]);
  const count = mean.dims[0] ?? 0;
  const gamma = call.has('gamma') ? call.weight('gamma', [count]) : filled(count, 1);
  const beta = call.has('beta') ? call.weight('beta', [count]) : filled(count, 0);
  const epsilon = numberAt(call.layer, 'epsilon', 1e-3);
  const isLast = axis === shape.length - 1;
  if (axis === 1 || isLast) {
    const first = isLast && axis !== 1;
    const weights = [gamma, beta, mean, variance].map((tensor, index) =>
      call.b.constant(tensor, ['gamma', 'beta', 'moving_mean', 'moving_variance'][index]),
    );
    const x = first ? call.channels.first(tensor) : call.channels.last(tensor);
    const value = call.op('BatchNormalization', [x, ...weights], { epsilon: float(epsilon) });
    return { value, first, mask: tensor.mask };
  }
  const factor = mapped(gamma, (value, index) => value / Math.sqrt(Number(variance.data[index]) + epsilon));
  const shift = mapped(beta, (value, index) => value - Number(mean.data[index]) * Number(factor.data[index]));
  const dims = shape.map((_, at) => (at === axis ? count : 1)).slice(1);
  const at = (weights: Tensor): Value => call.b.constant(reshaped(weights, dims), 'normalization');
  return {
    ...tensor,
    first: false,
    value: call.op('Add', [call.op('Mul', [call.channels.last(tensor), at(factor)]), at(shift)]),
  };
}

function layerNorm(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const shape = call.shape(tensor);
  const axes = [...axesOf(call, shape.length)].sort((a, b) => a - b);
  const [start = shape.length - 1] = axes;
  if (axes.some((axis, index) => axis !== start + index) || axes.at(-1) !== shape.length - 1)
    throw layerError(call.layer, `It normalises axes ${axes.join(', ')}, which are not the last ones.`);
  const x = call.channels.last(tensor);
  const dims = shape.slice(start);
  if (dims.some((dim) => typeof dim !== 'number'))
    throw layerError(call.layer, 'It normalises an axis of unknown size.');
  const epsilon = float(numberAt(call.layer, 'epsilon', 1e-3));
  const sizes = dims as readonly number[];
  const count = sizes.reduce((product, dim) => product * dim, 1);
  const gamma = call.has('gamma') ? call.weight('gamma', sizes) : reshaped(filled(count, 1), sizes);
  if (flagAt(call.layer, 'rms_scaling', false))
    return { ...tensor, first: false, value: rms(call, x, start - shape.length, gamma) };
  const inputs = [x, call.b.constant(gamma, 'gamma')];
  if (call.has('beta')) inputs.push(call.b.constant(call.weight('beta', sizes), 'beta'));
  return {
    ...tensor,
    first: false,
    value: call.op('LayerNormalization', inputs, { axis: int(start - shape.length), epsilon }),
  };
}

/** x / √(mean x² + ε) · scale, over the axes from `axis` on. */
function rms(call: Call, x: Value, axis: number, scale: Tensor): Value {
  const axes = call.b.indices(Array.from({ length: -axis }, (_, index) => axis + index));
  const square = call.op('ReduceMean', [call.op('Mul', [x, x]), axes], { keepdims: int(1) });
  const root = call.op('Sqrt', [call.op('Add', [square, call.b.scalar(numberAt(call.layer, 'epsilon', 1e-6))])]);
  return call.op('Mul', [call.op('Div', [x, root]), call.b.constant(scale, 'scale')]);
}

function rmsNorm(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const rank = call.shape(tensor).length;
  const axes = axesOf(call, rank);
  if (axes.length !== 1 || axes[0] !== rank - 1)
    throw layerError(call.layer, 'It normalises other axes than the last.');
  return { ...tensor, first: false, value: rms(call, call.channels.last(tensor), -1, call.weight('scale')) };
}

function groupNorm(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const shape = call.shape(tensor);
  const [axis = -1] = axesOf(call, shape.length);
  const count = shape[axis];
  if (typeof count !== 'number' || (axis !== shape.length - 1 && axis !== 1))
    throw layerError(call.layer, 'Its channels are neither the last axis nor the one behind the batch.');
  const first = axis === shape.length - 1 && shape.length > 2;
  const x = first ? call.channels.first(tensor) : call.channels.last(tensor);
  const wanted = numberAt(call.layer, 'groups', 32);
  const gamma = call.has('gamma') ? call.weight('gamma', [count]) : filled(count, 1);
  const beta = call.has('beta') ? call.weight('beta', [count]) : filled(count, 0);
  const value = call.op('GroupNormalization', [x, call.b.constant(gamma, 'gamma'), call.b.constant(beta, 'beta')], {
    num_groups: int(wanted === -1 ? count : sizeAt(call.layer, 'groups', 32)),
    epsilon: float(numberAt(call.layer, 'epsilon', 1e-3)),
  });
  return { value, first, mask: tensor.mask };
}

function unitNorm(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const x = call.channels.last(tensor);
  const axes = call.b.indices(axesOf(call, call.shape(tensor).length));
  const length = call.op('ReduceL2', [x, axes], { keepdims: int(1) });
  return { ...tensor, first: false, value: call.op('Div', [x, call.op('Max', [length, call.b.scalar(1e-6)])]) };
}

export const normalizations: readonly LayerEntry[] = [
  {
    names: ['BatchNormalization', 'BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'],
    doc: 'Moving mean and variance, then scale and shift.',
    weights: (layer) => [...scaled(layer), 'moving_mean', 'moving_variance'],
    fixed: ['moving_mean', 'moving_variance'],
    mask: 'passes',
    build: batchNorm,
  },
  {
    names: ['LayerNormalization'],
    doc: 'Mean and variance of each sample over the last axes, then scale and shift.',
    weights: scaled,
    mask: 'passes',
    build: layerNorm,
  },
  {
    names: ['RMSNormalization'],
    doc: 'Root mean square of the last axis, then scale.',
    weights: () => ['scale'],
    mask: 'passes',
    build: rmsNorm,
  },
  {
    names: ['GroupNormalization'],
    doc: 'Mean and variance of groups of channels.',
    weights: scaled,
    mask: 'passes',
    build: groupNorm,
  },
  { names: ['UnitNormalization'], doc: 'Divided by the length of the vector.', mask: 'passes', build: unitNorm },
];
