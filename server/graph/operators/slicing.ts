/** Concat, Split, Slice. */
import { numberOf } from '../attributes';
import { addDims, ceilDivide, namesIn, substitute, subtractDims } from '../dims';
import { normalizeAxis } from '../shapes';
import type { Dim, ValueType } from '../types';
import { at, concatenate, move, stridesOf } from './movement';
import type { Known, Operator, OperatorContext } from './types';

function concat(context: OperatorContext): (ValueType | undefined)[] {
  const inputs = context.node.inputs.map((_, index) => context.type(index));
  const dtype = inputs.find((type) => type !== undefined)?.dtype;
  if (dtype === undefined) return [undefined];
  const shapes = inputs.map((type) => type?.shape);
  const known = shapes.find((shape) => shape !== undefined);
  if (known === undefined) return [{ dtype, shape: undefined }];
  const axis = normalizeAxis(numberOf(context.node, 'axis', 0), known.length);
  const shape = known.map((dim, index) => {
    if (index !== axis) return shapes.find((other) => typeof other?.[index] === 'number')?.[index] ?? dim;
    return shapes.reduce<Dim | undefined>(
      (sum, other) => (sum === undefined || other?.[axis] === undefined ? undefined : addDims(sum, other[axis])),
      0,
    );
  });
  return [{ dtype, shape: shape.map((dim, index) => dim ?? context.fresh(index)) }];
}

function split(context: OperatorContext): (ValueType | undefined)[] {
  const type = context.type(0);
  const count = context.node.outputs.length;
  if (type === undefined) return [];
  const { dtype, shape } = type;
  if (shape === undefined) return context.node.outputs.map(() => ({ dtype, shape: undefined }));
  const axis = normalizeAxis(numberOf(context.node, 'axis', 0), shape.length);
  const given = (context.node.inputs[1] ?? '') !== '';
  const sizes = given ? context.known(1)?.data : undefined;
  const total = shape[axis] ?? 1;
  // Equal parts; the last one is smaller where the size does not divide.
  const part = ceilDivide(total, count);
  return context.node.outputs.map((_, output) => {
    const last = (): Dim => {
      let rest = total;
      for (let index = 0; index < count - 1; index += 1) rest = subtractDims(rest, part);
      return rest;
    };
    const size = given ? (sizes?.[output] ?? context.fresh(axis, output)) : output === count - 1 ? last() : part;
    return { dtype, shape: shape.map((dim, index) => (index === axis ? size : dim)) };
  });
}

interface Range {
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number;
}

/** Start, end and step per axis as given; undefined where not all are known. */
function rangesOf(context: OperatorContext, rank: number): Map<number, Range> | undefined {
  const starts = context.known(1)?.data;
  const ends = context.known(2)?.data;
  const given = (index: number): boolean => (context.node.inputs[index] ?? '') !== '';
  const axes = given(3) ? context.numbers(3) : Array.from({ length: starts?.length ?? 0 }, (_, axis) => axis);
  const steps = given(4) ? context.numbers(4) : undefined;
  if (starts === undefined || ends === undefined || axes === undefined || (given(4) && steps === undefined)) {
    return undefined;
  }
  return new Map(
    axes.map((axis, index) => [
      normalizeAxis(axis, rank),
      { start: starts[index] ?? 0, end: ends[index] ?? 0, step: steps?.[index] ?? 1 },
    ]),
  );
}

/** A bound as a position in 0…size; names count as non-negative and at most the size they are made from. */
function position(bound: Dim, size: Dim, low: number): Dim | undefined {
  if (typeof bound === 'number') {
    if (typeof size === 'number') return Math.max(low, Math.min(size + low, bound < 0 ? bound + size : bound));
    if (bound >= 2 ** 31 - 1) return size;
    if (bound <= -(2 ** 31)) return low;
    return bound < 0 ? addDims(size, bound) : bound;
  }
  if (bound === size) return size;
  // A table of fixed size cut to the sequence (positions): longer sequences fail where the model is run.
  if (typeof size === 'number') return bound;
  return nonNegative(subtractDims(size, bound)) ? bound : undefined;
}

/** True when a size is seen to be ≥ 0 for all values ≥ 1 of its names: linear with non-negative terms. */
function nonNegative(dim: Dim): boolean {
  if (typeof dim === 'number') return dim >= 0;
  const one = substitute(dim, () => 1);
  return !dim.includes('-') && namesIn(dim).size > 0 && (typeof one !== 'number' || one >= 0);
}

