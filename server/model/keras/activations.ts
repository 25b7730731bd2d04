/** Activation functions by their Keras names. */
import { float, int, text } from '../../graph/attributes';
import type { Value } from '../../graph/types';
import type { KerasTensor, Call } from './types';
import { isObject, layerError, layerOf } from './config';
import type { Json, LayerConfig } from './config';

type Activation = (call: Call, x: Value) => Value;

const one =
  (op: string, attributes: Parameters<Call['op']>[2] = {}): Activation =>
  (call, x) =>
    call.op(op, [x], attributes);

const clip = (call: Call, x: Value, low: number | null, high: number | null): Value =>
  call.op('Clip', [x, low === null ? '' : call.b.scalar(low), high === null ? '' : call.b.scalar(high)]);

/** Element-wise functions: they do not care where the channels are. */
export const elementwise: Readonly<Record<string, Activation>> = {
  linear: (_call, x) => x,
  relu: one('Relu'),
  relu6: (call, x) => clip(call, x, 0, 6),
  sigmoid: one('Sigmoid'),
  tanh: one('Tanh'),
  elu: one('Elu', { alpha: float(1) }),
  selu: one('Selu', { alpha: float(1.6732632423543772), gamma: float(1.0507009873554805) }),
  celu: one('Celu', { alpha: float(1) }),
  softplus: one('Softplus'),
  softsign: one('Softsign'),
  exponential: one('Exp'),
  hard_sigmoid: (call, x) => call.op('HardSigmoid', [x], { alpha: float(hardSlope(call.modern)), beta: float(0.5) }),
  hard_swish: (call, x) => call.op('HardSwish', [x]),
  hard_silu: (call, x) => call.op('HardSwish', [x]),
  hard_tanh: (call, x) => clip(call, x, -1, 1),
  swish: (call, x) => call.op('Mul', [x, call.op('Sigmoid', [x])]),
  silu: (call, x) => call.op('Mul', [x, call.op('Sigmoid', [x])]),
  mish: (call, x) => call.op('Mul', [x, call.op('Tanh', [call.op('Softplus', [x])])]),
  gelu: (call, x) => call.op('Gelu', [x], { approximate: text('none') }),
  leaky_relu: one('LeakyRelu', { alpha: float(0.2) }),
  log_sigmoid: (call, x) => call.op('Neg', [call.op('Softplus', [call.op('Neg', [x])])]),
  soft_shrink: one('Shrink', { lambd: float(0.5), bias: float(0.5) }),
  hard_shrink: one('Shrink', { lambd: float(0.5), bias: float(0) }),
  tanh_shrink: (call, x) => call.op('Sub', [x, call.op('Tanh', [x])]),
  squareplus: (call, x) => {
    const root = call.op('Sqrt', [call.op('Add', [call.op('Mul', [x, x]), call.b.scalar(4)])]);
    return call.op('Mul', [call.op('Add', [x, root]), call.b.scalar(0.5)]);
  },
  sparse_sigmoid: one('HardSigmoid', { alpha: float(0.5), beta: float(0.5) }),
  // (x + 1)² / 4 from −1 to 1, x above.
  sparse_plus: (call, x) => {
    const bend = clip(call, call.op('Add', [x, call.b.scalar(1)]), 0, 2);
    const square = call.op('Mul', [call.op('Mul', [bend, bend]), call.b.scalar(0.25)]);
    return call.op('Add', [square, call.op('Relu', [call.op('Sub', [x, call.b.scalar(1)])])]);
  },
};

/** Keras 3 took the steeper line of x/6 + 0.5; before, and in TensorFlow.js, it is 0.2 x + 0.5. */
export function hardSlope(modern: boolean): number {
  return modern ? 1 / 6 : 0.2;
}

/** Name of an activation as a configuration holds it: a string, or a function of Keras; null for anything else. */
export function activationName(value: Json | undefined): string | null {
  if (value === undefined || value === null) return 'linear';
  if (typeof value === 'string') return snake(value);
  if (!isObject(value) || typeof value['class_name'] !== 'string') return null;
  const { class_name: kind, config, registered_name: registered } = value;
  if (kind !== 'function') return layerIn(value) === undefined ? snake(kind) : null;
  // `Package>name`: registered by somebody's Python code, whatever it is called.
  const custom = typeof registered === 'string' && registered.includes('>');
  return typeof config === 'string' && !custom ? snake(config) : null;
}

/** The layer that stands in the place of an activation, with settings of its own. */
function layerIn(value: Json | undefined): LayerConfig | undefined {
  return isObject(value) && value['class_name'] !== 'function' ? layerOf(value) : undefined;
}

function snake(name: string): string {
  return /[A-Z]/.test(name) && !name.includes('_')
    ? name
        .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
        .replace(/^(Re)(LU|lu)/i, 'relu')
        .toLowerCase()
    : name;
}

/** Applies the activation of a layer's configuration. */
export function activate(call: Call, tensor: KerasTensor, value: Json | undefined): KerasTensor {
  const layer = layerIn(value);
  if (layer !== undefined) return call.inner(layer, `${layer.name}/`, [tensor])[0] ?? tensor;
  const name = activationName(value);
  if (name === 'softmax' || name === 'log_softmax') {
    const op = name === 'softmax' ? 'Softmax' : 'LogSoftmax';
    return { ...tensor, first: false, value: call.op(op, [call.channels.last(tensor)], { axis: int(-1) }) };
  }
  const apply = name === null ? undefined : elementwise[name];
  if (apply === undefined)
    throw layerError(call.layer, `Its activation ${name ?? JSON.stringify(value).slice(0, 60)} is not known.`);
  return { ...tensor, value: apply(call, tensor.value) };
}
