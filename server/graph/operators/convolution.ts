/** Convolutions: [batch, channels, …spatial]. */
import { numberOf, numbersOf } from '../attributes';
import { multiplyDims } from '../dims';
import type { DType, Dim, ValueType } from '../types';
import { transposedSizes, windowSizes } from './spatial';
import type { Operator, OperatorContext } from './types';

function kernelOf(context: OperatorContext, weight: number): readonly Dim[] | undefined {
  return numbersOf(context.node, 'kernel_shape') ?? context.shape(weight)?.slice(2);
}

function convolve(context: OperatorContext, weight: number, dtype: DType | undefined): (ValueType | undefined)[] {
  if (dtype === undefined) return [undefined];
  const input = context.shape(0);
  const kernel = kernelOf(context, weight);
  if (input === undefined || kernel === undefined) return [{ dtype, shape: undefined }];
  const channels = context.shape(weight)?.[0] ?? context.fresh(1);
  const batch = input[0] ?? context.fresh(0);
  return [{ dtype, shape: [batch, channels, ...windowSizes(context.node, input.slice(2), kernel)] }];
}

function transposed(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(0)?.dtype;
  const input = context.shape(0);
  const kernel = kernelOf(context, 1);
  if (dtype === undefined) return [undefined];
  if (input === undefined || kernel === undefined) return [{ dtype, shape: undefined }];
  const perGroup = context.shape(1)?.[1];
  const channels =
    perGroup === undefined ? context.fresh(1) : multiplyDims(perGroup, numberOf(context.node, 'group', 1));
  const batch = input[0] ?? context.fresh(0);
  return [{ dtype, shape: [batch, channels, ...transposedSizes(context.node, input.slice(2), kernel)] }];
}

export const convolution: readonly Operator[] = [
  {
    ops: ['Conv'],
    domain: '',
    doc: 'Convolution with optional bias, groups, dilation.',
    infer: (context) => convolve(context, 1, context.type(0)?.dtype),
  },
  {
    ops: ['ConvInteger'],
    domain: '',
    doc: 'Convolution of 8-bit integers in int32.',
    infer: (context) => convolve(context, 1, 'int32'),
  },
  {
    ops: ['QLinearConv'],
    domain: '',
    doc: 'Convolution of quantised tensors.',
    infer: (context) => convolve(context, 3, context.type(7)?.dtype),
  },
  {
    ops: ['DeformConv'],
    domain: '',
    doc: 'Convolution whose sampling positions are shifted by an input.',
    infer: (context) => convolve(context, 1, context.type(0)?.dtype),
  },
  { ops: ['ConvTranspose'], domain: '', doc: 'Transposed convolution.', infer: transposed },
];
