/** Weights and biases of one gate. */
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import { gatesOf } from '../../gradient/recurrent/cell';
import type { Direction } from '../../gradient/recurrent/cell';

/** Rows of one gate, [hidden, …], of weights or biases [gates · hidden, …]. */
export function gateOf(b: GraphBuilder, weights: Value, gates: number, gate: number): Value {
  return gatesOf(b, weights, gates, 0)[gate] as Value;
}

/** Input and hidden bias of one gate together, [hidden]; null where there is none. */
export function biasOf(b: GraphBuilder, d: Direction, gates: number, gate: number): Value | null {
  if (d.inputBias === null || d.hiddenBias === null) return null;
  const sum = b.op('Add', [d.inputBias, d.hiddenBias]);
  return gates === 1 ? sum : gateOf(b, sum, gates, gate);
}
