/** LSTM, GRU and SimpleRNN: one operator of the Graph each, its gates in another order. */
import { floats, int, ints, strings, text } from '../../../graph/attributes';
import { f32 } from '../../../graph/tensor';
import type { Attribute, Tensor, Value } from '../../../graph/types';
import { blocks, mapped, reshaped, stacked, transposed } from '../../arrays';
import { activationName, hardSlope } from '../activations';
import { flagAt, isList, isObject, layerError, layerOf, sizeAt, textAt } from '../config';
import type { Json, LayerConfig } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { groupName } from '../weights';
import { packed } from './steps';

type Kind = 'LSTM' | 'GRU' | 'RNN';

const kinds: Readonly<Record<string, Kind>> = {
  ...{ LSTM: 'LSTM', CuDNNLSTM: 'LSTM', LSTMCell: 'LSTM', GRU: 'GRU', CuDNNGRU: 'GRU', GRUCell: 'GRU' },
  ...{ SimpleRNN: 'RNN', SimpleRNNCell: 'RNN' },
};

/** Where ONNX' gates lie among those of Keras: i o f c of i f c o; z r h in both. */
const order: Readonly<Record<Kind, readonly number[]>> = { LSTM: [0, 3, 1, 2], GRU: [0, 1, 2], RNN: [0] };

/** What one direction makes: all steps [batch, steps, hidden] in the order of time, and the last states. */
export interface Recurrence {
  readonly steps: Value;
  readonly states: readonly Value[];
  /** The last hidden state of the last cell. */
  readonly last: Value;
}

/** The cell of a layer `RNN` takes its place. */
export function recurrentConfig(layer: LayerConfig): LayerConfig {
  if (layer.className !== 'RNN') return layer;
  const cell = layer.values['cell'];
  const inner = isObject(cell) ? layerOf(cell) : undefined;
  if (inner === undefined || kinds[inner.className] === undefined)
    throw layerError(layer, `Its cell ${inner?.className ?? ''} is not LSTMCell, GRUCell or SimpleRNNCell.`);
  return { className: inner.className, name: layer.name, values: { ...inner.values, ...layer.values } };
}

/** Cells one above the other are layers one behind the other: each as a layer of its own, with where its weights are. */
export function stackedCells(layer: LayerConfig): readonly { readonly layer: LayerConfig; readonly prefix: string }[] {
  const cell = layer.values['cell'];
  const stack = layer.className === 'RNN' && isObject(cell) ? layerOf(cell) : undefined;
  if (stack?.className !== 'StackedRNNCells') return [{ layer, prefix: '' }];
  const cells = stack.values['cells'];
  if (!isList(cells) || cells.length === 0) throw layerError(layer, 'Its cells are no list.', 'Save the model again.');
  return cells.map((one, index) => ({
    layer: { ...layer, values: { ...layer.values, cell: one } },
    prefix: `cells/${index}/`,
  }));
}

/** Groups of a `.keras` file that hold the cells, below the layer's own. */
export function cellParts(layer: LayerConfig): readonly string[] {
  const stack = stackedCells(layer);
  if (stack.length === 1 && stack[0]?.prefix === '') return [layer.className.startsWith('CuDNN') ? '' : 'cell'];
  const counts = new Map<string, number>();
  return stack.map((one) => {
    const name = groupName(recurrentConfig(one.layer).className);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return `cell/cells/${name}${count === 0 ? '' : `_${count}`}`;
  });
}

/** Runs a layer, or its cells one behind the other, in one direction. `prefix` leads to its weights. */
export function recur(
  call: Call,
  layer: LayerConfig,
  prefix: string,
  tensor: KerasTensor,
  backwards: boolean,
  initial: readonly KerasTensor[],
  zeros?: boolean,
): Recurrence {
  const stack = stackedCells(layer);
  if (stack.length > 1 && initial.length > 0) throw layerError(layer, 'Its stacked cells begin with states.');
  let input = tensor;
  let result: Recurrence | undefined;
  for (const one of stack) {
    const made = recurOne(call, one.layer, `${prefix}${one.prefix}`, input, backwards, initial, zeros);
    result = { steps: made.steps, states: [...(result?.states ?? []), ...made.states], last: made.last };
    input = { ...call.plain(made.steps), mask: tensor.mask };
  }
  return result as Recurrence;
}

