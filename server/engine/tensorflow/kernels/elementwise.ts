/** Operators of one input that keep its shape. They run in whatever layout the input is in. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf, textOf } from '../../../graph/attributes';
import type { Node } from '../../../graph/types';
import { deviceType, first, inLayout, isFloat, layoutOf, onDevice, toFloat } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { align, need, scalarOf, select } from './common';

type Unary = (x: tf.Tensor, node: Node) => tf.Tensor;

/** Integers go through float32, which is exact for sizes and ids. */
const unary =
  (f: Unary): Kernel =>
  (call) => {
    const x = need(call, 0);
    const layout = layoutOf(x);
    const tensor = inLayout(x, layout);
    if (isFloat(x.dtype)) return onDevice(x.dtype, f(tensor, call.node), layout);
    return onDevice(x.dtype, tf.cast(f(toFloat(tensor), call.node), deviceType(x.dtype)), layout);
  };

const alphaOf = (node: Node, fallback: number): number => numberOf(node, 'alpha', fallback);

/** min(0, alpha·(exp(x/scale) − 1)) + max(0, x). */
const exponential = (x: tf.Tensor, alpha: number, scale = 1): tf.Tensor => {
  const below = tf.mul(tf.expm1(tf.div(tf.minimum(x, 0), scale)), alpha);
  return tf.add(tf.relu(x), below);
};

const hardSigmoid = (x: tf.Tensor, alpha: number, beta: number): tf.Tensor =>
  tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);

/** ln(1 + eˣ) without overflow. */
const softplus = (x: tf.Tensor): tf.Tensor => tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));

function gelu(x: tf.Tensor, node: Node): tf.Tensor {
  const inner =
    textOf(node, 'approximate', 'none') === 'tanh'
      ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI)))
      : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
}

function shrink(x: tf.Tensor, node: Node): tf.Tensor {
  const [lambda, bias] = [numberOf(node, 'lambd', 0.5), numberOf(node, 'bias', 0)];
  const below = select(tf.less(x, -lambda), tf.add(x, bias), tf.zerosLike(x));
  return select(tf.greater(x, lambda), tf.sub(x, bias), below);
}

/** `selu` of TensorFlow.js has its constants built in; ONNX' may be given. */
function selu(x: tf.Tensor, node: Node): tf.Tensor {
  const gamma = numberOf(node, 'gamma', 1.0507009873554805);
  return tf.mul(exponential(x, alphaOf(node, 1.6732632423543772)), gamma);
}

function leakyRelu(x: tf.Tensor, node: Node): tf.Tensor {
  const alpha = alphaOf(node, 0.01);
  return tf.add(tf.relu(x), tf.mul(tf.minimum(x, 0), alpha));
}

/** wasm's own kernel says 0 for numbers near 0, where stabilisers need a sign. */
const sign = (x: tf.Tensor): tf.Tensor => tf.sub(toFloat(tf.greater(x, 0)), toFloat(tf.less(x, 0)));

const table: Readonly<Record<string, Unary>> = {
  Abs: tf.abs,
  Neg: tf.neg,
  Sign: sign,
  Floor: tf.floor,
  Ceil: tf.ceil,
  Round: tf.round,
  Reciprocal: (x) => tf.div(1, x),
  Sqrt: tf.sqrt,
  Exp: tf.exp,
  Log: tf.log,
  Erf: tf.erf,
  Sin: tf.sin,
  Cos: tf.cos,
  Tan: tf.tan,
  Asin: tf.asin,
  Acos: tf.acos,
  Atan: tf.atan,
  Sinh: tf.sinh,
  Cosh: tf.cosh,
  Asinh: tf.asinh,
  Acosh: tf.acosh,
  Atanh: tf.atanh,
  Relu: tf.relu,
  LeakyRelu: leakyRelu,
  ThresholdedRelu: (x, node) => select(tf.greater(x, alphaOf(node, 1)), x, tf.zerosLike(x)),
  Elu: (x, node) => exponential(x, alphaOf(node, 1)),
  Selu: selu,
  Celu: (x, node) => exponential(x, alphaOf(node, 1), alphaOf(node, 1)),
  Gelu: gelu,
  Mish: (x) => tf.mul(x, tf.tanh(softplus(x))),
  Sigmoid: tf.sigmoid,
  HardSigmoid: (x, node) => hardSigmoid(x, alphaOf(node, 0.2), numberOf(node, 'beta', 0.5)),
  HardSwish: (x) => tf.mul(x, hardSigmoid(x, 1 / 6, 0.5)),
  Softplus: softplus,
  Softsign: (x) => tf.div(x, tf.add(tf.abs(x), 1)),
  Tanh: tf.tanh,
  Shrink: shrink,
};

