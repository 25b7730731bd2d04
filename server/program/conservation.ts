/** Sums of relevance at every node: where it leaks, and why. */
import { int } from '../graph/attributes';
import type { GraphBuilder } from '../graph/builder';
import type { Value } from '../graph/types';
import { cast, maths } from './maths';
import { absorptions } from './types';
import type { Absorption } from './types';

/** Keeps the books of one relevance pass, a row of `conservationColumns` per node. */
export interface Books {
  /** A node's rule is about to run with this relevance at its outputs. */
  open(b: GraphBuilder, arrived: readonly (Value | null)[]): void;
  absorb(cause: Absorption, amount: () => Value): void;
  /** The rule has run and hands these parts on. */
  close(b: GraphBuilder, parts: readonly (Value | null)[]): void;
  /** The table, float32 [nodes, columns]. */
  table(b: GraphBuilder): Value;
}

export function openBooks(): Books {
  const rows: Value[] = [];
  let arrived = '';
  let absorbed = new Map<Absorption, Value[]>();
  let builder: GraphBuilder | null = null;
  return {
    open(b, values) {
      builder = b;
      absorbed = new Map();
      arrived = sumOf(b, present(values));
    },
    absorb(cause, amount) {
      if (builder === null) return;
      absorbed.set(cause, [...(absorbed.get(cause) ?? []), amount()]);
    },
    close(b, values) {
      const parts = present(values);
      const negative = parts.map((part) => b.op('Min', [part, b.scalar(0)]));
      const causes = absorptions.map((cause) => sumOf(b, absorbed.get(cause) ?? []));
      rows.push(b.op('Concat', [arrived, sumOf(b, parts), sumOf(b, negative), ...causes], { axis: int(1) }));
    },
    table: (b) => (rows.length === 1 ? (rows[0] as Value) : b.op('Concat', rows, { axis: int(0) })),
  };
}

/** Relevance of a value from its ratio c = R/a: a c, 0 where a is infinite (masks: nothing flows there). */
export function worth(b: GraphBuilder, value: Value, ratio: Value): Value {
  const m = maths(b, value);
  return m.where(m.less(m.abs(value), Infinity), m.mul(value, ratio), 0);
}

const present = (values: readonly (Value | null)[]): Value[] => values.filter((value) => value !== null);

/** Σ of all elements of all values, [1, 1]. */
function sumOf(b: GraphBuilder, values: readonly Value[]): Value {
  const sums = values.map((value) => {
    const typed = b.type(value)?.dtype === 'float64' ? cast(b, value, 'float32') : value;
    return b.op('ReduceSum', [b.op('Reshape', [typed, b.indices([1, -1])]), b.indices([1])], { keepdims: int(1) });
  });
  const zero = (): Value => b.constant({ dtype: 'float32', dims: [1, 1], data: Float32Array.of(0) }, 'zero');
  return sums.length === 0 ? zero() : sums.reduce((left, right) => b.op('Add', [left, right]));
}
