/** Where relevance is measured: the first float value on the way from each model input. */
import type { Graph, Node, Value } from '../graph/types';
import { typeOf } from './outputs';
import type { EntryPoint } from './types';

/** Entry points of a Graph, one per model input that has one. */
export function findEntries(graph: Graph): EntryPoint[] {
  const consumers = consumersOf(graph);
  return graph.inputs.flatMap((input) => {
    const entry = entryOf(input, graph, consumers);
    return entry === undefined ? [] : [entry];
  });
}

export function consumersOf(graph: Graph): ReadonlyMap<Value, readonly Node[]> {
  const consumers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const list = consumers.get(input);
      if (list === undefined) consumers.set(input, [node]);
      else list.push(node);
    }
  }
  return consumers;
}

/** Operators on the way to the embedding that keep one element per input element. */
const transparent = new Set(['Cast', 'Identity', 'Clip', 'Max', 'Min', 'Add', 'Sub', 'Mod', 'Where']);

function entryOf(input: Value, graph: Graph, consumers: ReadonlyMap<Value, readonly Node[]>): EntryPoint | undefined {
  const type = typeOf(graph, input);
  if (type === undefined) return undefined;
  if (type.dtype === 'float32') return { input, value: input, type, kind: 'identity' };
  const seen = new Set<Value>([input]);
  const queue: Value[] = [input];
  let cast: EntryPoint | undefined;
  for (let value = queue.shift(); value !== undefined; value = queue.shift()) {
    for (const node of consumers.get(value) ?? []) {
      const [output = ''] = node.outputs;
      const made = typeOf(graph, output);
      if (made === undefined || seen.has(output)) continue;
      if (node.op === 'Gather' && node.inputs[1] === value && made.dtype === 'float32') {
        if (graph.constants.has(node.inputs[0] ?? '')) return { input, value: output, type: made, kind: 'embedding' };
      }
      if (node.op === 'OneHotEncoder' && made.dtype === 'float32') {
        return { input, value: output, type: made, kind: 'embedding' };
      }
      if (node.op === 'Cast' && made.dtype === 'float32')
        cast ??= { input, value: output, type: made, kind: 'identity' };
      else if (transparent.has(node.op) && made.dtype !== 'bool') {
        seen.add(output);
        queue.push(output);
      }
    }
  }
  return cast;
}
