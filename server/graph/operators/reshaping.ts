/** Same elements, other shape: Reshape, Flatten, Squeeze, Unsqueeze. */
import { numberOf } from '../attributes';
import { productOf } from '../dims';
import { isStatic, normalizeAxis, reshape } from '../shapes';
import type { Dim } from '../types';
import type { Operator, OperatorContext } from './types';

type ShapeRule = (context: OperatorContext) => readonly Dim[] | undefined;

const sameElements = (op: string, doc: string, rule: ShapeRule): Operator => ({
  ops: [op],
  domain: '',
  doc,
  infer: (context) => {
    const dtype = context.type(0)?.dtype;
    return [dtype === undefined ? undefined : { dtype, shape: rule(context) }];
  },
  fold: (context) => {
    const input = context.known(0);
    const dims = input === undefined ? undefined : rule(context);
    if (input === undefined || dims === undefined || !isStatic(dims)) return undefined;
    return [{ ...input, dims }];
  },
});

function reshaped(context: OperatorContext): readonly Dim[] | undefined {
  const target = context.known(1);
  const fresh = (axis: number): Dim => context.fresh(axis);
  if (target === undefined) {
    const rank = context.shape(1)?.[0];
    return typeof rank === 'number' ? Array.from({ length: rank }, (_, axis) => fresh(axis)) : undefined;
  }
  return reshape(context.shape(0), Array.from(target.data), numberOf(context.node, 'allowzero', 0) === 1, fresh);
}

function flattened(context: OperatorContext): readonly Dim[] | undefined {
  const shape = context.shape(0);
  if (shape === undefined) return undefined;
  const axis = normalizeAxis(numberOf(context.node, 'axis', 1), shape.length);
  return [productOf(shape.slice(0, axis)), productOf(shape.slice(axis))];
}

function squeezed(context: OperatorContext): readonly Dim[] | undefined {
  const shape = context.shape(0);
  const given = (context.node.inputs[1] ?? '') !== '';
  const axes = given ? context.numbers(1)?.map((axis) => normalizeAxis(axis, shape?.length ?? 0)) : [];
  if (shape === undefined || axes === undefined) return undefined;
  return shape.filter((dim, axis) => (given ? !axes.includes(axis) : dim !== 1));
}

function unsqueezed(context: OperatorContext): readonly Dim[] | undefined {
  const shape = context.shape(0);
  const axes = context.numbers(1);
  if (shape === undefined || axes === undefined) return undefined;
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => normalizeAxis(axis, rank)));
  let next = 0;
  return Array.from({ length: rank }, (_, axis) => {
    if (added.has(axis)) return 1;
    next += 1;
    return shape[next - 1] ?? 1;
  });
}

export const reshaping: readonly Operator[] = [
  sameElements('Reshape', 'The same elements in another shape; 0 copies a size, −1 is the rest.', reshaped),
  sameElements('Flatten', 'A matrix: axes before `axis` by axes from it on.', flattened),
  sameElements('Squeeze', 'Without the named axes of size 1.', squeezed),
  sameElements('Unsqueeze', 'With new axes of size 1.', unsqueezed),
];
