/** Convolutions, poolings and what is done to channels. */
import { float, int, ints } from '../../../graph/attributes';
import type { Attribute, Dim, Tensor, Value } from '../../../graph/types';
import { reshaped, transposed } from '../../arrays';
import type { Carried } from '../../channels';
import { samePadding, scaleTo } from '../../keras/layers/windows';
import type { TfCall, TfOperation } from '../types';
import { fused } from './linear';

interface Window {
  readonly x: Value;
  readonly spatial: readonly Dim[];
  /** Channels are the model's first axis already. */
  readonly own: boolean;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

function windowOf(call: TfCall, index = 0): Window {
  const own = call.text('data_format', 'NHWC').startsWith('NC');
  const tensor = call.inputs[index];
  if (tensor === undefined) throw call.refuse('It has no input.');
  const shape = call.shape(index) ?? [];
  const inside = (list: readonly number[] | undefined): readonly number[] =>
    own ? (list ?? shape.map(() => 1)).slice(2) : (list ?? shape.map(() => 1)).slice(1, -1);
  return {
    x: own ? call.channels.last(tensor) : call.channels.first(tensor),
    spatial: own ? shape.slice(2) : shape.slice(1, -1),
    own,
    strides: inside(call.list('strides')),
    dilations: inside(call.list('dilations')),
  };
}

function pads(call: TfCall, window: Window, kernel: readonly number[]): Record<string, Attribute> {
  const mode = call.text('padding', 'VALID').toUpperCase();
  if (mode === 'VALID') return {};
  if (mode === 'EXPLICIT') {
    const list = call.list('explicit_paddings') ?? [];
    const pairs = window.own ? list.slice(4) : list.slice(2, -2);
    return { pads: ints([...pairs.filter((_, at) => at % 2 === 0), ...pairs.filter((_, at) => at % 2 === 1)]) };
  }
  return samePadding(window.spatial, kernel, window.strides, window.dilations);
}

function kernelOf(call: TfCall, index = 1): Tensor {
  const kernel = call.tensor(index);
  if (kernel?.dtype !== 'float32') throw call.refuse('Its weights are computed from the sample.');
  return kernel;
}

const axesUpTo = (count: number): number[] => Array.from({ length: count }, (_, axis) => axis);

function convolve(call: TfCall, depthwise: boolean): Carried {
  const window = windowOf(call);
  const kernel = kernelOf(call);
  const axes = kernel.dims.length - 2;
  const size = kernel.dims.slice(0, axes);
  const [inner = 1, outer = 1] = kernel.dims.slice(axes);
  const channels = window.own ? call.shape(0)?.[1] : call.shape(0)?.at(-1);
  const group = depthwise ? inner : typeof channels === 'number' ? channels / inner : 1;
  const weights = depthwise
    ? reshaped(transposed(kernel, [axes, axes + 1, ...axesUpTo(axes)]), [inner * outer, 1, ...size])
    : transposed(kernel, [axes + 1, axes, ...axesUpTo(axes)]);
  const names = call.node.attributes['fused_ops']?.texts ?? [];
  const bias = names[0] === 'BiasAdd' ? call.tensor(2) : undefined;
  const inputs = [
    window.x,
    call.b.constant(weights, 'kernel'),
    ...(bias === undefined ? [] : [call.b.constant(bias, 'bias')]),
  ];
  const value = call.op('Conv', inputs, {
    kernel_shape: ints(size),
    strides: ints(window.strides),
    dilations: ints(window.dilations),
    group: int(group),
    ...pads(call, window, size),
  });
  return fused(
    call,
    { value, first: !window.own },
    (made) => {
      if (bias === undefined) throw call.refuse('Its bias is computed.');
      return made;
    },
    2,
  );
}

/** Gradient of a convolution: a transposed one. Its sizes follow from the wanted output. */
function backwards(call: TfCall): Carried {
  const window = windowOf(call, 2);
  const kernel = kernelOf(call);
  const axes = kernel.dims.length - 2;
  const size = kernel.dims.slice(0, axes);
  const same = call.text('padding', 'VALID').toUpperCase() === 'SAME';
  const wanted = call.b.type(call.value(0))?.contents;
  const target = window.own ? wanted?.slice(2) : wanted?.slice(1, -1);
  const cuts = size.map((k, axis) => {
    const [stride = 1, dilation = 1] = [window.strides[axis], window.dilations[axis]];
    const reach = (k - 1) * dilation + 1;
    const [from, to] = [window.spatial[axis], target?.[axis]];
    if (typeof from === 'number' && typeof to === 'number') return (from - 1) * stride + reach - to;
    return same ? reach - stride : Math.min(0, reach - stride);
  });
  const before = cuts.map((cut) => (same ? Math.floor(Math.max(0, cut) / 2) : 0));
  const weights = transposed(kernel, [axes + 1, axes, ...axesUpTo(axes)]);
  const value = call.op('ConvTranspose', [window.x, call.b.constant(weights, 'kernel')], {
    kernel_shape: ints(size),
    strides: ints(window.strides),
    dilations: ints(window.dilations),
    pads: ints([...before, ...cuts.map((cut, axis) => Math.max(0, cut) - (before[axis] ?? 0))]),
    output_padding: ints(cuts.map((cut) => Math.max(0, -cut))),
  });
  return { value, first: !window.own };
}

const pool =
  (op: string) =>
  (call: TfCall): Carried => {
    const window = windowOf(call);
    const list = call.list('ksize') ?? [];
    const size = window.own ? list.slice(2) : list.slice(1, -1);
    const value = call.op(op, [window.x], {
      kernel_shape: ints(size),
      strides: ints(window.strides),
      ...pads(call, window, size),
    });
    return { value, first: !window.own };
  };

/**
 * With the statistics of what it is given: how Keras 2 writes layer normalisation, with every sample a channel of one
 * picture. Moving averages are not used then.
 */
function ownStatistics(call: TfCall, x: Value): Value {
  const rank = call.rank(0);
  const axes = call.b.indices([0, ...axesUpTo(rank - 2).map((axis) => axis + 2)]);
  const mean = call.op('ReduceMean', [x, axes], { keepdims: int(1) });
  const off = call.op('Sub', [x, mean]);
  const variance = call.op('ReduceMean', [call.op('Mul', [off, off]), axes], { keepdims: int(1) });
  const epsilon = call.b.scalar(call.number('epsilon', 1e-4));
  const unit = call.op('Div', [off, call.op('Sqrt', [call.op('Add', [variance, epsilon])])]);
  const wide = (index: number): Value => call.op('Unsqueeze', [call.value(index), axes]);
  return call.op('Add', [call.op('Mul', [unit, wide(1)]), wide(2)]);
}

function batchNorm(call: TfCall): Carried {
  const { x, own } = windowOf(call);
  // True is its default, and defaults may be left out.
  const trains = call.node.attributes['is_training'];
  if (trains === undefined || trains.flag === true) return { value: ownStatistics(call, x), first: !own };
  const value = call.op('BatchNormalization', [x, ...[1, 2, 3, 4].map((index) => call.value(index))], {
    epsilon: float(call.number('epsilon', 1e-4)),
  });
  return { value, first: !own };
}

const resize =
  (linear: boolean) =>
  (call: TfCall): Carried => {
    const { x, spatial } = windowOf(call);
    const sizes = call.numbers(1);
    if (call.flag('align_corners')) throw call.refuse('It aligns corners.');
    if (spatial.some((dim) => typeof dim !== 'number')) throw call.refuse('It resizes pictures of any size.');
    const half = call.flag('half_pixel_centers');
    const scales = Float32Array.of(1, 1, ...sizes.map((size, axis) => scaleTo(Number(spatial[axis]), size)));
    const value = call.op('Resize', [x, '', call.b.constant({ dtype: 'float32', dims: [4], data: scales }, 'scales')], {
      mode: { type: 'string', value: linear ? 'linear' : 'nearest' },
      coordinate_transformation_mode: { type: 'string', value: half ? 'half_pixel' : 'asymmetric' },
      ...(linear ? {} : { nearest_mode: { type: 'string', value: half ? 'round_prefer_ceil' : 'floor' } }),
    });
    const shape = call.shape(0) ?? [];
    call.b.declare(value, { dtype: 'float32', shape: [shape[0] ?? 'batch', shape.at(-1) ?? 1, ...sizes] });
    return { value, first: true };
  };

export const convolution: readonly TfOperation[] = [
  {
    ops: ['Conv2D', '_FusedConv2D', 'Conv3D', 'Conv1D'],
    doc: 'Convolution, with what is fused to it.',
    build: (call) => convolve(call, false),
  },
  {
    ops: ['DepthwiseConv2dNative', 'DepthwiseConv2D', 'FusedDepthwiseConv2dNative'],
    doc: 'Convolution of each channel by itself.',
    build: (call) => convolve(call, true),
  },
  { ops: ['Conv2DBackpropInput', 'Conv3DBackpropInputV2'], doc: 'Transposed convolution.', build: backwards },
  { ops: ['MaxPool', 'MaxPool3D'], doc: 'Largest value of each window.', build: pool('MaxPool') },
  { ops: ['AvgPool', 'AvgPool3D'], doc: 'Mean of each window.', build: pool('AveragePool') },
  { ops: ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'], doc: 'Batch normalisation.', build: batchNorm },
  { ops: ['ResizeBilinear'], doc: 'Pictures of another size.', build: resize(true) },
  { ops: ['ResizeNearestNeighbor'], doc: 'Pictures of another size, pixels repeated.', build: resize(false) },
];
