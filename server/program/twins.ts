/** The forward pass once more, from other values at the entries. */
import { readsOf } from '../graph/builder';
import type { GraphBuilder } from '../graph/builder';
import type { Graph, Node, Value } from '../graph/types';
import type { EntryPoint } from '../model/types';
import { withRenamedBodies } from './cut';
import { names } from './types';
import type { Twin } from './types';

/**
 * Adds the feeds of each twin and the nodes that depend on them; what does not depend on an entry is shared. Nodes
 * that no rule reads are dropped when the graph is built.
 * @param of Name of a value in `b`.
 */
export function addTwins(
  b: GraphBuilder,
  graph: Graph,
  nodes: readonly Node[],
  entries: readonly EntryPoint[],
  of: (value: Value) => Value,
  twins: readonly Twin[],
): (twin: Twin, value: Value) => Value {
  const values = new Map(twins.map((twin) => [twin, new Map<Value, Value>()] as const));
  for (const [twin, own] of values) {
    for (const entry of entries) {
      const name = names.twin(twin, entry.value);
      own.set(of(entry.value), b.input(name, entry.type.dtype, entry.type.shape ?? []));
    }
    for (const node of nodes) {
      if (!readsOf(node).some((input) => own.has(input))) continue;
      const renamed = (value: Value): Value => (value === '' ? '' : `${twin}/${value}`);
      for (const output of node.outputs) if (output !== '') own.set(output, renamed(output));
      b.add({
        ...node,
        name: `${twin}/${node.name}`,
        inputs: node.inputs.map((input) => own.get(input) ?? input),
        outputs: node.outputs.map(renamed),
        attributes: withRenamedBodies(node.attributes, own),
      });
      for (const output of node.outputs) {
        const type = graph.types.get(output);
        if (type !== undefined) b.declare(renamed(output), type);
      }
    }
  }
  return (twin, value) => {
    const own = values.get(twin);
    if (own === undefined) throw new Error(`no ${twin} pass was asked for`);
    return own.get(value) ?? value;
  };
}
