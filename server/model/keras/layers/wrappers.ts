/** Layers around a layer. */
import { int } from '../../../graph/attributes';
import type { Dim, Value } from '../../../graph/types';
import { flagAt, isList, isObject, layerAt, layerError, layerOf } from '../config';
import type { LayerConfig } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { cellParts, initialStates, mergeMode, recur, recurrentWeights, returnsSequences, reversed } from './recurrent';

const within = (names: readonly string[], prefix: string): readonly string[] =>
  names.map((name) => `${prefix}/${name}`);

function backwardOf(layer: LayerConfig): LayerConfig {
  const other = layer.values['backward_layer'];
  return (isObject(other) ? layerOf(other) : undefined) ?? layerAt(layer, 'layer');
}

/** One layer in the order of time and one against it. */
function bidirectional(call: Call): readonly KerasTensor[] {
  const tensor = call.inputs[0] as KerasTensor;
  const forward = layerAt(call.layer, 'layer');
  if (!['LSTM', 'GRU', 'SimpleRNN', 'CuDNNLSTM', 'CuDNNGRU', 'RNN'].includes(forward.className))
    throw layerError(call.layer, `It runs ${forward.className} in both directions, which is not known.`);
  const initial = initialStates(call);
  const half = initial.length / 2;
  // Masked steps become zeros, so that both directions are merged step by step.
  const sequences = returnsSequences(forward);
  // Which of the two begins at the end is the first one's choice, and its steps are in the order in which it made them.
  const turned = flagAt(forward, 'go_backwards', false);
  const ahead = recur(call, forward, 'forward/', tensor, turned, initial.slice(0, half), sequences);
  const back = recur(call, backwardOf(call.layer), 'backward/', tensor, !turned, initial.slice(half), sequences);
  const ordered = (steps: Value): Value => (turned ? reversed(call, steps) : steps);
  const pair: readonly Value[] = sequences ? [ordered(ahead.steps), ordered(back.steps)] : [ahead.last, back.last];
  const mask = sequences ? tensor.mask : null;
  const states = forward.values['return_state'] === true ? [...ahead.states, ...back.states] : [];
  const mode = mergeMode(call.layer);
  const merged = mode === null ? pair : [merge(call, mode, pair)];
  return [...merged.map((value) => ({ ...call.plain(value), mask })), ...states.map((state) => call.plain(state))];
}

function merge(call: Call, mode: string, pair: readonly Value[]): Value {
  switch (mode) {
    case 'concat':
      return call.op('Concat', pair, { axis: int(-1) });
    case 'sum':
      return call.op('Add', pair);
    case 'mul':
      return call.op('Mul', pair);
    case 'ave':
      return call.op('Mean', pair);
    default:
      throw layerError(call.layer, `Its merge mode "${mode}" is not known.`);
  }
}

/** Layers that treat every step alike as they are. */
const stepwise = new Set(['Dense', 'Activation', 'Dropout', 'LeakyReLU', 'ReLU', 'ELU', 'Identity', 'Rescaling']);

/** A layer for every step: steps become samples and come back. */
function timeDistributed(call: Call): readonly KerasTensor[] {
  const tensor = call.inputs[0] as KerasTensor;
  const layer = layerAt(call.layer, 'layer');
  if (stepwise.has(layer.className)) return call.inner(layer, 'layer/', [tensor]);
  const shape = call.shape(tensor);
  const [, steps] = shape;
  const sizes = shape.slice(2);
  if (typeof steps !== 'number' || sizes.some((dim) => typeof dim !== 'number'))
    throw layerError(
      call.layer,
      'It wraps a layer over a free number of steps.',
      'Save the model with a fixed number of steps.',
    );
  const samples = call.op('Reshape', [
    call.channels.last(tensor),
    call.b.indices([-1, ...(sizes as readonly number[])]),
  ]);
  const made = call.inner(layer, 'layer/', [call.plain(samples)]);
  return made.map((output) => {
    const inside = call.channels.shape(output)?.slice(1) as readonly Dim[];
    if (inside.some((dim) => typeof dim !== 'number')) throw layerError(call.layer, 'What it wraps makes free sizes.');
    const value = call.op('Reshape', [
      call.channels.last(output),
      call.b.indices([-1, steps, ...(inside as readonly number[])]),
    ]);
    return { ...call.plain(value), mask: tensor.mask };
  });
}

/** @param entryOf The table, which these entries are part of. */
export function wrappers(entryOf: (className: string) => LayerEntry | undefined): readonly LayerEntry[] {
  return [
    {
      names: ['Bidirectional'],
      doc: 'A recurrent layer in both directions.',
      weights: (layer) => [
        ...within(recurrentWeights(layerAt(layer, 'layer')), 'forward'),
        ...within(recurrentWeights(backwardOf(layer)), 'backward'),
      ],
      parts: (layer) => [
        ...cellParts(layerAt(layer, 'layer')).map((part) => `forward_layer/${part}`),
        ...cellParts(backwardOf(layer)).map((part) => `backward_layer/${part}`),
      ],
      build: bidirectional,
    },
    {
      names: ['SpectralNormalization'],
      doc: 'A layer whose kernel has been divided by its largest singular value while it was trained.',
      weights: (layer) => {
        const inner = layerAt(layer, 'layer');
        return within(entryOf(inner.className)?.weights?.(inner) ?? [], 'layer');
      },
      spare: ['vector_u', 'sn_u'],
      parts: () => ['layer'],
      mask: 'passes',
      build: (call) => call.inner(layerAt(call.layer, 'layer'), 'layer/', call.inputs),
    },
    {
      names: ['Pipeline'],
      doc: 'Layers of preprocessing, one behind the other.',
      build: (call) => {
        const { layers } = call.layer.values;
        const inside = (isList(layers) ? layers : []).map((json) => (isObject(json) ? layerOf(json) : undefined));
        return inside.reduce<readonly KerasTensor[]>((tensors, layer) => {
          if (layer === undefined)
            throw layerError(call.layer, 'Its layers are no list of layers.', 'Save the model again.');
          return call.inner(layer, `${layer.name}/`, tensors);
        }, call.inputs);
      },
    },
    {
      names: ['TimeDistributed'],
      doc: 'A layer for every step.',
      weights: (layer) => {
        const inner = layerAt(layer, 'layer');
        return within(entryOf(inner.className)?.weights?.(inner) ?? [], 'layer');
      },
      parts: (layer) => {
        const inner = layerAt(layer, 'layer');
        const parts = entryOf(inner.className)?.parts?.(inner) ?? [''];
        return parts.map((part) => (part === '' ? 'layer' : `layer/${part}`));
      },
      mask: 'passes',
      build: timeDistributed,
    },
  ];
}
