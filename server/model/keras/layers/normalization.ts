/** Normalisations. */
import { float, int, ints } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { f32 } from '../../../graph/tensor';
import type { Dim, Tensor, Value } from '../../../graph/types';
import { mapped, reshaped } from '../../arrays';
import { flagAt, layerError, listAt, numberAt, sizeAt } from '../config';
import type { LayerConfig } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';

const filled = (count: number, value: number): Tensor => f32(new Float32Array(count).fill(value));

const scaled = (layer: LayerConfig): readonly string[] => [
  ...(flagAt(layer, 'scale', true) ? ['gamma'] : []),
  ...(flagAt(layer, 'center', true) ? ['beta'] : []),
];

/** Weights that training with `renorm` keeps beside the moving ones, which alone are used later. */
const renormalised = (layer: LayerConfig): readonly string[] =>
  flagAt(layer, 'renorm', false) ? ['moving_stddev', 'renorm_mean', 'renorm_stddev'] : [];

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

/** Over the last axes as they are; any others are moved there and back. */
function layerNorm(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const shape = call.shape(tensor);
  const rank = shape.length;
  const axes = [...axesOf(call, rank)].sort((a, b) => a - b);
  const order = [...shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const isLast = order.every((axis, place) => axis === place);
  const given = call.channels.last(tensor);
  const x = isLast ? given : call.op('Transpose', [given], { perm: ints(order) });
  const y = normalizedLast(
    call,
    x,
    axes.map((axis) => shape[axis] as Dim),
  );
  const back = [...order.keys()].map((axis) => order.indexOf(axis));
  return { ...tensor, first: false, value: isLast ? y : call.op('Transpose', [y], { perm: ints(back) }) };
}

function normalizedLast(call: Call, x: Value, dims: readonly Dim[]): Value {
  if (dims.some((dim) => typeof dim !== 'number'))
    throw layerError(call.layer, 'It normalises an axis of unknown size.');
  const sizes = dims as readonly number[];
  const count = sizes.reduce((product, dim) => product * dim, 1);
  // Keras keeps weights in the order in which axes were named, and reads them in that of the shape.
  const weight = (name: string): Tensor => {
    const found = call.weight(name);
    if (found.data.length !== count)
      throw layerError(
        call.layer,
        `Its ${name} has ${found.data.length} numbers, not ${count}.`,
        'Save the model again.',
      );
    return reshaped(found, sizes);
  };
  const gamma = call.b.constant(call.has('gamma') ? weight('gamma') : reshaped(filled(count, 1), sizes), 'gamma');
  if (flagAt(call.layer, 'rms_scaling', false)) return call.op('Mul', [deviations(call, x, -sizes.length), gamma]);
  const inputs = [x, gamma, ...(call.has('beta') ? [call.b.constant(weight('beta'), 'beta')] : [])];
  const epsilon = float(numberAt(call.layer, 'epsilon', 1e-3));
  return call.op('LayerNormalization', inputs, { axis: int(-sizes.length), epsilon });
}

/** x / √(variance + ε): what Keras calls RMS scaling here takes the mean off the divisor alone. */
function deviations(call: Call, x: Value, axis: number): Value {
  const axes = call.b.indices(Array.from({ length: -axis }, (_, index) => axis + index));
  const centred = call.op('Sub', [x, call.op('ReduceMean', [x, axes], { keepdims: int(1) })]);
  const variance = call.op('ReduceMean', [call.op('Mul', [centred, centred]), axes], { keepdims: int(1) });
  return call.op('Div', [
    x,
    call.op('Sqrt', [call.op('Add', [variance, call.b.scalar(numberAt(call.layer, 'epsilon', 1e-3))])]),
  ]);
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
  const shape = call.shape(tensor);
  const axes = [...axesOf(call, shape.length)].sort((a, b) => a - b);
  if (axes.some((axis, place) => axis !== shape.length - axes.length + place))
    throw layerError(call.layer, `It normalises axes ${axes.join(', ')}, which are not the last ones.`);
  const scale = call.weight(
    'scale',
    axes.map((axis) => (typeof shape[axis] === 'number' ? shape[axis] : null)),
  );
  return call.plain(rms(call, call.channels.last(tensor), -axes.length, scale));
}

function groupNorm(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const shape = call.shape(tensor);
  const [axis = -1] = axesOf(call, shape.length);
  const count = shape[axis];
  if (typeof count !== 'number' || axis < 1)
    throw layerError(
      call.layer,
      'The number of its channels is not known.',
      'Save the model with a fixed input shape.',
    );
  const first = axis === shape.length - 1 && shape.length > 2;
  const order = [0, axis, ...shape.keys()].filter((at, place) => place < 2 || (at !== 0 && at !== axis));
  const moves = !first && axis !== 1;
  const given = first ? call.channels.first(tensor) : call.channels.last(tensor);
  const x = moves ? call.op('Transpose', [given], { perm: ints(order) }) : given;
  const wanted = numberAt(call.layer, 'groups', 32);
  const gamma = call.has('gamma') ? call.weight('gamma', [count]) : filled(count, 1);
  const beta = call.has('beta') ? call.weight('beta', [count]) : filled(count, 0);
  const value = call.op('GroupNormalization', [x, call.b.constant(gamma, 'gamma'), call.b.constant(beta, 'beta')], {
    num_groups: int(wanted === -1 ? count : sizeAt(call.layer, 'groups', 32)),
    epsilon: float(numberAt(call.layer, 'epsilon', 1e-3)),
  });
  const back = [...order.keys()].map((at) => order.indexOf(at));
  return { value: moves ? call.op('Transpose', [value], { perm: ints(back) }) : value, first, mask: tensor.mask };
}

function unitNorm(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const x = call.channels.last(tensor);
  const axes = call.b.indices(axesOf(call, call.shape(tensor).length));
  const length = call.op('ReduceL2', [x, axes], { keepdims: int(1) });
  return {
    ...tensor,
    first: false,
    value: call.op('Div', [x, call.op('Max', [length, call.b.scalar(call.modern ? 1e-12 : 1e-6)])]),
  };
}

export const normalizations: readonly LayerEntry[] = [
  {
    names: ['BatchNormalization', 'BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'],
    doc: 'Moving mean and variance, then scale and shift.',
    weights: (layer) => [...scaled(layer), 'moving_mean', 'moving_variance', ...renormalised(layer)],
    fixed: ['moving_mean', 'moving_variance', 'moving_stddev', 'renorm_mean', 'renorm_stddev'],
    mask: 'passes',
    build: batchNorm,
  },
  {
    names: ['LayerNormalization'],
    doc: 'Mean and variance of each sample over the last axes, then scale and shift.',
    weights: (layer) => scaled(layer).filter((name) => name === 'gamma' || !flagAt(layer, 'rms_scaling', false)),
    mask: 'passes',
    build: layerNorm,
  },
  {
    names: ['RMSNormalization'],
    doc: 'Root mean square of the last axis, then scale.',
    weights: () => ['scale'],
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
