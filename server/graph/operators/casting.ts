/** Cast and CastLike. */
import { numberOf } from '../attributes';
import { dtypeFromCode } from '../onnx/dtypes';
import type { DType, Dim } from '../types';
import { withDtype } from './elementwise';
import type { Operator, OperatorContext } from './types';

/** Float to integer drops the fraction, as C does; anything to bool is ≠ 0. */
export function castElement(value: Dim, from: DType, to: DType): Dim | undefined {
  if (to === 'bool') return typeof value === 'number' ? Number(value !== 0) : undefined;
  if (to === 'string' || to === 'float16' || from === 'string') return undefined;
  if (typeof value === 'string') return value;
  if (to === 'float32') return Math.fround(value);
  return to === 'float64' ? value : Math.trunc(value);
}

function target(context: OperatorContext): DType | undefined {
  return context.node.op === 'CastLike' ? context.type(1)?.dtype : dtypeFromCode(numberOf(context.node, 'to', 0));
}

export const casting: readonly Operator[] = [
  {
    ops: ['Cast', 'CastLike'],
    domain: '',
    doc: 'The same numbers in another type.',
    infer: (context) => {
      const dtype = target(context);
      return dtype === undefined ? [undefined] : withDtype(context, dtype);
    },
    fold: (context) => {
      const input = context.known(0);
      const dtype = target(context);
      if (input === undefined || dtype === undefined) return undefined;
      const data: Dim[] = [];
      for (const element of Array.from(input.data)) {
        const value = castElement(element, input.dtype, dtype);
        if (value === undefined) return undefined;
        data.push(value);
      }
      return [{ dtype, dims: input.dims, data }];
    },
  },
];
