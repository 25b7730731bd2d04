/** Padding, cropping and enlarging of spatial axes; the order of axes stays what it was. */
import { text } from '../../../graph/attributes';
import { f32 } from '../../../graph/tensor';
import type { Value } from '../../../graph/types';
import { layerError, pairsAt, sizeAt, sizesAt, textAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { asFloat } from './preprocessing';
import { channelsFirst, isChannelsFirst, scaleTo } from './windows';

/** The input as it lies, unless the layer means other axes than those behind the batch; and its first spatial axis. */
function lying(call: Call): { readonly value: Value; readonly first: boolean; readonly from: number } {
  const tensor = call.inputs[0] as KerasTensor;
  if (isChannelsFirst(call)) return { value: call.channels.last(tensor), first: false, from: 2 };
  return { value: tensor.value, first: tensor.first, from: tensor.first ? 2 : 1 };
}

const pad =
  (axes: number) =>
  (call: Call): KerasTensor => {
    const { value, first, from } = lying(call);
    const pairs = pairsAt(call.layer, 'padding', axes);
    const zero = call.b.scalar(0);
    const pads = call.b.indices([...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)]);
    const at = call.b.indices(pairs.map((_, axis) => axis + from));
    return { value: call.op('Pad', [value, pads, zero, at]), first, mask: null };
  };

const crop =
  (axes: number) =>
  (call: Call): KerasTensor => {
    const { value, first, from } = lying(call);
    const pairs = pairsAt(call.layer, 'cropping', axes);
    const begins = call.b.indices(pairs.map(([before]) => before));
    const ends = call.b.indices(pairs.map(([, after]) => (after === 0 ? 2 ** 31 : -after)));
    const at = call.b.indices(pairs.map((_, axis) => axis + from));
    return { value: call.op('Slice', [value, begins, ends, at]), first, mask: null };
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
  const given = call.inputs[0] as KerasTensor;
  const input = asFloat(call, given);
  if (call.modern && input !== given)
    call.note(
      `${layer.name} rounds in Keras what it makes of whole numbers; here it does not: logits may differ a little.`,
    );
  const { x, spatial, channels, back } = channelsFirst({ ...call, inputs: [input] }, 2);
  const [height, width] = [sizeAt(layer, 'height'), sizeAt(layer, 'width')];
  if (spatial[0] === height && spatial[1] === width) return { ...input, mask: null };
  if (spatial.some((dim) => typeof dim !== 'number'))
    throw layerError(layer, 'It resizes pictures of any size.', 'Give the model a fixed input size.');
  const scales = f32([1, 1, scaleTo(Number(spatial[0]), height), scaleTo(Number(spatial[1]), width)]);
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
