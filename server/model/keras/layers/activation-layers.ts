/** Activations that are layers with parameters of their own. */
import { float, int } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import type { Tensor, Value } from '../../../graph/types';
import { reshaped, transposed } from '../../arrays';
import { layerError, listAt, numberAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';

const elementwise =
  (apply: (call: Call, x: Value) => Value) =>
  (call: Call): KerasTensor => {
    const tensor = call.inputs[0] as KerasTensor;
    return { ...tensor, value: apply(call, tensor.value) };
  };

/** max(x, threshold side): f(x) = max_value above it, x from the threshold on, slope · (x − threshold) below. */
function relu(call: Call, x: Value): Value {
  const slope = numberAt(call.layer, 'negative_slope', 0);
  const threshold = numberAt(call.layer, 'threshold', 0);
  const limit = call.layer.values['max_value'] ?? null;
  let y: Value;
  if (threshold === 0) y = slope === 0 ? call.op('Relu', [x]) : call.op('LeakyRelu', [x], { alpha: float(slope) });
  else {
    const below =
      slope === 0
        ? call.b.scalar(0)
        : call.op('Mul', [call.op('Sub', [x, call.b.scalar(threshold)]), call.b.scalar(slope)]);
    y = call.op('Where', [call.op('GreaterOrEqual', [x, call.b.scalar(threshold)]), x, below]);
  }
  return limit === null ? y : call.op('Min', [y, call.b.scalar(numberAt(call.layer, 'max_value'))]);
}

function prelu(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const shape = call.shape(tensor).slice(1);
  const shared = (call.layer.values['shared_axes'] ?? null) === null ? [] : listAt(call.layer, 'shared_axes');
  const dims = shape.map((dim, axis) => (shared.includes(axis + 1) ? 1 : typeof dim === 'number' ? dim : null));
  const alpha = call.weight('alpha', dims);
  const rank = alpha.dims.length;
  const slope: Tensor =
    tensor.first && rank > 1
      ? transposed(alpha, [rank - 1, ...Array.from({ length: rank - 1 }, (_, axis) => axis)])
      : alpha;
  return { ...tensor, value: call.op('PRelu', [tensor.value, call.b.constant(reshaped(slope, slope.dims), 'alpha')]) };
}

function softmax(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const rank = call.shape(tensor).length;
  const listed = (call.layer.values['axis'] ?? null) === null ? [-1] : listAt(call.layer, 'axis');
  const axes = listed.map((axis) => normalizeAxis(axis, rank));
  const seen = visible(call, tensor, rank);
  const given = call.channels.last(tensor);
  const x = seen === null ? given : call.op('Where', [seen, given, call.b.scalar(-1e9)]);
  const y = axes.length === 1 ? call.op('Softmax', [x], { axis: int((axes[0] ?? 0) - rank) }) : over(call, x, axes);
  // Keras 3 leaves nothing where all is masked.
  const value = seen === null || !call.modern ? y : call.op('Where', [seen, y, call.b.scalar(0)]);
  // What it may look at is no mask of steps for the layers behind.
  return call.plain(value);
}

/** Softmax over several axes. */
function over(call: Call, x: Value, axes: readonly number[]): Value {
  const total = call.op('ReduceLogSumExp', [x, call.b.indices(axes)], { keepdims: int(1) });
  return call.op('Exp', [call.op('Sub', [x, total])]);
}

/** What the softmax may look at: the second thing it is called with, or the mask of the steps; null for everything. */
function visible(call: Call, tensor: KerasTensor, rank: number): Value | null {
  const [, second] = call.inputs;
  const mask = second === undefined ? tensor.mask : call.channels.last(second);
  const type = mask === null ? undefined : call.b.type(mask);
  if (mask === null || type === undefined) return null;
  if (type.shape?.length !== rank)
    throw layerError(
      call.layer,
      `Its mask has ${type.shape?.length ?? 'unknown'} axes, and what it masks ${rank}.`,
      'Give it a mask of the shape of its input, or take the mask off before it.',
    );
  return type.dtype === 'bool' ? mask : call.op('Greater', [mask, call.b.scalar(0.5)]);
}

/** A factor for each channel, as the ConvNeXt of Keras has it. */
function layerScale(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const width = call.shape(tensor).at(-1);
  const gamma = call.weight('gamma', [typeof width === 'number' ? width : null]);
  return {
    ...call.plain(call.op('Mul', [call.channels.last(tensor), call.b.constant(gamma, 'gamma')])),
    mask: tensor.mask,
  };
}

/** Older files say `alpha`, Keras 3 says `negative_slope`; a layer of TensorFlow.js writes numbers as they are. */
const slopeOf = (call: Call): number =>
  numberAt(call.layer, call.layer.values['negative_slope'] === undefined ? 'alpha' : 'negative_slope', 0.3);

export const activationLayers: readonly LayerEntry[] = [
  { names: ['ReLU'], doc: 'Positive part, with threshold, slope and limit.', mask: 'passes', build: elementwise(relu) },
  {
    names: ['LeakyReLU'],
    doc: 'Small slope below 0.',
    mask: 'passes',
    build: elementwise((call, x) => call.op('LeakyRelu', [x], { alpha: float(slopeOf(call)) })),
  },
  {
    names: ['ELU'],
    doc: 'Exponential below 0.',
    mask: 'passes',
    build: elementwise((call, x) => call.op('Elu', [x], { alpha: float(numberAt(call.layer, 'alpha', 1)) })),
  },
  {
    names: ['ThresholdedReLU'],
    doc: '0 up to a threshold.',
    mask: 'passes',
    build: elementwise((call, x) =>
      call.op('ThresholdedRelu', [x], { alpha: float(numberAt(call.layer, 'theta', 1)) }),
    ),
  },
  { names: ['PReLU'], doc: 'Learned slope below 0.', weights: () => ['alpha'], mask: 'passes', build: prelu },
  { names: ['LayerScale'], doc: 'A factor for each channel.', weights: () => ['gamma'], build: layerScale },
  { names: ['Softmax'], doc: 'Softmax over axes, of what a mask shows.', build: softmax },
];
