/** Element-wise operators of several inputs, broadcast in a common layout. */
import * as tf from '@tensorflow/tfjs-core';
import { numberOf } from '../../../graph/attributes';
import type { DType } from '../../../graph/types';
import { deviceType, isFloat, onDevice, toFloat } from '../operands';
import type { Kernel, KernelEntry } from '../types';
import { align, need, pairwise, select } from './common';
import { byFold } from './folding';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const binary =
  (f: Binary, dtypeOf?: DType): Kernel =>
  (call) => {
    const operands = [need(call, 0), need(call, 1)] as const;
    const { layout, tensors } = align(operands);
    const [a, b] = tensors as [tf.Tensor, tf.Tensor];
    return onDevice(dtypeOf ?? operands[0].dtype, pairwise(f, a, b), layout);
  };

/** TensorFlow.js' integer division and remainder round down and divide by 0 as they like: the host does them. */
const exactIntegers =
  (f: Kernel): Kernel =>
  (call) =>
    isFloat(need(call, 0).dtype) ? f(call) : byFold(call);

/** Remainder with the sign of the dividend (fmod) or of the divisor. */
const remainder: Kernel = (call) => {
  const fmod = numberOf(call.node, 'fmod', 0) === 1;
  return binary((a, b) => {
    const ratio = tf.div(a, b);
    const down = tf.floor(ratio);
    const whole = fmod ? select(tf.less(ratio, 0), tf.ceil(ratio), down) : down;
    return tf.sub(a, tf.mul(b, whole));
  })(call);
};

const power: Kernel = (call) => {
  const [base, exponent] = [need(call, 0), need(call, 1)];
  const { layout, tensors } = align([base, exponent]);
  const [a, b] = tensors.map((tensor) => toFloat(tensor)) as [tf.Tensor, tf.Tensor];
  const constant = exponent.host?.length === 1 ? Number(exponent.host[0]) : undefined;
  const result = constant === 2 ? tf.mul(a, a) : constant === 0.5 ? tf.sqrt(a) : pairwise(tf.pow, a, b);
  return onDevice(base.dtype, tf.cast(result, deviceType(base.dtype)), layout);
};

/** Folds over all inputs. */
const many =
  (f: Binary, finish?: (total: tf.Tensor, count: number) => tf.Tensor): Kernel =>
  (call) => {
    const operands = call.inputs.filter((input) => input !== undefined);
    const { layout, tensors } = align(operands);
    const total = tensors.reduce((sum, tensor) => pairwise(f, sum, tensor));
    return onDevice(need(call, 0).dtype, finish?.(total, tensors.length) ?? total, layout);
  };

/** Selects, whatever the kind of its numbers. */
const where: Kernel = (call) => {
  const operands = [need(call, 0), need(call, 1), need(call, 2)] as const;
  const { layout, tensors } = align(operands);
  const [condition, x, y] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor];
  const { dtype } = operands[1];
  if (dtype !== 'bool') return onDevice(dtype, select(tf.cast(condition, 'bool'), x, y), layout);
  const [a, b] = [tf.cast(x, 'int32'), tf.cast(y, 'int32')];
  return onDevice(dtype, tf.cast(select(tf.cast(condition, 'bool'), a, b), 'bool'), layout);
};

/** Booleans are compared as integers. */
const comparable = (tensor: tf.Tensor): tf.Tensor => (tensor.dtype === 'bool' ? tf.cast(tensor, 'int32') : tensor);
const compare = (f: Binary): Kernel => binary((a, b) => f(comparable(a), comparable(b)), 'bool');

export const binaries: readonly KernelEntry[] = [
  { ops: ['Add'], kernel: binary(tf.add) },
  { ops: ['Sub'], kernel: binary(tf.sub) },
  { ops: ['Mul'], kernel: binary(tf.mul) },
  { ops: ['Div'], kernel: exactIntegers(binary(tf.div)), reads: 'integers' },
  { ops: ['Mod'], kernel: exactIntegers(remainder), reads: 'integers' },
  { ops: ['Pow'], kernel: power },
  { ops: ['Sum'], kernel: many(tf.add) },
  { ops: ['Mean'], kernel: many(tf.add, (total, count) => tf.div(total, count)) },
  { ops: ['Max'], kernel: many(tf.maximum) },
  { ops: ['Min'], kernel: many(tf.minimum) },
  { ops: ['Equal'], kernel: compare(tf.equal) },
  { ops: ['Less'], kernel: compare(tf.less) },
  { ops: ['LessOrEqual'], kernel: compare(tf.lessEqual) },
  { ops: ['Greater'], kernel: compare(tf.greater) },
  { ops: ['GreaterOrEqual'], kernel: compare(tf.greaterEqual) },
  { ops: ['And'], kernel: binary(tf.logicalAnd, 'bool') },
  { ops: ['Or'], kernel: binary(tf.logicalOr, 'bool') },
  { ops: ['Xor'], kernel: binary((a, b) => tf.notEqual(comparable(a), comparable(b)), 'bool') },
  { ops: ['Where'], kernel: where },
  { ops: ['BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'BitwiseNot'], kernel: byFold, reads: 'all' },
];
