/** Shapes exported for one sample, freed for any number of them. */
import { int, numberOf } from '../../graph/attributes';
import { divideExactly, multiplyDims, productOf, substitute } from '../../graph/dims';
import { normalizeAxis, reshape } from '../../graph/shapes';
import { BATCH } from '../../graph/types';
import type { Dim, Node, Value } from '../../graph/types';
import type { Lowering, LowerContext } from './types';

const single = (dim: Dim): Dim => substitute(dim, (name) => (name === BATCH ? 1 : undefined));

/** Axis whose size has the batch as a factor. */
export function batchAxis(shape: readonly Dim[] | undefined): number | undefined {
  const axis = shape?.findIndex((dim) => divideExactly(dim, BATCH) !== undefined && dim !== 0) ?? -1;
  return axis < 0 ? undefined : axis;
}

/**
 * Reshape to sizes that say 1 where the batch belongs. With one sample every element order is known, so the batch
 * goes to the axis with as many elements before it as in the input.
 */
function freeReshape(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = '', target = ''] = node.inputs;
  const shape = context.type(x)?.shape;
  const axis = batchAxis(shape);
  const known = context.constant(target) === undefined ? context.type(target)?.contents : context.numbers(target);
  if (shape === undefined || axis === undefined || known === undefined || known.length === 0) return undefined;
  if (known.some((dim) => batchAxis([dim]) !== undefined)) return undefined;
  if (numberOf(node, 'allowzero', 0) === 1 && known.includes(0)) return undefined;
  const freed = freedShape(shape, axis, known);
  const sizes = freed === undefined ? undefined : asConstant(freed, shape);
  if (sizes === undefined) return undefined;
  return context.emit({ ...node, inputs: [x, context.b.indices(sizes)], attributes: {} });
}

/** The target with the batch in it; undefined where it has one already (copied or as the rest) or has no place. */
export function freedShape(shape: readonly Dim[], axis: number, target: readonly Dim[]): readonly Dim[] | undefined {
  if (target[axis] === 0 && shape[axis] === BATCH) return undefined;
  const one = shape.map(single);
  const resolved = reshape(one, target, false, (at) => `?${at}`);
  if (resolved.some((dim) => typeof dim === 'string' && dim.startsWith('?'))) return undefined;
  const before = productOf(one.slice(0, axis));
  const places = resolved.flatMap((_, at) => (productOf(resolved.slice(0, at)) === before ? [at] : []));
  const place = places.find((at) => resolved[at] === 1) ?? places[0];
  if (place === undefined) return undefined;
  return resolved.map((dim, at) => (at === place ? multiplyDims(dim, BATCH) : dim));
}

/** Sizes as numbers: 0 copies the input's size of that axis, −1 is the rest. */
function asConstant(freed: readonly Dim[], shape: readonly Dim[]): number[] | undefined {
  const sizes = freed.map((dim, axis) => (typeof dim === 'number' ? dim : dim === shape[axis] ? 0 : -1));
  return sizes.filter((size) => size === -1).length > 1 ? undefined : sizes;
}

/** Concat does not broadcast: a part exported for one sample (a class token) is repeated for each. */
function freeConcat(node: Node, context: LowerContext): readonly Value[] | undefined {
  const shapes = node.inputs.map((value) => context.type(value)?.shape);
  const source = shapes.findIndex((shape) => shape?.includes(BATCH) === true);
  const shape = shapes[source];
  if (shape === undefined) return undefined;
  const along = normalizeAxis(numberOf(node, 'axis', 0), shape.length);
  const axis = shape.findIndex((dim, at) => dim === BATCH && at !== along);
  if (axis < 0 || !shapes.some((other) => other?.[axis] === 1)) return undefined;
  const size = context.op('Shape', [node.inputs[source] ?? ''], { start: int(axis), end: int(axis + 1) });
  const ones = (count: number): Value[] => (count > 0 ? [context.b.indices(new Array<number>(count).fill(1))] : []);
  const target = context.op('Concat', [...ones(axis), size, ...ones(shape.length - axis - 1)], { axis: int(0) });
  const inputs = node.inputs.map((value, index) =>
    shapes[index]?.[axis] === 1 ? context.op('Expand', [value, target]) : value,
  );
  return context.emit({ ...node, inputs });
}

export const freeBatch: readonly Lowering[] = [
  { ops: ['Reshape'], domain: '', doc: 'sizes exported for a batch of one are freed.', lower: freeReshape },
  { ops: ['Concat'], domain: '', doc: 'parts exported for a batch of one are repeated.', lower: freeConcat },
];
