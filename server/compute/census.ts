/** What a graph consists of. */
import { sizeOf } from '../graph/tensor';
import type { Graph } from '../graph/types';

/** Operators by how often they occur, and the number of floating-point constants. */
export function census(graph: Graph): {
  readonly operators: readonly (readonly [string, number])[];
  readonly parameters: number;
} {
  const counts = new Map<string, number>();
  for (const { op } of graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const weights = [...graph.constants.values()].filter(({ dtype }) => dtype.startsWith('float'));
  return {
    operators: [...counts].sort(([a, many], [b, more]) => more - many || a.localeCompare(b)),
    parameters: weights.reduce((sum, { dims }) => sum + sizeOf(dims), 0),
  };
}
