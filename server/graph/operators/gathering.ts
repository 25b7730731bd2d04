/** Picking elements by index. */
import { numberOf } from '../attributes';
import { normalizeAxis } from '../shapes';
import type { Dim, ValueType } from '../types';
import { move, stridesOf } from './movement';
import type { Known, Operator, OperatorContext } from './types';

function gather(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(0)?.dtype;
  const [data, indices] = [context.shape(0), context.shape(1)];
  if (dtype === undefined) return [undefined];
  if (data === undefined || indices === undefined) return [{ dtype, shape: undefined }];
  const axis = normalizeAxis(numberOf(context.node, 'axis', 0), data.length);
  return [{ dtype, shape: [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)] }];
}

function foldGather(context: OperatorContext): Known[] | undefined {
  const [data, indices] = [context.known(0), context.known(1)];
  if (data === undefined || indices === undefined) return undefined;
  const axis = normalizeAxis(numberOf(context.node, 'axis', 0), data.dims.length);
  const size = data.dims[axis] ?? 1;
  const picks: number[] = [];
  for (const pick of Array.from(indices.data)) {
    if (typeof pick !== 'number' || pick >= size || pick < -size) return undefined;
    picks.push(pick < 0 ? pick + size : pick);
  }
  const strides = stridesOf(data.dims);
  const inner = stridesOf(indices.dims);
  const dims = [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)];
  const width = indices.dims.length;
  return [
    move(data, dims, (place) => {
      let from = 0;
      let pick = 0;
      place.forEach((where, index) => {
        if (index < axis) from += where * (strides[index] ?? 0);
        else if (index < axis + width) pick += where * (inner[index - axis] ?? 0);
        else from += where * (strides[index - width + 1] ?? 0);
      });
      return from + (picks[pick] ?? 0) * (strides[axis] ?? 0);
    }),
  ];
}

function gatherND(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(0)?.dtype;
  const [data, indices] = [context.shape(0), context.shape(1)];
  if (dtype === undefined) return [undefined];
  const depth = indices?.at(-1);
  if (data === undefined || indices === undefined || typeof depth !== 'number') return [{ dtype, shape: undefined }];
  const batch = numberOf(context.node, 'batch_dims', 0);
  return [{ dtype, shape: [...indices.slice(0, -1), ...data.slice(batch + depth)] }];
}

function oneHot(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(2)?.dtype;
  const indices = context.shape(0);
  if (dtype === undefined) return [undefined];
  if (indices === undefined) return [{ dtype, shape: undefined }];
  const axis = normalizeAxis(numberOf(context.node, 'axis', -1), indices.length + 1);
  const depth: Dim = context.known(1)?.data[0] ?? context.fresh(axis);
  return [{ dtype, shape: [...indices.slice(0, axis), depth, ...indices.slice(axis)] }];
}

function topK(context: OperatorContext): (ValueType | undefined)[] {
  const type = context.type(0);
  if (type === undefined) return [undefined];
  const axis = normalizeAxis(numberOf(context.node, 'axis', -1), type.shape?.length ?? 0);
  const count: Dim = context.known(1)?.data[0] ?? context.fresh(axis);
  const shape = type.shape?.map((dim, index) => (index === axis ? count : dim));
  return [
    { dtype: type.dtype, shape },
    { dtype: 'int64', shape },
  ];
}

export const gathering: readonly Operator[] = [
  {
    ops: ['Gather'],
    domain: '',
    doc: 'Slices of data picked by index along one axis.',
    infer: gather,
    fold: foldGather,
  },
  {
    ops: ['GatherElements'],
    domain: '',
    doc: 'Elements of data picked by index along one axis, shaped like the indices.',
    infer: (context) => {
      const dtype = context.type(0)?.dtype;
      return [dtype === undefined ? undefined : { dtype, shape: context.shape(1) }];
    },
  },
  { ops: ['GatherND'], domain: '', doc: 'Slices of data picked by index vectors.', infer: gatherND },
  { ops: ['OneHot'], domain: '', doc: 'On-value at the index, off-value elsewhere, along a new axis.', infer: oneHot },
  {
    ops: ['TopK'],
    domain: '',
    doc: 'The k largest or smallest elements along one axis and their indices.',
    infer: topK,
  },
  {
    ops: ['Compress'],
    domain: '',
    doc: 'Slices whose condition is true.',
    infer: (context) => {
      const type = context.type(0);
      if (type === undefined) return [undefined];
      const axis = numberOf(context.node, 'axis');
      if (axis === undefined) return [{ dtype: type.dtype, shape: [context.fresh(0)] }];
      const along = normalizeAxis(axis, type.shape?.length ?? 0);
      return [{ dtype: type.dtype, shape: type.shape?.map((dim, at) => (at === along ? context.fresh(at) : dim)) }];
    },
  },
  {
    ops: ['NonZero'],
    domain: '',
    doc: 'Indices of the elements that are not 0, one column each.',
    infer: (context) => [{ dtype: 'int64', shape: [context.shape(0)?.length ?? context.fresh(0), context.fresh(1)] }],
  },
];
