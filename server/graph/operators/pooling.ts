/** Poolings: [batch, channels, …spatial]. */
import { numbersOf } from '../attributes';
import type { ValueType } from '../types';
import { windowSizes } from './spatial';
import type { Operator, OperatorContext } from './types';

function pool(context: OperatorContext): (ValueType | undefined)[] {
  const type = context.type(0);
  const kernel = numbersOf(context.node, 'kernel_shape');
  if (type === undefined) return [undefined];
  if (type.shape === undefined || kernel === undefined) return [{ dtype: type.dtype, shape: undefined }];
  const shape = [...type.shape.slice(0, 2), ...windowSizes(context.node, type.shape.slice(2), kernel)];
  return [
    { dtype: type.dtype, shape },
    { dtype: 'int64', shape },
  ];
}

function globalPool(context: OperatorContext): (ValueType | undefined)[] {
  const type = context.type(0);
  if (type === undefined) return [undefined];
  return [{ dtype: type.dtype, shape: type.shape?.map((dim, axis) => (axis < 2 ? dim : 1)) }];
}

export const pooling: readonly Operator[] = [
  { ops: ['MaxPool'], domain: '', doc: 'Maximum of each window, and optionally its index.', infer: pool },
  { ops: ['AveragePool'], domain: '', doc: 'Mean of each window.', infer: (context) => pool(context).slice(0, 1) },
  { ops: ['LpPool'], domain: '', doc: 'Lp norm of each window.', infer: (context) => pool(context).slice(0, 1) },
  {
    ops: ['GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool'],
    domain: '',
    doc: 'Mean, maximum or Lp norm over all spatial axes.',
    infer: globalPool,
  },
];
