/** Shape and Size: where symbolic sizes become values. */
import { numberOf } from '../attributes';
import { productOf } from '../dims';
import type { Dim } from '../types';
import type { Operator, OperatorContext } from './types';

function shapeOf(context: OperatorContext): readonly Dim[] | undefined {
  const shape = context.shape(0);
  if (shape === undefined) return undefined;
  const clamp = (axis: number): number => Math.max(0, Math.min(shape.length, axis < 0 ? axis + shape.length : axis));
  return shape.slice(clamp(numberOf(context.node, 'start', 0)), clamp(numberOf(context.node, 'end', shape.length)));
}

export const shape: readonly Operator[] = [
  {
    ops: ['Shape'],
    domain: '',
    doc: 'The sizes of a tensor as an int64 vector.',
    infer: (context) => {
      const dims = shapeOf(context);
      return [{ dtype: 'int64', shape: [dims?.length ?? context.fresh(0)] }];
    },
    fold: (context) => {
      const dims = shapeOf(context);
      return dims === undefined ? undefined : [{ dtype: 'int64', dims: [dims.length], data: dims }];
    },
  },
  {
    ops: ['Size'],
    domain: '',
    doc: 'The number of elements of a tensor.',
    infer: () => [{ dtype: 'int64', shape: [] }],
    fold: (context) => {
      const dims = context.shape(0);
      return dims === undefined ? undefined : [{ dtype: 'int64', dims: [], data: [productOf(dims)] }];
    },
  },
];
