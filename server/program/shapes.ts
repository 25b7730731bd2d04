/** Shapes inside Programs: constants where sizes are known, `Shape` nodes where they are not. */
import { int, tensorAttribute } from '../graph/attributes';
import type { GraphBuilder } from '../graph/builder';
import { i64, numbers } from '../graph/tensor';
import type { Dim, Node, Value } from '../graph/types';
import { UserError } from '../errors';
import { floatTypeOf, scalarTensor } from './maths';

export function shapeOf(b: GraphBuilder, value: Value): readonly Dim[] | undefined {
  return b.type(value)?.shape ?? b.constantOf(value)?.dims;
}

/** All sizes, if all are known. */
export function staticShape(b: GraphBuilder, value: Value): readonly number[] | undefined {
  const shape = shapeOf(b, value);
  return shape?.every((dim) => typeof dim === 'number') === true ? shape : undefined;
}

/** @throws UserError `unknown-shape` where not even the number of axes is known. */
export function rankOf(b: GraphBuilder, value: Value): number {
  const shape = shapeOf(b, value);
  if (shape === undefined) {
    throw new UserError('unknown-shape', `the number of axes of ${value} is not known`, {
      next: 'export the model with shapes (onnx.shape_inference), or use a perturbation method',
    });
  }
  return shape.length;
}

export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Elements of a constant of integers; undefined when the value is computed at run time or absent. */
export function constantInts(b: GraphBuilder, value: Value | undefined): readonly number[] | undefined {
  if (value === undefined || value === '') return undefined;
  const tensor = b.constantOf(value);
  if (tensor !== undefined) return numbers(tensor);
  const contents = b.type(value)?.contents;
  return contents?.every((dim) => typeof dim === 'number') === true ? contents : undefined;
}

/** int64 vector of all sizes. */
export function sizes(b: GraphBuilder, value: Value): Value {
  const known = staticShape(b, value);
  return known !== undefined ? b.indices(known) : b.op('Shape', [value]);
}

/** int64 [1]: one size. */
export function size(b: GraphBuilder, value: Value, axis: number): Value {
  const dim = shapeOf(b, value)?.[axis];
  return typeof dim === 'number' ? b.indices([dim]) : b.op('Shape', [value], { start: int(axis), end: int(axis + 1) });
}

/** Reshapes to the shape of `like`; −1 stands for a single unknown size (the batch). */
export function reshapeLike(b: GraphBuilder, value: Value, like: Value): Value {
  return b.op('Reshape', [value, shapeLike(b, like)]);
}

function shapeLike(b: GraphBuilder, like: Value): Value {
  const shape = shapeOf(b, like);
  if (shape === undefined) return b.op('Shape', [like]);
  const unknown = shape.filter((dim) => typeof dim !== 'number').length;
  if (unknown > 1 || (unknown === 1 && shape.includes(0))) return b.op('Shape', [like]);
  return b.indices(shape.map((dim) => (typeof dim === 'number' ? dim : -1)));
}

export function reshape(b: GraphBuilder, value: Value, shape: readonly number[]): Value {
  return b.op('Reshape', [value, b.indices(shape)]);
}

export function zerosLike(b: GraphBuilder, value: Value): Value {
  const tensor = scalarTensor(floatTypeOf(b, value), 0, [1]);
  return b.op('ConstantOfShape', [sizes(b, value)], { value: tensorAttribute(tensor) }, 'zeros');
}

export function expandLike(b: GraphBuilder, value: Value, like: Value): Value {
  return b.op('Expand', [value, sizes(b, like)]);
}

/** Σ over fixed axes. */
export function reduceSum(b: GraphBuilder, value: Value, axes: readonly number[], keepdims = true): Value {
  return b.op('ReduceSum', [value, b.indices(axes)], { keepdims: int(keepdims ? 1 : 0) });
}

/**
 * Undoes broadcasting: sums `r`, shaped like `from`, over the axes along which `to` was repeated.
 * Axes whose sizes only the run knows are compared at run time.
 */
export function unbroadcast(b: GraphBuilder, r: Value, from: Value, to: Value): Value {
  const target = shapeOf(b, to);
  const source = shapeOf(b, from);
  if (target === undefined || source === undefined) return unbroadcastAtRunTime(b, r, from, to);
  const lead = source.length - target.length;
  const axes: number[] = [];
  for (let axis = 0; axis < source.length; axis += 1) {
    const own = axis < lead ? 1 : (target[axis - lead] as Dim);
    const outer = source[axis] as Dim;
    if (own === outer || (typeof own === 'number' && own !== 1)) continue;
    if (own !== 1) return unbroadcastAtRunTime(b, r, from, to);
    axes.push(axis);
  }
  if (axes.length === 0) return r;
  if (axes.every((axis) => axis < lead) && axes.length === lead) return reduceSum(b, r, axes, false);
  const summed = reduceSum(b, r, axes);
  return lead === 0 ? summed : reshapeLike(b, summed, to);
}

function unbroadcastAtRunTime(b: GraphBuilder, r: Value, from: Value, to: Value): Value {
  const source = b.op('Shape', [from]);
  const lead = b.op('Sub', [b.op('Shape', [source]), b.op('Shape', [b.op('Shape', [to])])]);
  const ones = b.op('ConstantOfShape', [lead], { value: tensorAttribute(i64([1])) });
  const target = b.op('Concat', [ones, b.op('Shape', [to])], { axis: int(0) });
  const differs = b.op('Not', [b.op('Equal', [source, target])]);
  const axes = b.op('Reshape', [b.op('NonZero', [differs]), b.indices([-1])]);
  const summed = b.op('ReduceSum', [r, axes], { keepdims: int(1), noop_with_empty_axes: int(1) });
  return b.op('Reshape', [summed, b.op('Shape', [to])]);
}

/** int64 tensor shaped like `value` that numbers its elements 0, 1, 2, … */
export function numbering(b: GraphBuilder, value: Value): Value {
  const count = b.op('Size', [value]);
  const range = b.op('Range', [b.constant(i64(0)), count, b.constant(i64(1))]);
  return b.op('Reshape', [range, sizes(b, value)]);
}

/**
 * Transpose of any operator that only moves elements: runs the operator on the elements' numbers, then adds each
 * element of `r` where its number says. Exact for every configuration, also with repeated elements.
 */
export function scatterBack(b: GraphBuilder, r: Value, x: Value, move: (numbers: Value) => Value): Value {
  const flat = b.indices([-1]);
  const target = b.op('Reshape', [move(numbering(b, x)), flat]);
  const zeros = b.op('Reshape', [zerosLike(b, x), flat]);
  const added = b.op('ScatterElements', [zeros, target, b.op('Reshape', [r, flat])], scatterAdd(0));
  return reshapeLike(b, added, x);
}

export function scatterAdd(axis: number) {
  return { axis: int(axis), reduction: { type: 'string', value: 'add' } } as const;
}

/** Swaps the last two axes. */
export function swapLast(b: GraphBuilder, value: Value, rank: number): Value {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return transpose(b, value, perm);
}

export function transpose(b: GraphBuilder, value: Value, perm: readonly number[]): Value {
  if (perm.every((from, to) => from === to)) return value;
  return b.op('Transpose', [value], { perm: { type: 'ints', value: perm } });
}

/** The node again with other inputs: what rules that run an operator on indices or identities need. */
export function again(b: GraphBuilder, node: Node, inputs: readonly Value[]): Value {
  return b.op(node.op, inputs, node.attributes);
}
