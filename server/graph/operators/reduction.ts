/** Reductions over axes. */
import { numberOf } from '../attributes';
import { multiplyDims, addDims } from '../dims';
import { normalizeAxis } from '../shapes';
import type { Dim, ValueType } from '../types';
import type { Known, Operator, OperatorContext } from './types';

/** Axes from the second input; undefined where they cannot be known, all (or none) where it is absent. */
function axesOf(context: OperatorContext, rank: number): number[] | undefined {
  const given = context.node.inputs[1] ?? '';
  const axes = given === '' ? [] : context.numbers(1);
  if (axes === undefined) return undefined;
  if (axes.length > 0) return axes.map((axis) => normalizeAxis(axis, rank));
  return numberOf(context.node, 'noop_with_empty_axes', 0) === 1 ? [] : Array.from({ length: rank }, (_, axis) => axis);
}

function reducedShape(context: OperatorContext): readonly Dim[] | undefined {
  const shape = context.shape(0);
  if (shape === undefined) return undefined;
  const keep = numberOf(context.node, 'keepdims', 1) === 1;
  const axes = axesOf(context, shape.length);
  if (axes === undefined) return keep ? shape.map((_, axis) => context.fresh(axis)) : undefined;
  return keep
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis));
}

function reduce(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(0)?.dtype;
  return [dtype === undefined ? undefined : { dtype, shape: reducedShape(context) }];
}

/** Folds a vector to one element: what shape arithmetic does. */
function foldVector(combine: (a: Dim, b: Dim) => Dim | undefined) {
  return (context: OperatorContext): Known[] | undefined => {
    const input = context.known(0);
    const axes = input === undefined ? undefined : axesOf(context, input.dims.length);
    if (input?.dims.length !== 1 || axes?.length !== 1 || input.data.length === 0) return undefined;
    let result: Dim | undefined = input.data[0];
    for (let index = 1; index < input.data.length && result !== undefined; index += 1) {
      result = combine(result, input.data[index] as Dim);
    }
    if (result === undefined) return undefined;
    const dims = numberOf(context.node, 'keepdims', 1) === 1 ? [1] : [];
    return [{ dtype: input.dtype, dims, data: [result] }];
  };
}

const plain = (op: string, doc: string, combine?: (a: Dim, b: Dim) => Dim | undefined): Operator => ({
  ops: [op],
  domain: '',
  doc,
  infer: reduce,
  ...(combine === undefined ? {} : { fold: foldVector(combine) }),
});

const onNumbers =
  (f: (a: number, b: number) => number) =>
  (a: Dim, b: Dim): Dim | undefined =>
    typeof a === 'number' && typeof b === 'number' ? f(a, b) : undefined;

function argument(context: OperatorContext): (ValueType | undefined)[] {
  const shape = context.shape(0);
  if (shape === undefined) return [{ dtype: 'int64', shape: undefined }];
  const axis = normalizeAxis(numberOf(context.node, 'axis', 0), shape.length);
  const keep = numberOf(context.node, 'keepdims', 1) === 1;
  return [
    {
      dtype: 'int64',
      shape: keep ? shape.map((dim, at) => (at === axis ? 1 : dim)) : shape.filter((_, at) => at !== axis),
    },
  ];
}

export const reduction: readonly Operator[] = [
  plain('ReduceSum', 'Sum over axes.', addDims),
  plain('ReduceProd', 'Product over axes.', multiplyDims),
  plain('ReduceMax', 'Maximum over axes.', onNumbers(Math.max)),
  plain('ReduceMin', 'Minimum over axes.', onNumbers(Math.min)),
  plain('ReduceMean', 'Mean over axes.'),
  plain('ReduceL1', 'Σ|x| over axes.'),
  plain('ReduceL2', '√Σx² over axes.'),
  plain('ReduceLogSum', 'ln Σx over axes.'),
  plain('ReduceLogSumExp', 'ln Σeˣ over axes.'),
  plain('ReduceSumSquare', 'Σx² over axes.'),
  { ops: ['ArgMax', 'ArgMin'], domain: '', doc: 'Index of the maximum or minimum along one axis.', infer: argument },
];
