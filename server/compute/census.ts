/** What a graph consists of. */
import { sizeOf } from '../graph/tensor';
import type { Graph } from '../graph/types';

/** Operators by how often they occur, and the number of floating-point constants. */
export function census(graph: Graph): {
  readonly operators: readonly (readonly [string, number])[];
  readonly parameters: number;
} {
  const counts = new Map<string, number>();
  const graphs = withBodies(graph);
  for (const { op } of graphs.flatMap(({ nodes }) => nodes)) counts.set(op, (counts.get(op) ?? 0) + 1);
  const constants = graphs.flatMap((part) => [...part.constants.values()]);
  const weights = constants.filter(({ dtype }) => dtype.startsWith('float'));
  return {
    operators: [...counts].sort(([a, many], [b, more]) => more - many || a.localeCompare(b)),
    parameters: weights.reduce((sum, { dims }) => sum + sizeOf(dims), 0),
  };
}

/** The graph and the bodies of its branches and loops. */
function withBodies(graph: Graph): Graph[] {
  const attributes = graph.nodes.flatMap((node) => Object.values(node.attributes));
  return [graph, ...attributes.flatMap((item) => (item.type === 'graph' ? withBodies(item.value) : []))];
}
