/** Convolutions of one, two and three axes: plain, depthwise, separable. */
import { int, ints } from '../../../graph/attributes';
import type { Tensor, Value } from '../../../graph/types';
import { reshaped, transposed } from '../../arrays';
import { activate } from '../activations';
import { flagAt, sizeAt, sizesAt } from '../config';
import type { LayerConfig } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { channelsFirst, padding } from './windows';

const withBias = (layer: LayerConfig, ...names: readonly string[]): readonly string[] =>
  flagAt(layer, 'use_bias', true) ? [...names, 'bias'] : names;

/** [height, width, in, out] to [out, in, height, width]. */
export function outerFirst(kernel: Tensor): Tensor {
  const rank = kernel.dims.length;
  return transposed(kernel, [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)]);
}

/** [height, width, in, multiplier] to [in · multiplier, 1, height, width]. */
function depthwise(kernel: Tensor): Tensor {
  const spatial = kernel.dims.slice(0, -2);
  const [channels = 1, multiplier = 1] = kernel.dims.slice(-2);
  const axes = Array.from({ length: spatial.length }, (_, axis) => axis);
  const moved = transposed(kernel, [spatial.length, spatial.length + 1, ...axes]);
  return reshaped(moved, [channels * multiplier, 1, ...spatial]);
}

function convolve(
  call: Call,
  x: Value,
  kernel: Tensor,
  settings: { readonly bias: boolean; readonly group: number; readonly spatial: readonly (number | string)[] },
): Value {
  const axes = kernel.dims.length - 2;
  const size = kernel.dims.slice(2);
  const strides = sizesAt(call.layer, 'strides', axes, 1);
  const dilations = sizesAt(call.layer, 'dilation_rate', axes, 1);
  const inputs = [x, call.b.constant(kernel, 'kernel')];
  if (settings.bias) inputs.push(call.b.constant(call.weight('bias', [kernel.dims[0] ?? null]), 'bias'));
  return call.op('Conv', inputs, {
    kernel_shape: ints(size),
    strides: ints(strides),
    dilations: ints(dilations),
    group: int(settings.group),
    ...padding(call, settings.spatial, size, strides, dilations),
  });
}

const plain =
  (axes: number) =>
  (call: Call): KerasTensor => {
    const { x, spatial, channels, back } = channelsFirst(call, axes);
    const group = sizeAt(call.layer, 'groups', 1);
    const size = sizesAt(call.layer, 'kernel_size', axes, 1);
    const kernel = outerFirst(call.weight('kernel', [...size, channels / group, sizeAt(call.layer, 'filters')]));
    const y = convolve(call, x, kernel, { bias: call.has('bias'), group, spatial });
    return activate(call, back(y), call.layer.values['activation']);
  };

const deep =
  (axes: number) =>
  (call: Call): KerasTensor => {
    const { x, spatial, channels, back } = channelsFirst(call, axes);
    const size = sizesAt(call.layer, 'kernel_size', axes, 1);
    const name = call.has('depthwise_kernel') ? 'depthwise_kernel' : 'kernel';
    const kernel = depthwise(call.weight(name, [...size, channels, sizeAt(call.layer, 'depth_multiplier', 1)]));
    const y = convolve(call, x, kernel, { bias: call.has('bias'), group: channels, spatial });
    return activate(call, back(y), call.layer.values['activation']);
  };

const separable =
  (axes: number) =>
  (call: Call): KerasTensor => {
    const { x, spatial, channels, back } = channelsFirst(call, axes);
    const size = sizesAt(call.layer, 'kernel_size', axes, 1);
    const multiplier = sizeAt(call.layer, 'depth_multiplier', 1);
    const filters = sizeAt(call.layer, 'filters');
    const inner = depthwise(call.weight('depthwise_kernel', [...size, channels, multiplier]));
    const ones = size.map(() => 1);
    const outer = outerFirst(call.weight('pointwise_kernel', [...ones, channels * multiplier, filters]));
    const between = convolve(call, x, inner, { bias: false, group: channels, spatial });
    const inputs = [between, call.b.constant(outer, 'pointwise_kernel')];
    if (call.has('bias')) inputs.push(call.b.constant(call.weight('bias', [filters]), 'bias'));
    const y = call.op('Conv', inputs, { kernel_shape: ints(ones) });
    return activate(call, back(y), call.layer.values['activation']);
  };

export const convolutions: readonly LayerEntry[] = [1, 2, 3].flatMap((axes): LayerEntry[] => {
  const conv: LayerEntry = {
    names: [`Conv${axes}D`, `Convolution${axes}D`],
    doc: `Convolution over ${axes} ax${axes === 1 ? 'is' : 'es'}.`,
    weights: (layer) => withBias(layer, 'kernel'),
    build: plain(axes),
  };
  if (axes === 3) return [conv];
  return [
    conv,
    {
      names: [`DepthwiseConv${axes}D`],
      doc: 'Convolution of each channel by itself.',
      weights: (layer) => withBias(layer, 'depthwise_kernel'),
      build: deep(axes),
    },
    {
      names: [`SeparableConv${axes}D`, `SeparableConvolution${axes}D`],
      doc: 'Convolution of each channel, then one over all channels.',
      weights: (layer) => withBias(layer, 'depthwise_kernel', 'pointwise_kernel'),
      build: separable(axes),
    },
  ];
});
