/** Quantised numbers: real = (integer − zero point)·scale. */
import { numberOf } from '../attributes';
import { dtypeFromCode } from '../onnx/dtypes';
import type { ValueType } from '../types';
import { withDtype } from './elementwise';
import type { Operator, OperatorContext } from './types';

function quantize(context: OperatorContext): (ValueType | undefined)[] {
  const code = numberOf(context.node, 'output_dtype', 0);
  const dtype = context.type(2)?.dtype ?? (code === 0 ? 'uint8' : dtypeFromCode(code));
  return dtype === undefined ? [undefined] : withDtype(context, dtype);
}

export const quantization: readonly Operator[] = [
  { ops: ['QuantizeLinear'], domain: '', doc: 'Real numbers to integers.', infer: quantize },
  {
    ops: ['DequantizeLinear'],
    domain: '',
    doc: 'Integers to real numbers.',
    infer: (context) => withDtype(context, context.type(1)?.dtype ?? 'float32'),
  },
  {
    ops: ['DynamicQuantizeLinear'],
    domain: '',
    doc: 'Real numbers to uint8 by their own range, with scale and zero point.',
    infer: (context) => [
      ...withDtype(context, 'uint8'),
      { dtype: 'float32', shape: [] },
      { dtype: 'uint8', shape: [] },
    ],
  },
];
