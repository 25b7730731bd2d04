/** Which sizes of a model's inputs are the batch. */
import { substitute } from '../graph/dims';
import { BATCH } from '../graph/types';
import type { Dim, Value, ValueType } from '../graph/types';

export interface BatchChoice {
  readonly types: ReadonlyMap<Value, ValueType>;
  /** True where a size of 1 was made free: constants in the graph may still say 1. */
  readonly baked: boolean;
  /** Size the batch is fixed at, where it is not 1 and not free. */
  readonly fixed: number | null;
}

/** Names exporters give the batch, whatever axis it is on. */
const BATCH_NAME = /^<?(n|batch|batch[_.\s-]?size|batch[_.\s-]?dim|bs)>?$/i;

/**
 * Types of the inputs with the batch named `batch`. It is the size called so, else the first size of every input
 * where it is free or 1.
 */
export function chooseBatch(inputs: readonly Value[], types: ReadonlyMap<Value, ValueType>): BatchChoice {
  const shapes = inputs.map((input) => types.get(input)?.shape ?? []);
  const names = new Set(shapes.flat().filter((dim) => typeof dim === 'string'));
  const called = [...names].find((name) => BATCH_NAME.test(name));
  const first = shapes.map((shape) => shape[0]).filter((dim) => dim !== undefined);
  const renamed = new Set(called === undefined ? first.filter((dim) => typeof dim === 'string') : [called]);
  const rename = (dim: Dim): Dim =>
    substitute(dim, (name) => (renamed.has(name) ? BATCH : name === BATCH ? 'batch.1' : undefined));
  // A state of two layers beside a sample: no size says which axis is the batch, so there is none.
  const bake = renamed.size === 0 && new Set(first).size <= 1;
  const result = new Map([...types].map(([value, type]) => [value, { ...type, ...renamedShape(type, rename) }]));
  let fixed: number | null = null;
  for (const input of inputs) {
    const type = types.get(input);
    if (type?.shape === undefined) continue;
    let shape = type.shape.map(rename);
    if (bake && shape[0] === 1) shape = [BATCH, ...shape.slice(1)];
    else if (bake && typeof shape[0] === 'number') fixed = shape[0];
    result.set(input, { dtype: type.dtype, shape });
  }
  return { types: result, baked: bake && fixed === null, fixed };
}

const renamedShape = (type: ValueType, rename: (dim: Dim) => Dim): Pick<ValueType, 'shape'> => ({
  shape: type.shape?.map(rename),
});
