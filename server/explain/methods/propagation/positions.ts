/** Position and segment embeddings: summands of the same sums as the words' own vectors. */
import type { Graph, Node, Value } from '../../../graph/types';

const sums = new Set(['Add', 'Sum']);
/** Operators that read only sizes. */
const sizes = new Set(['Shape', 'Size']);

/**
 * The sum of all embeddings at each entry: the last of the sums (and constant multiples) that nothing else reads. An
 * entry that goes on otherwise has none.
 * @returns Sums by entry value; entries that are added to each other share one.
 */
export function embeddingSums(graph: Graph, entries: readonly Value[]): ReadonlyMap<Value, Value> {
  const consumers = new Map<Value, Node[]>();
  for (const node of graph.nodes)
    if (!sizes.has(node.op))
      for (const input of new Set(node.inputs)) consumers.set(input, [...(consumers.get(input) ?? []), node]);
  const next = (value: Value): Value | null => {
    const [node, ...others] = consumers.get(value) ?? [];
    const [output = ''] = node?.outputs ?? [];
    if (node === undefined || others.length > 0 || graph.outputs.includes(output)) return null;
    if (sums.has(node.op)) return output;
    const constant = node.inputs.some((input) => graph.constants.has(input));
    return (node.op === 'Mul' || node.op === 'Div') && node.inputs[0] === value && constant ? output : null;
  };
  const found = new Map<Value, Value>();
  for (const entry of entries) {
    let sum: Value | null = null;
    for (let value = next(entry); value !== null; value = next(value)) {
      const made = graph.nodes.find((node) => node.outputs[0] === value);
      if (made !== undefined && sums.has(made.op)) sum = value;
    }
    if (sum !== null) found.set(entry, sum);
  }
  return found;
}