export function recurrentWeights(layer: LayerConfig): readonly string[] {
  const stack = stackedCells(layer);
  if (stack[0]?.prefix !== '')
    return stack.flatMap((one) => recurrentWeights(one.layer).map((name) => `${one.prefix}${name}`));
  const config = recurrentConfig(layer);
  const bias = config.className.startsWith('CuDNN') || flagAt(config, 'use_bias', true);
  return bias ? ['kernel', 'recurrent_kernel', 'bias'] : ['kernel', 'recurrent_kernel'];
}

function recurOne(
  call: Call,
  layer: LayerConfig,
  prefix: string,
  tensor: KerasTensor,
  backwards: boolean,
  initial: readonly KerasTensor[],
  zeros = flagAt(recurrentConfig(layer), 'zero_output_for_mask', false),
): Recurrence {
  const config = recurrentConfig(layer);
  const kind = kinds[config.className] as Kind;
  const units = sizeAt(config, 'units');
  const width = call.shape(tensor).at(-1);
  const gates = order[kind].length;
  const kernel = call.weight(`${prefix}kernel`, [typeof width === 'number' ? width : null, gates * units]);
  const recurrent = call.weight(`${prefix}recurrent_kernel`, [units, gates * units]);
  const resets = kind === 'GRU' && (config.className === 'CuDNNGRU' || flagAt(config, 'reset_after', false));
  const steepness = gateScale(call, config);
  const bias = call.has(`${prefix}bias`) ? biasOf(call, call.weight(`${prefix}bias`), units, kind, steepness) : null;
  const weights = [kernel, recurrent].map((matrix) => {
    const turned = scaledGates(transposed(blocks(matrix, 1, order[kind]), [1, 0]), kind, steepness);
    return call.b.constant(reshaped(turned, [1, ...turned.dims]), 'kernel');
  });
  const rows = packed(call, tensor, backwards);
  const x = call.op('Transpose', [rows.x], { perm: ints([1, 0, 2]) });
  const states = initial.map((state) => call.op('Unsqueeze', [call.channels.last(state), call.b.indices([0])]));
  const inputs = [x, ...weights, bias === null ? '' : call.b.constant(bias, 'bias'), rows.lengths ?? '', ...states];
  while (inputs.at(-1) === '') inputs.pop();
  const outputs = call.b.ops(kind, inputs, kind === 'LSTM' ? 3 : 2, {
    hidden_size: int(units),
    direction: text(backwards ? 'reverse' : 'forward'),
    ...(kind === 'GRU' ? { linear_before_reset: int(resets ? 1 : 0) } : {}),
    ...activations(call, config, kind),
  });
  const [all = '', ...last] = outputs;
  const sequence = call.op('Transpose', [call.op('Squeeze', [all, call.b.indices([1])])], { perm: ints([1, 0, 2]) });
  const ends = last.map((state) => call.op('Squeeze', [state, call.b.indices([0])]));
  return { steps: rows.unpack(sequence, zeros), states: ends, last: ends[0] ?? '' };
}

/**
 * Hard gates of Keras 3 rise by x/6, those of the operators by 0.2 x: the weights of the gates take the difference, so
 * that the operator, and every rule for it, stays the usual one. Null for gates that need nothing.
 */
function gateScale(call: Call, config: LayerConfig): number | null {
  const isHard = activationName(config.values['recurrent_activation']) === 'hard_sigmoid';
  return isHard && call.modern && activationName(config.values['activation'] ?? 'tanh') !== 'hard_sigmoid'
    ? hardSlope(true) / hardSlope(false)
    : null;
}

/** Blocks of the first axis, all but the cell's input, which comes last. */
function scaledGates(tensor: Tensor, kind: Kind, scale: number | null): Tensor {
  if (scale === null || kind === 'RNN') return tensor;
  const gates = order[kind].length;
  const end = (tensor.data.length / gates) * (gates - 1);
  return mapped(tensor, (value, index) => (index < end ? value * scale : value));
}

/** ONNX wants the biases of input and hidden state one behind the other. */
function biasOf(call: Call, bias: Tensor, units: number, kind: Kind, steepness: number | null): Tensor {
  const gates = order[kind].length;
  const size = gates * units;
  const { data } = bias;
  if (data.length !== size && data.length !== 2 * size)
    throw layerError(call.layer, `Its bias has ${data.length} numbers, not ${size}.`, 'Save the model again.');
  const all = data as Float32Array;
  const input = blocks(f32(all.slice(0, size)), 0, order[kind]);
  const hidden = all.length === size ? f32(new Float32Array(size)) : blocks(f32(all.slice(size)), 0, order[kind]);
  return reshaped(stacked([input, hidden].map((part) => scaledGates(part, kind, steepness))), [1, 2 * size]);
}

