/** Recurrent layers whose products are convolutions: their steps are written out, one after the other. */
import { int, ints } from '../../../graph/attributes';
import type { Value } from '../../../graph/types';
import { activate } from '../activations';
import { flagAt, layerError, sizeAt, sizesAt } from '../config';
import type { Json, LayerConfig } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { outerFirst } from './convolution';
import { initialStates } from './recurrent';
import { isChannelsFirst, padding, samePads } from './windows';

const MOST_STEPS = 200;

const weightsOf = (layer: LayerConfig): readonly string[] =>
  flagAt(layer, 'use_bias', true) ? ['kernel', 'recurrent_kernel', 'bias'] : ['kernel', 'recurrent_kernel'];

const build =
  (axes: number) =>
  (call: Call): readonly KerasTensor[] => {
    const { layer, b } = call;
    const tensor = call.inputs[0] as KerasTensor;
    const shape = call.shape(tensor);
    if (isChannelsFirst(call))
      throw layerError(layer, 'It has its channels first.', 'Save the model with channels last.');
    if (tensor.mask !== null || initialStates(call).length > 0)
      throw layerError(layer, 'It reads masked steps, or begins with states.');
    const [steps, ...sizes] = shape.slice(1).map(Number);
    if (shape.length !== axes + 3 || steps === undefined || [steps, ...sizes].some((size) => !Number.isInteger(size)))
      throw layerError(layer, 'It reads sequences of any length or size.', 'Give the model a fixed input shape.');
    if (steps > MOST_STEPS) throw layerError(layer, `It has ${steps} steps, more than ${MOST_STEPS}.`);
    if (flagAt(layer, 'stateful', false))
      call.note(`${layer.name} is stateful: every sample begins with empty states here.`);
    const filters = sizeAt(layer, 'filters');
    const channels = sizes.at(-1) ?? 1;
    const spatial = sizes.slice(0, -1);
    const size = sizesAt(layer, 'kernel_size', axes, 1);
    const strides = sizesAt(layer, 'strides', axes, 1);
    const dilations = sizesAt(layer, 'dilation_rate', axes, 1);
    const kernel = b.constant(outerFirst(call.weight('kernel', [...size, channels, 4 * filters])), 'kernel');
    const recurrent = outerFirst(call.weight('recurrent_kernel', [...size, filters, 4 * filters]));
    const hidden = b.constant(recurrent, 'recurrent_kernel');
    const bias = call.has('bias') ? [b.constant(call.weight('bias', [4 * filters]), 'bias')] : [];

    // What the input does to the gates, at all steps at once.
    const flat = call.op('Reshape', [call.channels.last(tensor), b.indices([-1, ...sizes])]);
    const perm = [0, axes + 1, ...Array.from({ length: axes }, (_, axis) => axis + 1)];
    const into = call.op('Conv', [call.op('Transpose', [flat], { perm: ints(perm) }), kernel, ...bias], {
      kernel_shape: ints(size),
      strides: ints(strides),
      dilations: ints(dilations),
      ...padding(call, spatial, size, strides, dilations),
    });
    const made = (b.type(into)?.shape ?? []).slice(2).map(Number);
    const all = call.op('Reshape', [into, b.indices([-1, steps, 4 * filters, ...made])]);
    const inputs = b.ops('Split', [all], steps, { axis: int(1), num_outputs: int(steps) });
    const pads = size.map((length) => samePads(length, length, 1, 1));
    const same = ints([...pads.map(([before]) => before), ...pads.map(([, after]) => after)]);

    const through = (value: Value, json: Json | undefined): Value =>
      activate(call, { value, first: true, mask: null }, json).value;
    const gate = layer.values['recurrent_activation'] ?? 'hard_sigmoid';
    const bend = layer.values['activation'] ?? 'tanh';
    let h: Value | undefined;
    let c: Value | undefined;
    const outputs: Value[] = [];
    for (const input of flagAt(layer, 'go_backwards', false) ? inputs.reverse() : inputs) {
      const x = call.op('Squeeze', [input, b.indices([1])]);
      const z =
        h === undefined
          ? x
          : call.op('Add', [x, call.op('Conv', [h, hidden], { kernel_shape: ints(size), pads: same })]);
      const [i = '', f = '', g = '', o = ''] = b.ops('Split', [z], 4, { axis: int(1), num_outputs: int(4) });
      const added = call.op('Mul', [through(i, gate), through(g, bend)]);
      c = c === undefined ? added : call.op('Add', [call.op('Mul', [through(f, gate), c]), added]);
      h = call.op('Mul', [through(o, gate), through(c, bend)]);
      outputs.push(h);
    }
    const first = (value: Value): KerasTensor => ({ value, first: true, mask: null });
    const states = flagAt(layer, 'return_state', false) ? [first(h ?? ''), first(c ?? '')] : [];
    if (!flagAt(layer, 'return_sequences', false)) return [first(h ?? ''), ...states];
    const rows = outputs.map((value) => call.op('Unsqueeze', [call.channels.last(first(value)), b.indices([1])]));
    return [call.plain(rows.length === 1 ? (rows[0] ?? '') : call.op('Concat', rows, { axis: int(1) })), ...states];
  };

export const convolutionalRecurrent: readonly LayerEntry[] = [1, 2, 3].map((axes) => ({
  names: [`ConvLSTM${axes}D`],
  doc: 'An LSTM whose products are convolutions, its steps written out.',
  weights: weightsOf,
  parts: () => ['cell'],
  build: build(axes),
}));
