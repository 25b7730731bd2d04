/** Nodes in an order in which they can run. */
import { readsOf } from '../graph/builder';
import { UserError } from '../errors';
import type { Graph, Node, Value } from '../graph/types';

/**
 * Topological order, stable where the file's order is right already.
 * Throws a `UserError` for a cycle, a value nobody makes and a value made twice.
 */
export function topological(graph: Graph): readonly Node[] {
  const ready = new Set<Value>([...graph.inputs, ...graph.constants.keys(), '']);
  const maker = new Map<Value, Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (maker.has(output)) throw problem(`value ${output} is made twice`, node);
      maker.set(output, node);
    }
  }
  const sorted: Node[] = [];
  let waiting: readonly Node[] = graph.nodes;
  while (waiting.length > 0) {
    const later: Node[] = [];
    for (const node of waiting) {
      if (readsOf(node).every((value) => ready.has(value))) {
        sorted.push(node);
        for (const output of node.outputs) ready.add(output);
      } else later.push(node);
    }
    if (later.length === waiting.length) throw blocked(later, ready, maker);
    waiting = later;
  }
  for (const output of graph.outputs) {
    if (!ready.has(output)) throw new UserError('model-invalid', `Nothing makes the model's output ${output}.`);
  }
  return sorted;
}

function blocked(nodes: readonly Node[], ready: ReadonlySet<Value>, maker: ReadonlyMap<Value, Node>): UserError {
  for (const node of nodes) {
    const missing = readsOf(node).find((value) => !ready.has(value) && !maker.has(value));
    if (missing !== undefined) return problem(`nothing makes its input ${missing}`, node);
  }
  return problem('the graph has a cycle', nodes[0] as Node);
}

function problem(what: string, node: Node): UserError {
  return new UserError('model-invalid', `Not a valid ONNX model: ${what}.`, {
    where: `node ${node.name} (${node.op})`,
    next: 'Check it with onnx.checker.check_model.',
  });
}
