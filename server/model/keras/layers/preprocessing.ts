/** Preprocessing of numbers that is part of the model. */
import { int } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import { f32 } from '../../../graph/tensor';
import type { Tensor, Value } from '../../../graph/types';
import { reshaped } from '../../arrays';
import { flagAt, isList, layerError, listAt } from '../config';
import type { Json } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';

/** A number, or one per channel. */
function factor(call: Call, key: string, fallback: number, tensor: KerasTensor): Value {
  const value = call.layer.values[key] ?? fallback;
  if (typeof value === 'number') return call.b.scalar(value);
  const flat = numbersOf(value);
  if (flat === undefined) throw layerError(call.layer, `Its "${key}" is not a number.`);
  const dims = tensor.first
    ? [
        flat.length,
        ...call
          .shape(tensor)
          .slice(1, -1)
          .map(() => 1),
      ]
    : [flat.length];
  return call.b.constant(f32(flat, dims), key);
}

/** All numbers of nested lists, in order. */
function numbersOf(value: Json | undefined): readonly number[] | undefined {
  if (typeof value === 'number') return [value];
  if (!isList(value)) return undefined;
  const parts = value.map(numbersOf);
  return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
}

function rescale(call: Call): KerasTensor {
  const tensor = asFloat(call, call.inputs[0] as KerasTensor);
  const scaled = call.op('Mul', [tensor.value, factor(call, 'scale', 1, tensor)]);
  const offset = call.layer.values['offset'];
  const shifted =
    offset === 0 || offset === undefined ? scaled : call.op('Add', [scaled, factor(call, 'offset', 0, tensor)]);
  return { ...tensor, value: shifted, mask: maskBehind(call, tensor) };
}

export function asFloat(call: Call, tensor: KerasTensor): KerasTensor {
  return call.b.type(tensor.value)?.dtype === 'float32'
    ? tensor
    : { ...tensor, value: call.op('Cast', [tensor.value], { to: int(1) }) };
}

/** (x − mean) / σ with the numbers that `adapt` found. */
function normalization(call: Call): KerasTensor {
  const tensor = asFloat(call, call.inputs[0] as KerasTensor);
  const shape = call.shape(tensor);
  const axis =
    call.layer.values['axis'] === null
      ? []
      : call.layer.values['axis'] === undefined
        ? [-1]
        : listAt(call.layer, 'axis');
  const kept = axis.map((at) => normalizeAxis(at, shape.length));
  const given = { mean: numbersOf(call.layer.values['mean']), variance: numbersOf(call.layer.values['variance']) };
  const read = (key: 'mean' | 'variance'): Tensor => {
    const list = given[key];
    if (list !== undefined) return f32(list);
    const weight = call.weight(key);
    return reshaped(weight, [weight.data.length]);
  };
  const dims = shape.map((dim, at) => (kept.includes(at) ? Number(dim) : 1)).slice(1);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const wide = (weights: Tensor, change: (value: number) => number): Value => {
    const { data } = weights;
    if (data.length !== 1 && data.length !== count)
      throw layerError(
        call.layer,
        `It has ${data.length} means for ${count} places.`,
        'Call adapt and save the model again.',
      );
    const all = Float32Array.from({ length: count }, (_, index) => change(Number(data[data.length === 1 ? 0 : index])));
    return call.b.constant(f32(all, dims), 'normalization');
  };
  const x = call.channels.last(tensor);
  const mean = wide(read('mean'), (value) => value);
  const deviation = wide(read('variance'), (value) => Math.max(Math.sqrt(value), 1e-7));
  const value = flagAt(call.layer, 'invert', false)
    ? call.op('Add', [call.op('Mul', [x, deviation]), mean])
    : call.op('Div', [call.op('Sub', [x, mean]), deviation]);
  return { value, first: false, mask: maskBehind(call, tensor) };
}

/** Preprocessing of Keras 2 takes masks off. */
const maskBehind = (call: Call, tensor: KerasTensor): Value | null => (call.modern ? tensor.mask : null);

export const preprocessing: readonly LayerEntry[] = [
  { names: ['Rescaling'], doc: 'x · scale + offset.', build: rescale },
  {
    names: ['Normalization'],
    doc: '(x − mean) / σ, from what `adapt` saw.',
    weights: (layer) => ('mean' in layer.values && layer.values['mean'] !== null ? [] : ['mean', 'variance', 'count']),
    fixed: ['mean', 'variance', 'count'],
    build: normalization,
  },
];
