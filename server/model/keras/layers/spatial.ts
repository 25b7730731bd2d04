/** Padding, cropping and enlarging of spatial axes; the order of axes stays what it was. */
import { text } from '../../../graph/attributes';
import { f32 } from '../../../graph/tensor';
import type { Value } from '../../../graph/types';
import { layerError, pairsAt, sizeAt, sizesAt, textAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { channelsFirst, isChannelsFirst } from './windows';

/** Index of the first spatial axis in the value. */
function start(call: Call, tensor: KerasTensor): number {
  return tensor.first || isChannelsFirst(call) ? 2 : 1;
}

const pad =
  (axes: number) =>
  (call: Call): KerasTensor => {
    const tensor = call.inputs[0] as KerasTensor;
    const pairs = pairsAt(call.layer, 'padding', axes);
    const value = isChannelsFirst(call) ? call.channels.last(tensor) : tensor.value;
    const from = start(call, tensor);
    const zero = call.b.scalar(0);
    const pads = call.b.indices([...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)]);
    const at = call.b.indices(pairs.map((_, axis) => axis + from));
    return { ...tensor, first: from === 2 && tensor.first, mask: null, value: call.op('Pad', [value, pads, zero, at]) };
  };

const crop =
  (axes: number) =>
  (call: Call): KerasTensor => {
    const tensor = call.inputs[0] as KerasTensor;
    const pairs = pairsAt(call.layer, 'cropping', axes);
    const value = isChannelsFirst(call) ? call.channels.last(tensor) : tensor.value;
    const from = start(call, tensor);
    const begins = call.b.indices(pairs.map(([before]) => before));
    const ends = call.b.indices(pairs.map(([, after]) => (after === 0 ? 2 ** 31 : -after)));
    const at = call.b.indices(pairs.map((_, axis) => axis + from));
    return { ...tensor, mask: null, value: call.op('Slice', [value, begins, ends, at]) };
  };

/** Interpolations by name: how pixels lie, and what is between them. */
const nearest = {
  mode: text('nearest'),
  coordinate_transformation_mode: text('asymmetric'),
  nearest_mode: text('floor'),
};
const bilinear = { mode: text('linear'), coordinate_transformation_mode: text('half_pixel') };

function interpolation(call: Call, fallback: string): typeof nearest | typeof bilinear {
  const name = textAt(call.layer, 'interpolation', fallback).toLowerCase();
  if (name === 'nearest') return nearest;
  if (name === 'bilinear') return bilinear;
  throw layerError(call.layer, `Its interpolation "${name}" is neither nearest nor bilinear.`);
}

const upsample =
  (axes: number) =>
  (call: Call): KerasTensor => {
    const key = axes === 1 && !('size' in call.layer.values) ? 'length' : 'size';
    const { x, back } = channelsFirst(call, axes);
    const scales = call.b.constant(f32([1, 1, ...sizesAt(call.layer, key, axes, 2)]), 'scales');
    return back(call.op('Resize', [x, '', scales], axes === 2 ? interpolation(call, 'nearest') : nearest));
  };

function resizing(call: Call): KerasTensor {
  const { layer } = call;
  const odd = ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias'].find((key) => layer.values[key] === true);
  if (odd !== undefined) throw layerError(layer, `Its "${odd}" is not supported.`, 'Resize pictures before the model.');
  const { x, spatial, channels, back } = channelsFirst(call, 2);
  const [height, width] = [sizeAt(layer, 'height'), sizeAt(layer, 'width')];
  if (spatial[0] === height && spatial[1] === width) return call.inputs[0] as KerasTensor;
  if (spatial.some((dim) => typeof dim !== 'number'))
    throw layerError(layer, 'It resizes pictures of any size.', 'Give the model a fixed input size.');
  const scales = f32([1, 1, height / Number(spatial[0]), width / Number(spatial[1])]);
  const like = interpolation(call, 'bilinear');
  // Nearest pixels of TensorFlow lie at half pixels, too.
  const settings =
    like === nearest
      ? { ...nearest, coordinate_transformation_mode: text('half_pixel'), nearest_mode: text('round_prefer_ceil') }
      : like;
  const y = call.op('Resize', [x, '', call.b.constant(scales, 'scales')], settings);
  call.b.declare(y, { dtype: 'float32', shape: [call.shape()[0] ?? 'batch', channels, height, width] });
  return back(y);
}

function centerCrop(call: Call): KerasTensor {
  const { x, spatial, back } = channelsFirst(call, 2);
  const wanted = [sizeAt(call.layer, 'height'), sizeAt(call.layer, 'width')];
  const begins = wanted.map((size, axis) => {
    const own = spatial[axis];
    if (typeof own !== 'number' || own < size)
      throw layerError(call.layer, 'It crops pictures that may be smaller than the crop.');
    return Math.floor((own - size) / 2);
  });
  const ends = begins.map((begin, axis) => begin + (wanted[axis] ?? 0));
  const slice: readonly Value[] = [x, call.b.indices(begins), call.b.indices(ends), call.b.indices([2, 3])];
  return back(call.op('Slice', slice));
}

export const spatialLayers: readonly LayerEntry[] = [
  ...[1, 2, 3].flatMap((axes): LayerEntry[] => [
    { names: [`ZeroPadding${axes}D`], doc: 'Zeros around the spatial axes.', build: pad(axes) },
    { names: [`Cropping${axes}D`], doc: 'Ends of the spatial axes cut off.', build: crop(axes) },
    { names: [`UpSampling${axes}D`], doc: 'Positions repeated, or interpolated.', build: upsample(axes) },
  ]),
  { names: ['Resizing'], doc: 'Pictures of another size.', build: resizing },
  { names: ['CenterCrop'], doc: 'The middle of a picture.', build: centerCrop },
];