/** Bounds are read when they are numbers, and broadcast when they are computed. */
const clip: Kernel = (call) => {
  const x = need(call, 0);
  const [low, high] = [call.inputs[1], call.inputs[2]];
  if (isFloat(x.dtype) && low?.host !== undefined && high?.host !== undefined) {
    const layout = layoutOf(x);
    const bounds = [scalarOf(call, 1), scalarOf(call, 2)] as [number, number];
    if (bounds[0] <= bounds[1]) return onDevice(x.dtype, tf.clipByValue(inLayout(x, layout), ...bounds), layout);
  }
  const layout = layoutOf(x);
  let result = inLayout(x, layout);
  if (low !== undefined) result = tf.maximum(result, first(low));
  if (high !== undefined) result = tf.minimum(result, first(high));
  return onDevice(x.dtype, result, layout);
};

const not: Kernel = (call) => {
  const x = need(call, 0);
  const layout = layoutOf(x);
  return onDevice('bool', tf.logicalNot(inLayout(x, layout)), layout);
};

const test =
  (f: (x: tf.Tensor, node: Node) => tf.Tensor): Kernel =>
  (call) => {
    const x = need(call, 0);
    const layout = layoutOf(x);
    return onDevice('bool', f(inLayout(x, layout), call.node), layout);
  };

function isInfinite(x: tf.Tensor, node: Node): tf.Tensor {
  const [positive, negative] = [numberOf(node, 'detect_positive', 1), numberOf(node, 'detect_negative', 1)];
  const infinite = tf.isInf(x);
  if (positive === 1 && negative === 1) return infinite;
  if (positive === 1) return tf.logicalAnd(infinite, tf.greater(x, 0));
  return negative === 1 ? tf.logicalAnd(infinite, tf.less(x, 0)) : tf.logicalAnd(infinite, tf.logicalNot(infinite));
}

const identity: Kernel = (call: Call) => need(call, 0);

/** Dropout at inference: everything is kept. */
const dropout: Kernel = (call) => {
  const x = need(call, 0);
  if (call.node.outputs.length < 2) return x;
  return [x, onDevice('bool', tf.cast(tf.onesLike(first(x)), 'bool'))];
};

/** x where x ≥ 0, slope·x elsewhere. */
const pRelu: Kernel = (call) => {
  const { layout, tensors } = align([need(call, 0), need(call, 1)]);
  const [x, slope] = tensors as [tf.Tensor, tf.Tensor];
  return onDevice(need(call, 0).dtype, tf.add(tf.relu(x), tf.mul(tf.minimum(x, 0), slope)), layout);
};

export const elementwise: readonly KernelEntry[] = [
  ...Object.entries(table).map(([op, f]): KernelEntry => ({ ops: [op], kernel: unary(f) })),
  { ops: ['Clip'], kernel: clip },
  { ops: ['PRelu'], kernel: pRelu },
  { ops: ['Not'], kernel: not },
  { ops: ['IsNaN'], kernel: test((x) => tf.isNaN(x)) },
  { ops: ['IsInf'], kernel: test(isInfinite) },
  { ops: ['Identity'], kernel: identity },
  { ops: ['Dropout'], kernel: dropout },
];
