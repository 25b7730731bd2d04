/** Path Programs: the straight line from a baseline to the sample, and the sum over its nodes. */
import { BATCH } from '../graph/types';
import type { Value } from '../graph/types';
import type { GraphBuilder } from '../graph/builder';
import type { EntryPoint } from '../model/types';
import { floatTypeOf, maths } from './maths';
import { names } from './types';

/** Feeds of the line, [1, …] each, and their difference. */
interface Line {
  readonly sample: Value;
  readonly difference: Value;
  /** False for a value without a batch: its program is run for one node of the line at a time. */
  readonly stacked: boolean;
}

export interface Lines {
  of(entry: EntryPoint): Line;
  readonly weight: Value;
}

/** Adds x′ + α(x − x′) under every entry's own name. */
export function addLine(b: GraphBuilder, entries: readonly EntryPoint[], of: (value: Value) => Value): Lines {
  const alpha = b.input(names.alpha, 'float32', [BATCH]);
  const weight = b.input(names.weight, 'float32', [BATCH]);
  const lines = new Map<Value, Line>();
  // These nodes come before the model's own, whose names are not taken yet.
  b.scope('path:line');
  for (const { value, type } of entries) {
    const stacked = type.shape === undefined || typeof type.shape[0] === 'string' || type.shape[0] === 1;
    const shape = stacked && type.shape !== undefined ? [1, ...type.shape.slice(1)] : type.shape;
    const dtype = floatTypeOf(b, of(value));
    const sample = b.input(names.sample(value), dtype, shape ?? []);
    const baseline = b.input(names.baseline(value), dtype, shape ?? []);
    const m = maths(b, of(value));
    const difference = m.sub(sample, baseline);
    const steps = b.op('Reshape', [alpha, b.indices([-1, ...(type.shape ?? [0]).slice(1).map(() => 1)])]);
    const point = of(value);
    const scaled = m.mul(steps, difference);
    b.add({
      name: `${point}/line`,
      op: 'Add',
      domain: '',
      inputs: [scaled, baseline],
      outputs: [point],
      attributes: {},
    });
    b.declare(point, type);
    lines.set(value, { sample, difference, stacked });
  }
  b.scope('');
  return { of: ({ value }) => lines.get(value) as Line, weight };
}

/** (x − x′) ⊙ Σ_batch weight · r, as one matrix product. */
export function addWeightedSum(b: GraphBuilder, r: Value, line: Line, weight: Value): Value {
  const rows = b.op('Reshape', [r, b.indices([line.stacked ? 0 : 1, -1])]);
  const sum = b.op('MatMul', [b.op('Reshape', [weight, b.indices([1, -1])]), rows]);
  return maths(b, r).mul(line.difference, b.op('Reshape', [sum, b.op('Shape', [line.sample])]));
}
