/** Quantised numbers: real = (integer − zero point)·scale. Products of them are computed in float32. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf } from '../../../graph/attributes';
import { dtypeFromCode } from '../../../graph/onnx/dtypes';
import type { DType } from '../../../graph/types';
import { first, last, onDevice, toFloat } from '../operands';
import type { Operand } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { axisOf, need, range } from './common';
import { convolve } from './convolution';
import { product } from './linear';
import { windowOf } from './windows';

const bounds: Partial<Record<DType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
};

const floats = (operand: Operand): tf.Tensor => toFloat(first(operand));

/** Scale or zero point, shaped to broadcast along one axis (or blocks of it). */
function alongAxis(operand: Operand, dims: readonly number[], axis: number, block: number): tf.Tensor {
  const tensor = floats(operand);
  if (tensor.size === 1) return tf.reshape(tensor, []);
  if (block > 0) {
    const repeated = tf.tile(
      tf.expandDims(tensor, axis + 1),
      range(tensor.rank + 1).map((at) => (at === axis + 1 ? block : 1)),
    );
    const shape = tensor.shape.map((size, at) => (at === axis ? size * block : size));
    return tf.slice(
      tf.reshape(repeated, shape),
      shape.map(() => 0),
      [...dims],
    );
  }
  return tf.reshape(
    tensor,
    dims.map((size, at) => (at === axis ? size : 1)),
  );
}

function dequantized(x: Operand, scale: Operand, zero: Operand | undefined, axis: number, block = 0): tf.Tensor {
  const shifted = zero === undefined ? floats(x) : tf.sub(floats(x), alongAxis(zero, x.dims, axis, block));
  return tf.mul(shifted, alongAxis(scale, x.dims, axis, block));
}

function quantized(x: tf.Tensor, scale: tf.Tensor, zero: tf.Tensor | undefined, dtype: DType): tf.Tensor {
  const [low, high] = bounds[dtype] ?? [-(2 ** 31), 2 ** 31 - 1];
  const steps = tf.round(tf.div(x, scale));
  return tf.cast(tf.clipByValue(zero === undefined ? steps : tf.add(steps, zero), low, high), 'int32');
}

const quantizeLinear: Kernel = (call) => {
  const [x, scale, zero] = [need(call, 0), need(call, 1), call.inputs[2]];
  const axis = axisOf(call.node, 1, x.dims.length);
  const block = numberOf(call.node, 'block_size', 0);
  const code = numberOf(call.node, 'output_dtype', 0);
  const dtype = zero?.dtype ?? (code === 0 ? 'uint8' : (dtypeFromCode(code) ?? 'uint8'));
  const offset = zero === undefined ? undefined : alongAxis(zero, x.dims, axis, block);
  return onDevice(dtype, quantized(floats(x), alongAxis(scale, x.dims, axis, block), offset, dtype));
};

const dequantizeLinear: Kernel = (call) => {
  const [x, scale] = [need(call, 0), need(call, 1)];
  const axis = axisOf(call.node, 1, x.dims.length);
  return onDevice('float32', dequantized(x, scale, call.inputs[2], axis, numberOf(call.node, 'block_size', 0)));
};

/** uint8 by the tensor's own range, which always has 0. */
const dynamicQuantize: Kernel = (call) => {
  const x = first(need(call, 0));
  const [low, high] = [tf.minimum(tf.min(x), 0), tf.maximum(tf.max(x), 0)];
  const scale = tf.div(tf.sub(high, low), 255);
  const zero = tf.clipByValue(tf.round(tf.div(tf.neg(low), scale)), 0, 255);
  return [
    onDevice('uint8', quantized(x, scale, zero, 'uint8')),
    onDevice('float32', scale),
    onDevice('uint8', tf.cast(zero, 'int32')),
  ];
};

/** A matrix (or its rows, or columns) without its zero point. */
function shifted(x: Operand, zero: Operand | undefined, axis: number): tf.Tensor {
  if (zero === undefined) return floats(x);
  const tensor = floats(zero);
  if (tensor.size === 1) return tf.sub(floats(x), tf.reshape(tensor, []));
  return tf.sub(floats(x), zero.dims.length > 1 ? tensor : tf.expandDims(tensor, axis));
}

const matMulInteger: Kernel = (call) => {
  const a = shifted(need(call, 0), call.inputs[2], 1);
  const b = shifted(need(call, 1), call.inputs[3], 0);
  return onDevice('int32', tf.cast(product(a, b, call.backend), 'int32'));
};

const qLinearMatMul: Kernel = (call) => {
  const [a, b] = [need(call, 0), need(call, 3)];
  const left = tf.mul(shifted(a, call.inputs[2], 1), column(need(call, 1)));
  const right = tf.mul(shifted(b, call.inputs[5], 0), floats(need(call, 4)));
  const zero = need(call, 7);
  return onDevice(
    zero.dtype,
    quantized(product(left, right, call.backend), floats(need(call, 6)), floats(zero), zero.dtype),
  );
};

/** A scale per row stands as a column. */
function column(scale: Operand): tf.Tensor {
  const tensor = floats(scale);
  return tensor.size === 1 || scale.dims.length > 1 ? tensor : tf.expandDims(tensor, 1);
}

/** Convolution of the shifted integers: [x, w, x zero point, w zero point]. */
function integerConv(
  call: Call,
  x: Operand,
  w: Operand,
  xZero: Operand | undefined,
  wZero: Operand | undefined,
): tf.Tensor {
  const input = onDevice('float32', shifted(x, xZero, 0));
  const weights = onDevice(
    'float32',
    wZero === undefined ? floats(w) : tf.sub(floats(w), alongAxis(wZero, w.dims, 0, 0)),
  );
  const kernel = numbersOf(call.node, 'kernel_shape') ?? w.dims.slice(2);
  const window = windowOf(call.node, x.dims.slice(2), kernel);
  return convolve(last(input), weights, window, numberOf(call.node, 'group', 1));
}

const convInteger: Kernel = (call) =>
  onDevice(
    'int32',
    tf.cast(integerConv(call, need(call, 0), need(call, 1), call.inputs[2], call.inputs[3]), 'int32'),
    'last',
  );

/** [x, scale, zero, w, scale, zero, y scale, zero, bias]. */
const qLinearConv: Kernel = (call) => {
  const sums = integerConv(call, need(call, 0), need(call, 3), call.inputs[2], call.inputs[5]);
  const bias = call.inputs[8];
  const total = bias === undefined ? sums : tf.add(sums, floats(bias));
  const real = tf.mul(total, tf.mul(floats(need(call, 1)), floats(need(call, 4))));
  const zero = need(call, 7);
  return onDevice(zero.dtype, quantized(real, floats(need(call, 6)), floats(zero), zero.dtype), 'last');
};

export const quantizations: readonly KernelEntry[] = [
  { ops: ['QuantizeLinear'], kernel: quantizeLinear },
  { ops: ['DequantizeLinear'], kernel: dequantizeLinear },
  { ops: ['QuantizeLinear'], domain: 'com.microsoft', kernel: quantizeLinear },
  { ops: ['DequantizeLinear'], domain: 'com.microsoft', kernel: dequantizeLinear },
  { ops: ['DynamicQuantizeLinear'], kernel: dynamicQuantize },
  { ops: ['MatMulInteger'], kernel: matMulInteger },
  { ops: ['QLinearMatMul'], kernel: qLinearMatMul },
  { ops: ['ConvInteger'], kernel: convInteger },
  { ops: ['QLinearConv'], kernel: qLinearConv },
];
