/** Norms that stay in primitive operators: which factor of a product is a norm of the other one. */
import type { Graph, Node, Value } from '../../graph/types';
import { cone, producersOf } from './cone';
import type { Producers } from './cone';

const reductions = new Set(['ReduceMean', 'ReduceSum', 'ReduceSumSquare', 'ReduceL1', 'ReduceL2']);
const roots = new Set(['Sqrt', 'Pow', 'Reciprocal', 'Div', 'ReduceL1', 'ReduceL2']);

/**
 * Products a·s with s = 1/√(mean a² + ε) or another norm of a: RMS norm and its kin. Where a is x − mean x or x·γ, s may
 * be made of x instead. (Divisions by a signal need no mark: a denominator is always held.)
 * @returns The position of s among the product's inputs.
 */
export function deviations(nodes: readonly Node[], graph: Pick<Graph, 'constants'>): Map<Node, number> {
  const producers = producersOf(nodes);
  const found = new Map<Node, number>();
  for (const node of nodes) {
    if (node.op !== 'Mul' || node.inputs[0] === node.inputs[1]) continue;
    for (const [a, s] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const signals = withOrigins(node.inputs[a] ?? '', producers, graph.constants);
      const part = cone(node.inputs[s] ?? '', signals, producers, graph.constants, reductions);
      if (part === null || !part.some(({ op }) => reductions.has(op)) || !part.some(({ op }) => roots.has(op)))
        continue;
      found.set(node, s);
      break;
    }
  }
  return found;
}

/** A value, and the x that it is x − mean x or a constant multiple of. */
function withOrigins(value: Value, producers: Producers, constants: Graph['constants']): ReadonlySet<Value> {
  const chain = new Set([value]);
  for (let node = producers.get(value); node?.domain === '';) {
    const [first = '', second = ''] = node.inputs;
    const from =
      node.op === 'Identity' || node.op === 'Cast' || node.op === 'Neg'
        ? first
        : (node.op === 'Mul' || node.op === 'Div') && constants.has(second)
          ? first
          : node.op === 'Mul' && constants.has(first)
            ? second
            : node.op === 'Sub' && isReduced(second, first, producers, constants)
              ? first
              : undefined;
    if (from === undefined) break;
    chain.add(from);
    node = producers.get(from);
  }
  return chain;
}

function isReduced(value: Value, x: Value, producers: Producers, constants: Graph['constants']): boolean {
  const part = cone(value, new Set([x]), producers, constants, reductions);
  return part?.some(({ op }) => reductions.has(op)) === true;
}