const onnxNames: Readonly<Record<string, string>> = {
  ...{ tanh: 'Tanh', sigmoid: 'Sigmoid', relu: 'Relu', hard_sigmoid: 'HardSigmoid', softsign: 'Softsign' },
  ...{ softplus: 'Softplus', elu: 'Elu', linear: 'Affine' },
};

/** Names of the activations; defaults of both sides are the same and left out. */
function activations(call: Call, config: LayerConfig, kind: Kind): Record<string, Attribute> {
  const named = (value: Json | undefined): string => {
    const name = activationName(value) ?? '';
    const found = onnxNames[name];
    if (found === undefined)
      throw layerError(call.layer, `Its activation ${name} is not known inside recurrent layers.`);
    return found;
  };
  const fast = config.className.startsWith('CuDNN');
  const main = fast ? 'Tanh' : named(config.values['activation'] ?? 'tanh');
  const gate = fast
    ? 'Sigmoid'
    : named(config.values['recurrent_activation'] ?? (call.modern ? 'sigmoid' : 'hard_sigmoid'));
  const list = kind === 'LSTM' ? [gate, main, main] : kind === 'GRU' ? [gate, main] : [main];
  const usual = kind === 'LSTM' ? 'Sigmoid Tanh Tanh' : kind === 'GRU' ? 'Sigmoid Tanh' : 'Tanh';
  if (list.join(' ') === usual) return {};
  const slope = hardSlope(call.modern && gateScale(call, config) === null);
  const alphas = list.flatMap((name) =>
    name === 'HardSigmoid' ? [slope] : name === 'Affine' || name === 'Elu' ? [1] : [],
  );
  const betas = list.flatMap((name) => (name === 'HardSigmoid' ? [0.5] : name === 'Affine' ? [0] : []));
  // The operator's own HardSigmoid is the line of old: saying so would only hide it from rules.
  const own = list.every((name) => !['Affine', 'Elu'].includes(name)) && slope === 0.2;
  return {
    activations: strings(list),
    ...(own || alphas.length === 0
      ? {}
      : { activation_alpha: floats(alphas), ...(betas.length === 0 ? {} : { activation_beta: floats(betas) }) }),
  };
}

/** States that a call hands in: further inputs, or `initial_state`. */
export function initialStates(call: Call): readonly KerasTensor[] {
  const given = call.named['initial_state'];
  const listed = Array.isArray(given) ? (given as unknown[]) : given === undefined || given === null ? [] : [given];
  const tensors = listed.filter(
    (item): item is KerasTensor => typeof item === 'object' && item !== null && 'value' in item,
  );
  return tensors.length > 0 ? tensors : call.inputs.slice(1);
}

function build(call: Call): readonly KerasTensor[] {
  const { layer } = call;
  const tensor = call.inputs[0] as KerasTensor;
  if (flagAt(layer, 'time_major', false)) throw layerError(layer, 'It reads time before the batch.');
  if (flagAt(layer, 'stateful', false))
    call.note(`${layer.name} is stateful: every sample begins with empty states here.`);
  const backwards = flagAt(layer, 'go_backwards', false);
  const { steps, states, last } = recur(call, layer, '', tensor, backwards, initialStates(call));
  const sequences = flagAt(layer, 'return_sequences', false);
  // A layer that goes backwards returns its steps in the order in which it made them.
  const value = sequences ? (backwards ? reversed(call, steps) : steps) : last;
  const output: KerasTensor = { ...call.plain(value), mask: sequences ? tensor.mask : null };
  return flagAt(layer, 'return_state', false) ? [output, ...states.map((state) => call.plain(state))] : [output];
}

export function reversed(call: Call, steps: Value): Value {
  const [last, first, axis, step] = [[-1], [-(2 ** 31)], [1], [-1]].map((list) => call.b.indices(list));
  return call.op('Slice', [steps, last ?? '', first ?? '', axis ?? '', step ?? '']);
}

export const recurrentLayers: readonly LayerEntry[] = [
  {
    names: ['LSTM', 'CuDNNLSTM', 'GRU', 'CuDNNGRU', 'SimpleRNN', 'RNN'],
    doc: 'Recurrent layers; steps that are masked hand the state on.',
    weights: recurrentWeights,
    parts: cellParts,
    build,
  },
];

export function returnsSequences(layer: LayerConfig): boolean {
  return flagAt(layer, 'return_sequences', false);
}

export function mergeMode(layer: LayerConfig): string | null {
  return layer.values['merge_mode'] === null ? null : textAt(layer, 'merge_mode', 'concat');
}
