/** Layers whose weights are tied to places or written as an equation. */
import { ints, text as textAttribute } from '../../../graph/attributes';
import type { Value } from '../../../graph/types';
import { activate } from '../activations';
import { flagAt, layerError, sizeAt, sizesAt, textAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { isChannelsFirst } from './windows';

/** Products and sums as an equation says, `abc,cd->abd`. */
function einsum(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const equation = textAt(call.layer, 'equation', '').replaceAll(' ', '');
  if (!/^[a-zA-Z.]+,[a-zA-Z.]+->[a-zA-Z.]+$/.test(equation))
    throw layerError(call.layer, `Its equation "${equation.slice(0, 40)}" is not one of two tensors.`);
  const kernel = call.b.constant(call.weight('kernel'), 'kernel');
  const product = call.op('Einsum', [call.channels.last(tensor), kernel], { equation: textAttribute(equation) });
  const value = call.has('bias') ? call.op('Add', [product, call.b.constant(call.weight('bias'), 'bias')]) : product;
  return activate(call, call.plain(value), call.layer.values['activation']);
}

/** A convolution with a kernel of its own at every place: windows are gathered, and multiplied place by place. */
const local =
  (axes: 1 | 2) =>
  (call: Call): KerasTensor => {
    const { layer, b } = call;
    if (isChannelsFirst(call) || sizeAt(layer, 'implementation', 1) !== 1)
      throw layerError(
        layer,
        'Its weights are kept in another way.',
        'Save it with implementation=1 and channels last.',
      );
    if (textAt(layer, 'padding', 'valid') !== 'valid') throw layerError(layer, 'Its padding is not "valid".');
    const shape = call.shape();
    const kernel = sizesAt(layer, 'kernel_size', axes, 1);
    const strides = sizesAt(layer, 'strides', axes, 1);
    const filters = sizeAt(layer, 'filters');
    const sizes = shape.slice(1).map(Number);
    const channels = sizes.at(-1) ?? 0;
    if (shape.length !== axes + 2 || sizes.some((size) => !Number.isInteger(size)))
      throw layerError(layer, 'It reads places of a fixed number.', 'Give the model a fixed input size.');
    const counts = kernel.map((size, axis) => Math.floor(((sizes[axis] ?? 0) - size) / (strides[axis] ?? 1)) + 1);
    if (counts.some((count) => count < 1)) throw layerError(layer, 'Its kernel is larger than its input.');
    let x: Value = call.channels.last(call.inputs[0] as KerasTensor);
    kernel.forEach((size, axis) => {
      const count = counts[axis] ?? 1;
      const places = Array.from({ length: count * size }, (_, at) =>
        BigInt(Math.floor(at / size) * (strides[axis] ?? 1) + (at % size)),
      );
      const table = b.constant({ dtype: 'int64', dims: [count, size], data: BigInt64Array.from(places) }, 'places');
      x = call.op('Gather', [x, table], { axis: { type: 'int', value: 1 + 2 * axis } });
    });
    if (axes === 2) x = call.op('Transpose', [x], { perm: ints([0, 1, 3, 2, 4, 5]) });
    const places = counts.reduce((product, count) => product * count, 1);
    const wide = kernel.reduce((product, size) => product * size, channels);
    const rows = call.op('Transpose', [call.op('Reshape', [x, b.indices([-1, places, wide])])], {
      perm: ints([1, 0, 2]),
    });
    const weights = b.constant(call.weight('kernel', [places, wide, filters]), 'kernel');
    const product = call.op('Transpose', [call.op('MatMul', [rows, weights])], { perm: ints([1, 0, 2]) });
    const y = call.op('Reshape', [product, b.indices([-1, ...counts, filters])]);
    const biased = call.has('bias')
      ? call.op('Add', [y, b.constant(call.weight('bias', [...counts, filters]), 'bias')])
      : y;
    return activate(call, call.plain(biased), layer.values['activation']);
  };

export const localLayers: readonly LayerEntry[] = [
  {
    names: ['EinsumDense'],
    doc: 'Products with a kernel, summed as an equation says.',
    weights: (layer) => ((layer.values['bias_axes'] ?? null) === null ? ['kernel'] : ['kernel', 'bias']),
    build: einsum,
  },
  ...([1, 2] as const).map((axes): LayerEntry => ({
    names: [`LocallyConnected${axes}D`],
    doc: 'A convolution with a kernel of its own at every place.',
    weights: (layer) => (flagAt(layer, 'use_bias', true) ? ['kernel', 'bias'] : ['kernel']),
    build: local(axes),
  })),
];
