/** What a person says of a model's inputs: sizes, and values that are always the same. */
import { createHash } from 'node:crypto';
import { UserError } from '../errors';
import { allocate, sizeOf, typeText } from '../graph/tensor';
import type { Dim, Graph, Tensor, Value, ValueType } from '../graph/types';

export interface GivenInputs {
  /** Sizes of inputs by their names, all axes: numbers, or names for sizes that stay free. */
  readonly shapes?: Readonly<Record<string, readonly Dim[]>>;
  /** Values of inputs that are not part of the sample (a sampling rate): one number for all elements, or all of them. */
  readonly fixed?: Readonly<Record<string, number | readonly number[]>>;
}

/** The graph with these sizes, and with the fixed inputs as constants. @throws UserError naming what does not fit. */
export function withGiven(graph: Graph, { shapes = {}, fixed = {} }: GivenInputs): Graph {
  const types = new Map(graph.types);
  for (const [name, shape] of Object.entries(shapes)) types.set(name, sized(name, shape, graph));
  const constants = new Map(graph.constants);
  for (const [name, value] of Object.entries(fixed))
    constants.set(name, filled(name, value, typeOf(name, graph, types)));
  return { ...graph, types, constants };
}

/** Models that differ in what was given differ in their hashes. */
export function hashWith(hash: string, { shapes, fixed }: GivenInputs): string {
  if (shapes === undefined && fixed === undefined) return hash;
  return createHash('sha256')
    .update(hash)
    .update(JSON.stringify([shapes ?? {}, fixed ?? {}]))
    .digest('hex');
}

function typeOf(name: Value, graph: Graph, types: ReadonlyMap<Value, ValueType>): ValueType {
  const type = types.get(name);
  if (graph.inputs.includes(name) && type !== undefined) return type;
  throw new UserError('model-input', `The model has no input called ${name}`, {
    where: '“shapes” or “fixed” in model-blame.json',
    next: `its inputs are ${graph.inputs.filter((input) => !graph.constants.has(input)).join(', ')}`,
  });
}

function sized(name: Value, shape: readonly Dim[], graph: Graph): ValueType {
  const type = typeOf(name, graph, graph.types);
  const fits =
    type.shape === undefined ||
    (type.shape.length === shape.length &&
      type.shape.every(
        (dim, axis) => typeof dim === 'string' || typeof shape[axis] === 'string' || dim === shape[axis],
      ));
  if (fits) return { dtype: type.dtype, shape: shape.map((dim, axis) => (typeof dim === 'string' ? (type.shape?.[axis] ?? dim) : dim)) }; // prettier-ignore
  throw new UserError('model-input', `Input ${name} cannot have the sizes ${shape.join(' × ')}`, {
    where: `“shapes” in model-blame.json; the model says ${typeText(type)}`,
    next: 'give one size for each axis, and keep those that the model fixes',
  });
}

function filled(name: Value, value: number | readonly number[], type: ValueType): Tensor {
  const dims = type.shape?.filter((dim) => typeof dim === 'number') ?? [];
  if (type.shape === undefined || dims.length < type.shape.length)
    throw new UserError('model-input', `The sizes of input ${name} are not known, so its values cannot be fixed`, {
      where: `“fixed” in model-blame.json; the model says ${typeText(type)}`,
      next: `write its sizes beside it: "shapes": { "${name}": [ … ] }`,
    });
  const size = sizeOf(dims);
  const list = typeof value === 'number' ? Array.from({ length: size }, () => value) : value;
  const dtype = type.dtype === 'float16' || type.dtype === 'float64' ? 'float32' : type.dtype;
  const data = allocate(dtype, size);
  const whole = !dtype.startsWith('float');
  if (list.length !== size || Array.isArray(data) || (whole && !list.every(Number.isInteger)))
    throw new UserError('model-input', `Input ${name} cannot have the value ${String(value)}`, {
      where: `“fixed” in model-blame.json; the model says ${typeText(type)}`,
      next: `give ${whole ? 'whole numbers' : 'numbers'}: one for all, or a list of ${size}`,
    });
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  list.forEach((item, index) => {
    (data as unknown as Record<number, number | bigint>)[index] = wide ? BigInt(item) : item;
  });
  return { dtype, dims, data };
}
