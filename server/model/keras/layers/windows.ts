/** Geometry that convolutions and poolings share: which axes are spatial, and how Keras pads. */
import { ints } from '../../../graph/attributes';
import type { Attribute, Dim, Value } from '../../../graph/types';
import { layerError, textAt } from '../config';
import type { Call, KerasTensor } from '../types';

/** A layer's input with channels behind the batch, and the way back for its output. */
export interface ChannelsFirst {
  readonly x: Value;
  /** Sizes of the spatial axes. */
  readonly spatial: readonly Dim[];
  readonly channels: number;
  readonly back: (value: Value) => KerasTensor;
}

/** True where the model itself has its channels first. */
export function isChannelsFirst(call: Call): boolean {
  return textAt(call.layer, 'data_format', 'channels_last') === 'channels_first';
}

/** @param axes Number of spatial axes. */
export function channelsFirst(call: Call, axes: number): ChannelsFirst {
  const tensor = call.inputs[0] as KerasTensor;
  const shape = call.shape(tensor);
  if (shape.length !== axes + 2)
    throw layerError(
      call.layer,
      `It reads ${axes + 2} axes, and its input has ${shape.length}.`,
      'Save the model again.',
    );
  const own = isChannelsFirst(call);
  const channels = own ? shape[1] : shape.at(-1);
  if (typeof channels !== 'number')
    throw layerError(
      call.layer,
      'The number of its input channels is not known.',
      'Save the model with a fixed number of channels.',
    );
  return {
    x: own ? call.channels.last(tensor) : call.channels.first(tensor),
    spatial: own ? shape.slice(2) : shape.slice(1, -1),
    channels,
    back: (value) => ({ value, first: !own, mask: null }),
  };
}

/** Padding of one axis for `same`: what is missing for ⌈size / stride⌉ windows, the smaller half in front. */
export function samePads(size: number, kernel: number, stride: number, dilation: number): readonly [number, number] {
  const reach = (kernel - 1) * dilation + 1;
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** `pads` (or `auto_pad` where a size is not known) for the padding that the layer asks for. */
export function padding(
  call: Call,
  spatial: readonly Dim[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): Record<string, Attribute> {
  const mode = textAt(call.layer, 'padding', 'valid').toLowerCase();
  if (mode === 'valid') return {};
  if (mode === 'causal') {
    const left = kernel.map((size, axis) => (size - 1) * (dilations[axis] ?? 1));
    return { pads: ints([...left, ...left.map(() => 0)]) };
  }
  if (mode !== 'same') throw layerError(call.layer, `Its padding "${mode}" is not known.`);
  return samePadding(spatial, kernel, strides, dilations);
}

/** `pads` for `same`; `auto_pad` where a size is not known that they depend on. */
export function samePadding(
  spatial: readonly Dim[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): Record<string, Attribute> {
  const pads = spatial.map((size, axis) => {
    const [k = 1, s = 1, d = 1] = [kernel[axis], strides[axis], dilations[axis]];
    if (typeof size !== 'number') return s === 1 ? samePads((k - 1) * d + 1, k, 1, d) : undefined;
    return samePads(size, k, s, d);
  });
  if (pads.includes(undefined)) return { auto_pad: { type: 'string', value: 'SAME_UPPER' } };
  const known = pads as readonly (readonly [number, number])[];
  return { pads: ints([...known.map(([before]) => before), ...known.map(([, after]) => after)]) };
}

/** The scale, as a float32, that makes `to` of `from`: operators cut their product to a whole number. */
export function scaleTo(from: number, to: number): number {
  const scale = Float32Array.of(to / from);
  const bits = new Int32Array(scale.buffer);
  if (from * Number(scale[0]) < to) bits[0] = (bits[0] ?? 0) + 1;
  return scale[0] ?? 1;
}