function slicedSize(size: Dim, range: Range): Dim | undefined {
  const { step } = range;
  if (step > 0) {
    const start = position(range.start, size, 0);
    const end = position(range.end, size, 0);
    if (start === undefined || end === undefined) return undefined;
    // x[:5] of an unknown size: 5 only if there are as many.
    if (typeof size === 'string' && typeof end === 'number' && start !== end) return undefined;
    const length = subtractDims(end, start);
    return typeof length === 'number' ? Math.max(0, Math.ceil(length / step)) : ceilDivide(length, step);
  }
  if (typeof size !== 'number') {
    const whole = range.start === -1 && typeof range.end === 'number' && range.end <= -(2 ** 31);
    return whole ? ceilDivide(size, -step) : undefined;
  }
  const start = position(range.start, size, -1);
  const end = position(range.end, size, -1);
  if (typeof start !== 'number' || typeof end !== 'number') return undefined;
  return Math.max(0, Math.ceil((end - start) / step));
}

function slice(context: OperatorContext): (ValueType | undefined)[] {
  const type = context.type(0);
  if (type === undefined) return [undefined];
  const { dtype, shape } = type;
  if (shape === undefined) return [{ dtype, shape }];
  const ranges = rangesOf(context, shape.length);
  if (ranges === undefined) {
    const axes = (context.node.inputs[3] ?? '') === '' ? undefined : context.numbers(3);
    const cut = axes?.map((axis) => normalizeAxis(axis, shape.length));
    return [{ dtype, shape: shape.map((dim, axis) => (cut?.includes(axis) === false ? dim : context.fresh(axis))) }];
  }
  return [
    {
      dtype,
      shape: shape.map((dim, axis) => {
        const range = ranges.get(axis);
        return range === undefined ? dim : (slicedSize(dim, range) ?? context.fresh(axis));
      }),
    },
  ];
}

function foldSlice(context: OperatorContext): Known[] | undefined {
  const input = context.known(0);
  const ranges = input === undefined ? undefined : rangesOf(context, input.dims.length);
  if (input === undefined || ranges === undefined) return undefined;
  const strides = stridesOf(input.dims);
  const dims: number[] = [];
  const steps: number[] = [];
  let first = 0;
  for (const [axis, size] of input.dims.entries()) {
    const range = ranges.get(axis) ?? { start: 0, end: size, step: 1 };
    const length = slicedSize(size, range);
    const start = position(range.start, size, range.step > 0 ? 0 : -1);
    if (typeof length !== 'number' || typeof start !== 'number') return undefined;
    dims.push(length);
    steps.push((strides[axis] ?? 1) * range.step);
    first += start * (strides[axis] ?? 1);
  }
  return [move(input, dims, (place) => first + at(place, steps))];
}

function foldSplit(context: OperatorContext): Known[] | undefined {
  const input = context.known(0);
  const shapes = split(context).map((type) => type?.shape);
  if (input === undefined) return undefined;
  const axis = normalizeAxis(numberOf(context.node, 'axis', 0), input.dims.length);
  const strides = stridesOf(input.dims);
  const parts: Known[] = [];
  let start = 0;
  for (const shape of shapes) {
    if (shape === undefined || shape.some((dim) => typeof dim !== 'number')) return undefined;
    const offset = start * (strides[axis] ?? 1);
    parts.push(move(input, shape as readonly number[], (place) => offset + at(place, strides)));
    start += (shape as readonly number[])[axis] ?? 0;
  }
  return parts;
}

export const slicing: readonly Operator[] = [
  {
    ops: ['Concat'],
    domain: '',
    doc: 'Tensors joined along one axis.',
    infer: concat,
    fold: (context) => {
      const parts = context.node.inputs.map((_, index) => context.known(index));
      if (parts.some((part) => part === undefined)) return undefined;
      const joined = concatenate(
        parts.filter((part) => part !== undefined),
        numberOf(context.node, 'axis', 0),
      );
      return joined === undefined ? undefined : [joined];
    },
  },
  { ops: ['Split'], domain: '', doc: 'Parts of a tensor along one axis.', infer: split, fold: foldSplit },
  {
    ops: ['Slice'],
    domain: '',
    doc: 'Every step-th element from start to end, per axis.',
    infer: slice,
    fold: foldSlice,
  },
];
