/** Transposed convolutions. */
import { ints } from '../../../graph/attributes';
import { transposed } from '../../arrays';
import { activate } from '../activations';
import { flagAt, layerError, sizeAt, sizesAt, textAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { channelsFirst } from './windows';

/**
 * What has to be cut from (or, negative, added to) the full result (n − 1)·stride + reach: Keras decides the output's
 * size first, and the padding follows from it.
 */
function surplus(call: Call, reach: number, kernel: number, stride: number, extra: number | null): number {
  const mode = textAt(call.layer, 'padding', 'valid').toLowerCase();
  if (mode !== 'same' && mode !== 'valid') throw layerError(call.layer, `Its padding "${mode}" is not known.`);
  if (extra !== null) return (mode === 'same' ? 2 * Math.floor(kernel / 2) : 0) - extra;
  return mode === 'same' ? reach - stride : Math.min(0, reach - stride);
}

const build =
  (axes: number) =>
  (call: Call): KerasTensor => {
    const { layer } = call;
    const { x, channels, back } = channelsFirst(call, axes);
    const size = sizesAt(layer, 'kernel_size', axes, 1);
    const strides = sizesAt(layer, 'strides', axes, 1);
    const dilations = sizesAt(layer, 'dilation_rate', axes, 1);
    const given = layer.values['output_padding'] ?? null;
    const extra = given === null ? null : sizesAt(layer, 'output_padding', axes, 0, 0);
    const same = textAt(layer, 'padding', 'valid').toLowerCase() === 'same';
    const cuts = size.map((kernel, axis) => {
      const [stride = 1, dilation = 1] = [strides[axis], dilations[axis]];
      const reach = (kernel - 1) * dilation + 1;
      return surplus(call, reach, kernel, stride, extra?.[axis] ?? null);
    });
    const before = cuts.map((cut) => (same ? Math.floor(Math.max(0, cut) / 2) : 0));
    const after = cuts.map((cut, axis) => Math.max(0, cut) - (before[axis] ?? 0));
    const filters = sizeAt(layer, 'filters');
    const kernel = call.weight('kernel', [...size, filters, channels]);
    const axesOf = Array.from({ length: axes }, (_, axis) => axis);
    const inputs = [x, call.b.constant(transposed(kernel, [axes + 1, axes, ...axesOf]), 'kernel')];
    if (call.has('bias')) inputs.push(call.b.constant(call.weight('bias', [filters]), 'bias'));
    const y = call.op('ConvTranspose', inputs, {
      kernel_shape: ints(size),
      strides: ints(strides),
      dilations: ints(dilations),
      pads: ints([...before, ...after]),
      output_padding: ints(cuts.map((cut) => Math.max(0, -cut))),
    });
    return activate(call, back(y), layer.values['activation']);
  };

export const transposedConvolutions: readonly LayerEntry[] = [1, 2, 3].map((axes) => ({
  names: [`Conv${axes}DTranspose`, `Convolution${axes}DTranspose`, `Deconvolution${axes}D`],
  doc: 'Transposed convolution.',
  weights: (layer) => (flagAt(layer, 'use_bias', true) ? ['kernel', 'bias'] : ['kernel']),
  build: build(axes),
}));
