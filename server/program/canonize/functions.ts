/**
 * Element-wise functions of one value that a model writes in several operators and that no operator is: log-sigmoid,
 * softshrink, a softplus with a case of its own, x·tanh(eˣ). Rules see each as the one activation that it is.
 */
import { readsOf } from '../../graph/builder';
import type { Graph, Node, Value } from '../../graph/types';
import { rootsOf } from './activations';
import { cone, producersOf } from './cone';
import type { Producers } from './cone';
import { evaluate } from './evaluate';

/** f, with output = f(root) for every element. */
export interface ElementFunction {
  readonly root: Value;
  readonly output: Value;
  /** From the root to the output; nothing else reads what they make in between. */
  readonly nodes: readonly Node[];
  readonly atZero: number;
  /** f′(0). */
  readonly slopeAtZero: number;
}

/** Sums and products: without anything else a function is a polynomial, and no activation. */
const arithmetic: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Neg', 'Identity', 'Cast']);

/** Operators that one value goes into and that are no functions with a value at 0, or that choose. */
const choosing: ReadonlySet<string> = new Set(['Where', 'Max', 'Min', 'Log']);

/**
 * The functions by the name of their last node. Each starts at the nearest value that all of it is a function of and at
 * whose 0 it is defined: log(σ(x)) starts at x, as log has no value at 0. What is a chain of functions with rules of
 * their own is left as it is.
 * @param keep Values that relevance may be asked for: none of them becomes part of a function.
 */
export function elementFunctions(graph: Graph, keep: ReadonlySet<Value>): ReadonlyMap<string, ElementFunction> {
  const producers = producersOf(graph.nodes);
  const order = new Map(graph.nodes.map((node, index) => [node, index] as const));
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes)
    for (const value of new Set(readsOf(node))) {
      const known = readers.get(value);
      if (known === undefined) readers.set(value, [node]);
      else known.push(node);
    }
  const outputs = new Set(graph.outputs);
  const found = new Map<string, ElementFunction>();
  const covered = new Set<Node>();
  for (const node of graph.nodes.toReversed()) {
    if (covered.has(node) || !joins(node, graph)) continue;
    const closed = (nodes: readonly Node[]): boolean =>
      nodes.every(
        (inner) =>
          inner === node ||
          inner.outputs.every(
            (value) =>
              !keep.has(value) &&
              !outputs.has(value) &&
              (readers.get(value) ?? []).every((reader) => nodes.includes(reader)),
          ),
      );
    const match = functionAt(node, producers, graph, closed);
    if (match === null) continue;
    match.nodes.forEach((inner) => covered.add(inner));
    found.set(node.name, {
      ...match,
      nodes: [...match.nodes].sort((p, q) => (order.get(p) ?? 0) - (order.get(q) ?? 0)),
    });
  }
  return found;
}

/** Whether several values come together at a node, or one that is chosen from. */
function joins(node: Node, { constants }: Graph): boolean {
  if (node.domain !== '') return false;
  if (choosing.has(node.op)) return true;
  return arithmetic.has(node.op) && node.inputs.filter((input) => !constants.has(input)).length > 1;
}

function functionAt(
  node: Node,
  producers: Producers,
  graph: Graph,
  closed: (nodes: readonly Node[]) => boolean,
): ElementFunction | null {
  const [output = ''] = node.outputs;
  const type = graph.types.get(output);
  if (type?.dtype !== 'float32' || type.shape === undefined) return null;
  const { shape } = type;
  for (const root of rootsOf(node, producers, graph)) {
    const from = graph.types.get(root);
    const alike = from?.shape?.length === shape.length && from.shape.every((dim, axis) => dim === shape[axis]);
    if (from?.dtype !== 'float32' || !alike) continue;
    const nodes = cone(output, new Set([root]), producers, graph.constants);
    if (nodes === null || nodes.every(({ op }) => arithmetic.has(op)) || !closed(nodes)) continue;
    const step = 1e-3;
    const values = evaluate(output, root, [0, step, -step], producers, graph.constants);
    const [atZero = NaN, above = NaN, below = NaN] = values ?? [];
    if (!Number.isFinite(atZero)) continue;
    const slope = (above - below) / (2 * step);
    return {
      root,
      output,
      nodes,
      atZero: Math.abs(atZero) < 1e-12 ? 0 : atZero,
      slopeAtZero: Number.isFinite(slope) ? slope : 0,
    };
  }
  return null;
}
