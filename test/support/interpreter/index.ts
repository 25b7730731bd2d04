/** A small float64 interpreter of canonical graphs, for tests: obvious, slow, and not the engine's code. */
import type { Graph, Tensor, Value } from '../../../server/graph/types';
import { fromTensor } from './array';
import type { Array64, Operation } from './array';
import { elementwise } from './elementwise';
import { linear } from './linear';
import { movement } from './movement';
import { quantization } from './quantization';
import { recurrent } from './recurrent';
import { reductions } from './reductions';
import { resizing } from './resizing';
import { scan } from './scan';
import { windows } from './windows';

export type { Array64 } from './array';
export { array, fromTensor } from './array';

const operations: Readonly<Record<string, Operation>> = {
  ...elementwise,
  ...linear,
  ...windows,
  ...reductions,
  ...movement,
  ...resizing,
  ...quantization,
  ...recurrent,
};

/** Runs a graph; every value it makes is returned. */
export function interpretAll(
  graph: Graph,
  feeds: Readonly<Record<Value, Array64 | Tensor>>,
  outer: ReadonlyMap<Value, Array64> = new Map(),
): Map<Value, Array64> {
  const values = new Map<Value, Array64>(outer);
  for (const [name, tensor] of graph.constants) values.set(name, fromTensor(tensor));
  for (const [name, tensor] of Object.entries(feeds)) {
    values.set(name, tensor.data instanceof Float64Array ? (tensor as Array64) : fromTensor(tensor));
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => {
      const value = values.get(input);
      if (input !== '' && value === undefined) throw new Error(`${node.name}: ${input} is not there`);
      return value;
    });
    const operation = node.op === 'Scan' ? scan(values, interpretAll) : operations[node.op];
    if (operation === undefined) throw new Error(`the interpreter has no ${node.op}`);
    let results: Array64[];
    try {
      results = operation(node, inputs);
    } catch (error) {
      throw new Error(`${node.name} (${node.op}): ${String(error)}`, { cause: error });
    }
    node.outputs.forEach((output, index) => {
      const result = results[index];
      if (output !== '' && result !== undefined) values.set(output, result);
    });
  }
  return values;
}

/** Runs a graph and returns its outputs by name. */
export function interpret(graph: Graph, feeds: Readonly<Record<Value, Array64 | Tensor>>): Record<Value, Array64> {
  const values = interpretAll(graph, feeds);
  return Object.fromEntries(graph.outputs.map((output) => [output, values.get(output)!]));
}
