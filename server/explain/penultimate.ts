/** The representation a classifier decides on: what its last linear layer reads. */
import type { Node, Value } from '../graph/types';
import { BATCH } from '../graph/types';
import type { Model } from '../model/types';

/** Operators between the last linear layer and the logits that make no new representation. */
const passing: ReadonlySet<string> = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Cast']);
const linear: ReadonlySet<string> = new Set(['Gemm', 'MatMul']);

/** Null where the logits are not made by a linear layer with constant weights, or where it reads the sample itself. */
export function penultimateOf({ graph, output, entries }: Model): Value | null {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  const constant = (value: Value | undefined): boolean => value === undefined || graph.constants.has(value);
  let value = output.logits;
  for (let node: Node | undefined = makers.get(value); node !== undefined; node = makers.get(value)) {
    const moving = node.inputs.filter((input) => input !== '' && !constant(input));
    const [only] = moving;
    if (only === undefined) return null;
    if (linear.has(node.op) && constant(node.inputs[1])) {
      const type = graph.types.get(only);
      const fits = type?.dtype === 'float32' && type.shape?.[0] === BATCH;
      return fits && !entries.some((entry) => entry.value === only) && makers.has(only) ? only : null;
    }
    const adds = node.op === 'Add' && moving.length === 1;
    if (!adds && !passing.has(node.op)) return null;
    value = only;
  }
  return null;
}
