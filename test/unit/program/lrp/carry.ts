/** Relevance through one small graph, in float64: what arrives is given, what leaves and what is booked is returned. */
import { BATCH } from '../../../../server/graph/types';
import type { GraphBuilder } from '../../../../server/graph/builder';
import type { Value } from '../../../../server/graph/types';
import { compileProgram } from '../../../../server/program/compile';
import { conservationColumns, names } from '../../../../server/program/types';
import type { RuleOptions } from '../../../../server/program/types';
import { array, interpret } from '../../../support/interpreter';
import { inputs, modelOf } from '../../../support/interpreter/models';

export interface Small {
  /** Inputs of one sample: sizes without the batch, and numbers. */
  readonly x: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: readonly number[] }>>;
  readonly build: (b: GraphBuilder) => Value;
  /** Relevance that arrives at what is built. */
  readonly r: readonly number[];
  readonly options?: RuleOptions;
}

export interface Carried {
  readonly relevance: Readonly<Record<string, number[]>>;
  /** Σ of what is booked, by cause, over all nodes. */
  readonly absorbed: Readonly<Record<string, number>>;
  /** Largest |arrived − passed on − booked| of a node. */
  readonly missing: number;
}

export function vector(...data: number[]): Small['x'][string] {
  return { dims: [data.length], data };
}

/** Linear layers and sums share exactly (LRP-0) unless the options say otherwise. */
export function carry({ x, build, r, options = { rule: { rule: 'zero' } } }: Small): Carried {
  const b = inputs(Object.fromEntries(Object.entries(x).map(([name, { dims }]) => [name, [BATCH, ...dims]])));
  const y = build(b);
  const entries = Object.keys(x);
  const program = compileProgram(modelOf({ b, entries, logits: b.op('Reshape', [y, b.indices([0, r.length])]) }), {
    kind: 'relevance',
    head: 'linear',
    rules: 'lrp',
    options: { ...options, start: 'one' },
    filter: [y],
    conservation: true,
  });
  const shape = b.type(y)?.shape ?? [];
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : 1));
  const results = interpret(program.graph, {
    ...Object.fromEntries(Object.entries(x).map(([name, one]) => [name, array([1, ...one.dims], one.data)])),
    [names.seed]: array([1, r.length], r.map(() => 1)), // prettier-ignore
    [names.mask(y)]: array(dims, r),
  });
  const table = results[names.conservation]!.data;
  const width = conservationColumns.length;
  const absorbed: Record<string, number> = {};
  let missing = 0;
  program.trace.forEach((_, row) => {
    const [arrived = 0, passedOn = 0, , ...causes] = Array.from(table.subarray(row * width, (row + 1) * width));
    causes.forEach((amount, at) => {
      const cause = conservationColumns[at + 3]!;
      if (amount !== 0) absorbed[cause] = (absorbed[cause] ?? 0) + amount;
    });
    missing = Math.max(missing, Math.abs(arrived - passedOn - causes.reduce((sum, one) => sum + one, 0)));
  });
  const relevance = Object.fromEntries(entries.map((name) => [name, Array.from(results[names.relevance(name)]!.data)]));
  return { relevance, absorbed, missing };
}
