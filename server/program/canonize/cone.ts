/** Element-wise subgraphs between values: what activations and norms are made of when exporters take them apart. */
import { sizeOf } from '../../graph/tensor';
import type { Graph, Node, Value } from '../../graph/types';

export type Producers = ReadonlyMap<Value, Node>;

export function producersOf(nodes: readonly Node[]): Producers {
  return new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

/** Element-wise operators that activations are written with. */
export const elementwise: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Neg', 'Sqrt', 'Reciprocal', 'Abs', 'Max', 'Min', 'Clip', 'Identity', 'Cast'],
  ...['Exp', 'Log', 'Erf', 'Tanh', 'Sigmoid', 'HardSigmoid', 'Softplus', 'Softsign', 'Relu', 'Gelu'],
  ...['Sin', 'Cos', 'Sinh', 'Cosh', 'Atan', 'LeakyRelu', 'Elu', 'Sign'],
  ...['Where', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal', 'And', 'Or', 'Not'],
]);

/** Nodes of an activation or a norm are few; a larger cone is something else. */
const MOST_NODES = 24;

/**
 * The nodes between `leaves` and `value`, where every way down ends at a leaf or a constant of one element.
 * @param more Operators allowed besides the element-wise ones; with them constants of any size are.
 * @returns Null where it does not, or where no leaf is reached.
 */
export function cone(
  value: Value,
  leaves: ReadonlySet<Value>,
  producers: Producers,
  constants: Graph['constants'],
  more: ReadonlySet<string> = new Set(),
): readonly Node[] | null {
  const found = new Set<Node>();
  let reached = false;
  const queue = [value];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (next === '') continue;
    if (leaves.has(next)) {
      reached = true;
      continue;
    }
    const tensor = constants.get(next);
    if (tensor !== undefined && (more.size > 0 || sizeOf(tensor.dims) === 1)) continue;
    const node = producers.get(next);
    if (node?.domain !== '' || !(elementwise.has(node.op) || more.has(node.op))) return null;
    if (found.has(node)) continue;
    found.add(node);
    if (found.size > MOST_NODES) return null;
    queue.push(...node.inputs);
  }
  return reached ? [...found] : null;
}
