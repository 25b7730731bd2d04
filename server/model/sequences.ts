/** Outputs that are lists of tensors, as MultiOutputClassifier of scikit-learn has them: one output for each of the list. */
import type { Graph, Value } from '../graph/types';

/** The Graph with the tensors of a list as outputs of their own; inner ones keep their names. */
export function withoutSequences(graph: Graph): Graph {
  const lists = new Map<Value, readonly Value[]>();
  for (const { op, domain, inputs, outputs } of graph.nodes)
    if (op === 'SequenceConstruct' && domain === '' && outputs[0] !== undefined) lists.set(outputs[0], inputs);
  if (!graph.outputs.some((output) => lists.has(output))) return graph;
  const outputs = [...new Set(graph.outputs.flatMap((output) => lists.get(output) ?? [output]))];
  const isRead = (value: Value): boolean => graph.nodes.some(({ inputs }) => inputs.includes(value));
  const nodes = graph.nodes.filter(
    ({ op, outputs: [made = ''] }) => op !== 'SequenceConstruct' || !graph.outputs.includes(made) || isRead(made),
  );
  return { ...graph, nodes, outputs };
}
