/** Tensors made from sizes, and Cast. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, numbersOf, tensorOf } from '../../../graph/attributes';
import { dtypeFromCode } from '../../../graph/onnx/dtypes';
import { broadcast } from '../../../graph/shapes';
import { sizeOf } from '../../../graph/tensor';
import type { DType } from '../../../graph/types';
import { deviceType, first, fromNumbers, inLayout, isFloat, layoutOf, onDevice, onHost, toFloat } from '../operands';
import type { Operand } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { listOf, need, range, repeatTo, scalarOf, tiled, viaNumbers } from './common';

const expand: Kernel = (call) => {
  const x = need(call, 0);
  const dims = broadcast([x.dims, listOf(call, 1) ?? []], () => 1) as number[];
  return onDevice(
    x.dtype,
    viaNumbers(first(x), (tensor) => repeatTo(tensor, dims)),
  );
};

const tile: Kernel = (call) => {
  const x = need(call, 0);
  return onDevice(
    x.dtype,
    viaNumbers(first(x), (tensor) => tiled(tensor, listOf(call, 1) ?? [])),
  );
};

const constantOfShape: Kernel = (call) => {
  const value = tensorOf(call.node, 'value');
  const dtype: DType = value?.dtype ?? 'float32';
  const dims = listOf(call, 0) ?? [];
  const number = Number(value?.data[0] ?? 0);
  if (!isFloat(dtype)) return fromNumbers(dtype, dims, new Array<number>(sizeOf(dims)).fill(number));
  return onDevice(dtype, tf.fill(dims, number, 'float32'));
};

const rangeOf: Kernel = (call) => {
  const [start, limit, delta] = [scalarOf(call, 0), scalarOf(call, 1), scalarOf(call, 2)] as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  return fromNumbers(
    need(call, 0).dtype,
    [count],
    range(count).map((at) => start + at * delta),
  );
};

const eyeLike: Kernel = (call) => {
  const [rows = 0, columns = 0] = need(call, 0).dims;
  const k = numberOf(call.node, 'k', 0);
  const dtype = dtypeFromCode(numberOf(call.node, 'dtype', 0)) ?? need(call, 0).dtype;
  const values = range(rows * columns).map((at) => Number((at % columns) - Math.floor(at / columns) === k));
  return fromNumbers(dtype, [rows, columns], values);
};

const constant: Kernel = ({ node }) => {
  const tensor = tensorOf(node, 'value');
  if (tensor !== undefined) return onHost(tensor);
  const one = numberOf(node, 'value_int') ?? numberOf(node, 'value_float');
  const list = numbersOf(node, 'value_ints') ?? numbersOf(node, 'value_floats') ?? (one === undefined ? [] : [one]);
  const floats = 'value_float' in node.attributes || 'value_floats' in node.attributes;
  return fromNumbers(floats ? 'float32' : 'int64', one === undefined ? [list.length] : [], list);
};

/** Window functions of signal processing, from their cosine coefficients. */
const signalWindow =
  (coefficients: readonly number[]): Kernel =>
  (call) => {
    const size = scalarOf(call, 0) as number;
    const length = numberOf(call.node, 'periodic', 1) === 1 ? size : size - 1;
    const dtype = dtypeFromCode(numberOf(call.node, 'output_datatype', 1)) ?? 'float32';
    const values = range(size).map((at) =>
      coefficients.reduce((sum, own, k) => sum + (-1) ** k * own * Math.cos((2 * Math.PI * k * at) / length), 0),
    );
    return fromNumbers(dtype, [size], values);
  };

/** Bits and sign of integers narrower than the device's. */
const narrow: Partial<Record<DType, readonly [bits: number, signed: boolean]>> = {
  int8: [8, true],
  uint8: [8, false],
  int16: [16, true],
  uint16: [16, false],
};

const cast: Kernel = (call) => {
  const x = need(call, 0);
  const target = call.node.op === 'CastLike' ? need(call, 1).dtype : dtypeFromCode(numberOf(call.node, 'to', 0));
  if (target === undefined || target === 'string' || x.dtype === 'string')
    throw new Error(`casting ${x.dtype} to ${target ?? 'an unknown type'}`);
  const layout = layoutOf(x);
  return onDevice(target, casted(inLayout(x, layout), target), layout);
};

function casted(tensor: tf.Tensor, target: DType): tf.Tensor {
  if (target === 'bool') return tf.notEqual(tensor.dtype === 'bool' ? tf.cast(tensor, 'int32') : tensor, 0);
  const type = deviceType(target);
  const result = type === 'float32' ? toFloat(tensor) : tf.cast(tensor, type);
  const width = narrow[target];
  if (width === undefined) return result === tensor ? tf.clone(tensor) : result;
  // Wraps around, as C does.
  const [bits, signed] = width;
  const span = 2 ** bits;
  const low = signed ? -(span / 2) : 0;
  const floats = tf.sub(toFloat(result), low);
  return tf.cast(tf.add(tf.sub(floats, tf.mul(tf.floor(tf.div(floats, span)), span)), low), 'int32');
}

type Draw = (dims: number[], call: Call) => tf.Tensor;

const random =
  (draw: Draw, dimsOf: (call: Call) => readonly number[]): Kernel =>
  (call) =>
    onDevice('float32', draw([...dimsOf(call)], call));

const normal: Draw = (dims, { node }) =>
  tf.randomNormal(dims, numberOf(node, 'mean', 0), numberOf(node, 'scale', 1), 'float32', numberOf(node, 'seed'));
const uniform: Draw = (dims, { node }) =>
  tf.randomUniform(dims, numberOf(node, 'low', 0), numberOf(node, 'high', 1), 'float32', numberOf(node, 'seed'));
const own = ({ node }: Call): readonly number[] => numbersOf(node, 'shape') ?? [];
const like = (call: Call): readonly number[] => need(call, 0).dims;

const bernoulli: Kernel = (call) => {
  const x: Operand = need(call, 0);
  const dtype = dtypeFromCode(numberOf(call.node, 'dtype', 0)) ?? x.dtype;
  const drawn = tf.less(tf.randomUniform([...x.dims], 0, 1, 'float32', numberOf(call.node, 'seed')), first(x));
  return onDevice(dtype, tf.cast(drawn, deviceType(dtype)));
};

export const generatings: readonly KernelEntry[] = [
  { ops: ['Expand'], kernel: expand, reads: [1] },
  { ops: ['Tile'], kernel: tile, reads: [1] },
  { ops: ['ConstantOfShape'], kernel: constantOfShape, reads: [0] },
  { ops: ['Range'], kernel: rangeOf, reads: 'all' },
  { ops: ['EyeLike'], kernel: eyeLike },
  { ops: ['Constant'], kernel: constant },
  { ops: ['HannWindow'], kernel: signalWindow([0.5, 0.5]), reads: [0] },
  { ops: ['HammingWindow'], kernel: signalWindow([25 / 46, 21 / 46]), reads: [0] },
  { ops: ['BlackmanWindow'], kernel: signalWindow([0.42, 0.5, 0.08]), reads: [0] },
  { ops: ['Cast', 'CastLike'], kernel: cast },
  { ops: ['RandomNormal'], kernel: random(normal, own) },
  { ops: ['RandomUniform'], kernel: random(uniform, own) },
  { ops: ['RandomNormalLike'], kernel: random(normal, like) },
  { ops: ['RandomUniformLike'], kernel: random(uniform, like) },
  { ops: ['Bernoulli'], kernel: bernoulli },
];
