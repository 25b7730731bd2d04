/** More functions of `keras.ops`: those that are made of several operators, or have settings of their own. */
import { float, int, ints, text } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import type { Value } from '../../../graph/types';
import { elementwise } from '../activations';
import { flagAt, layerError, listAt, numberAt, textAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { argumentsOf, isTensor, operands } from './operations';

type Build = (call: Call, x: Value) => Value;

const entry = (name: string, doc: string, build: Build): LayerEntry => ({
  names: [`ops.${name}`],
  doc,
  build: (call): KerasTensor => call.plain(build(call, operands(call)[0] ?? '')),
});

/** Activations under the names of their functions; those with a setting are below. */
const activations: Readonly<Record<string, string>> = {
  ...{ Relu6: 'relu6', Silu: 'silu', Selu: 'selu', LogSigmoid: 'log_sigmoid', HardTanh: 'hard_tanh' },
  ...{ HardSigmoid: 'hard_sigmoid', HardSilu: 'hard_silu', TanhShrink: 'tanh_shrink' },
};

function rankOf(call: Call, x: Value): number {
  const rank = call.b.type(x)?.shape?.length;
  if (rank === undefined) throw layerError(call.layer, 'The rank of its input is not known.');
  return rank;
}

/** Axes of a reduction; all where none is said. */
function axesOf(call: Call, rank: number): readonly number[] {
  if ((call.layer.values['axis'] ?? null) === null) return Array.from({ length: rank }, (_, axis) => axis);
  return listAt(call.layer, 'axis').map((axis) => normalizeAxis(axis, rank));
}

const kept = (call: Call, keep = flagAt(call.layer, 'keepdims', false)) => ({ keepdims: int(keep ? 1 : 0) });

/** Mean of the squared distances from the mean. */
function variance(call: Call, x: Value): Value {
  const axes = call.b.indices(axesOf(call, rankOf(call, x)));
  const centred = call.op('Sub', [x, call.op('ReduceMean', [x, axes], kept(call, true))]);
  return call.op('ReduceMean', [call.op('Mul', [centred, centred]), axes], kept(call));
}

/** x / max(‖x‖, ε), which Keras writes with the square of the norm. */
function normalized(call: Call, x: Value): Value {
  const order = numberAt(call.layer, 'order', 2);
  if (order !== 2) throw layerError(call.layer, `It divides by the norm of order ${order}.`);
  const axes = call.b.indices(axesOf(call, rankOf(call, x)));
  const sum = call.op('ReduceSum', [call.op('Mul', [x, x]), axes], kept(call, true));
  const epsilon = numberAt(call.layer, 'epsilon', 1e-7);
  const norm = call.op('Sqrt', [call.op('Max', [sum, call.b.scalar(epsilon ** 2)])]);
  return call.op('Div', [x, norm]);
}

/** Axes in another order, from which two are changed or some are moved. */
function permuted(call: Call, x: Value, change: (axes: number[], rank: number) => readonly number[]): Value {
  const rank = rankOf(call, x);
  const perm = change(
    Array.from({ length: rank }, (_, axis) => axis),
    rank,
  );
  return call.op('Transpose', [x], { perm: ints(perm) });
}

function moved(call: Call, x: Value): Value {
  return permuted(call, x, (axes, rank) => {
    const at = (key: string): readonly number[] => listAt(call.layer, key).map((axis) => normalizeAxis(axis, rank));
    const [from, to] = [at('source'), at('destination')];
    const rest = axes.filter((axis) => !from.includes(axis));
    to.map((place, index) => ({ place, axis: from[index] ?? 0 }))
      .sort((a, b) => a.place - b.place)
      .forEach(({ place, axis }) => rest.splice(place, 0, axis));
    return rest;
  });
}

/** Where the condition holds the second, else the third; numbers are of the type of what is chosen. */
function where(call: Call): Value {
  const [condition, ...others] = argumentsOf(call);
  if (!isTensor(condition) || others.length !== 2) throw layerError(call.layer, 'It chooses between other than two.');
  const [yes = '', no = ''] = operands(call, others);
  const given = call.channels.last(condition);
  const holds = call.b.type(given)?.dtype === 'bool' ? given : call.op('Cast', [given], { to: int(9) });
  return call.op('Where', [holds, yes, no]);
}

function clipped(call: Call, x: Value): Value {
  const bound = (key: string): Value => call.b.scalar(numberAt(call.layer, key));
  return call.op('Clip', [x, bound('x_min'), bound('x_max')]);
}

export const furtherOperations: readonly LayerEntry[] = [
  ...Object.entries(activations).map(([name, own]) =>
    entry(name, `The activation ${own}.`, (call, x) => elementwise[own]?.(call, x) ?? x),
  ),
  entry('Gelu', 'x·Φ(x), by default with tanh.', (call, x) =>
    call.op('Gelu', [x], { approximate: text(flagAt(call.layer, 'approximate', true) ? 'tanh' : 'none') }),
  ),
  entry('LeakyRelu', 'A slope below 0.', (call, x) =>
    call.op('LeakyRelu', [x], { alpha: float(numberAt(call.layer, 'negative_slope', 0.2)) }),
  ),
  entry('Elu', 'α (eˣ − 1) below 0.', (call, x) =>
    call.op('Elu', [x], { alpha: float(numberAt(call.layer, 'alpha', 1)) }),
  ),
  entry('Softmax', 'Softmax over an axis.', (call, x) =>
    call.op('Softmax', [x], { axis: int(numberAt(call.layer, 'axis', -1)) }),
  ),
  entry('LogSoftmax', 'Its logarithm.', (call, x) =>
    call.op('LogSoftmax', [x], { axis: int(numberAt(call.layer, 'axis', -1)) }),
  ),
  entry('Logsumexp', 'log Σ eˣ.', (call, x) =>
    call.op('ReduceLogSumExp', [x, call.b.indices(axesOf(call, rankOf(call, x)))], kept(call)),
  ),
  entry('Rsqrt', '1/√x.', (call, x) => call.op('Reciprocal', [call.op('Sqrt', [x])])),
  entry('Log1p', 'log(1 + x).', (call, x) => call.op('Log', [call.op('Add', [x, call.b.scalar(1)])])),
  entry('Expm1', 'eˣ − 1.', (call, x) => call.op('Sub', [call.op('Exp', [x]), call.b.scalar(1)])),
  entry('Var', 'Variance over axes.', variance),
  entry('Std', 'Its root.', (call, x) => call.op('Sqrt', [variance(call, x)])),
  entry('Normalize', 'Divided by the norm over an axis.', normalized),
  entry('Clip', 'Held between two bounds.', clipped),
  entry('Where', 'One of two, by a condition.', where),
  entry('Einsum', 'Products of tensors, summed, by their letters.', (call) =>
    call.op('Einsum', operands(call), { equation: text(textAt(call.layer, 'subscripts', '').replaceAll(' ', '')) }),
  ),
  entry('Swapaxes', 'Two axes changed for each other.', (call, x) =>
    permuted(call, x, (axes, rank) => {
      const at = (key: string): number => normalizeAxis(numberAt(call.layer, key), rank);
      [axes[at('axis1')], axes[at('axis2')]] = [at('axis2'), at('axis1')];
      return axes;
    }),
  ),
  entry('Moveaxis', 'Axes put elsewhere.', moved),
  entry('Tile', 'Repeated along its axes.', (call, x) => {
    const repeats = listAt(call.layer, 'repeats');
    const ones = new Array<number>(Math.max(0, rankOf(call, x) - repeats.length)).fill(1);
    return call.op('Tile', [x, call.b.indices([...ones, ...repeats])]);
  }),
];
