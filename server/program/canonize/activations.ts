/** Activations that exporters write in primitive operators: GELU, SiLU, Mish, hard-swish, hard-sigmoid, … */
import { float, text } from '../../graph/attributes';
import { numbers, sizeOf } from '../../graph/tensor';
import type { Attribute, Graph, Node, Value } from '../../graph/types';
import { cone, elementwise, producersOf } from './cone';
import type { Producers } from './cone';
import { evaluate } from './evaluate';
import { erf } from './erf';

interface Known {
  readonly op: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly f: (x: number) => number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Functions that an operator exists for. */
const known: readonly Known[] = [
  { op: 'Gelu', attributes: { approximate: text('none') }, f: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)) },
  {
    op: 'Gelu',
    attributes: { approximate: text('tanh') },
    f: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  },
  { op: 'Mish', attributes: {}, f: (x) => x * Math.tanh(softplus(x)) },
  { op: 'HardSwish', attributes: {}, f: (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5)) },
  {
    op: 'HardSigmoid',
    attributes: { alpha: float(1 / 6), beta: float(0.5) },
    f: (x) => Math.min(1, Math.max(0, x / 6 + 0.5)),
  },
  { op: 'Sigmoid', attributes: {}, f: sigmoid },
  { op: 'Softplus', attributes: {}, f: softplus },
];

/** Where functions are compared; no round numbers, so that constants cannot agree by chance. */
const probes = [
  ...Array.from({ length: 33 }, (_, index) => -7.93 + index * 0.4957),
  // Forms with a case of their own for large values: softplus(x) = x from 20 on.
  ...[-61.3, -25.7, -13.9, 13.9, 25.7, 61.3],
];

/** Largest difference of two forms of one function, for |x| > 1 over |x|: their constants are float32. */
const TOLERANCE = 2e-6;

/**
 * Replaces each element-wise subgraph that computes a known activation of one value by its operator. It is known by
 * what it computes, not by how it is written: order and number of its nodes do not matter.
 */
export function recognizeActivations(graph: Graph, keep: ReadonlySet<Value>): Graph {
  const producers = producersOf(graph.nodes);
  const replaced = new Map<Node, Node>();
  for (const node of graph.nodes) {
    // An activation ends with arithmetic; an operator of its own needs no recognition.
    if (node.domain !== '' || !['Mul', 'Div', 'Add', 'Log', 'Reciprocal', 'Where'].includes(node.op)) continue;
    const match = activationAt(node, producers, graph, keep);
    if (match !== null) replaced.set(node, match);
  }
  if (replaced.size === 0) return graph;
  return { ...graph, nodes: graph.nodes.map((node) => replaced.get(node) ?? node) };
}

function activationAt(node: Node, producers: Producers, graph: Graph, keep: ReadonlySet<Value>): Node | null {
  const [output = ''] = node.outputs;
  for (const root of rootsOf(node, producers, graph)) {
    const nodes = cone(output, new Set([root]), producers, graph.constants);
    if (nodes === null || nodes.length < 2) continue;
    if (nodes.some((inner) => inner !== node && inner.outputs.some((value) => keep.has(value)))) continue;
    const values = evaluate(output, root, probes, producers, graph.constants);
    const fits = ({ f }: Known): boolean =>
      values?.every((value, at) => {
        const x = probes[at] as number;
        return Math.abs(value - f(x)) < TOLERANCE * Math.max(1, Math.abs(x));
      }) === true;
    const match = known.find(fits);
    if (match === undefined) continue;
    return { ...node, op: match.op, inputs: [root], attributes: match.attributes };
  }
  return null;
}

/** Values below a node that it may be a function of, nearest first. */
export function rootsOf(node: Node, producers: Producers, graph: Graph): readonly Value[] {
  const seen = new Set<Value>();
  const queue = [...node.inputs];
  for (let next = queue.shift(); next !== undefined && seen.size < 16; next = queue.shift()) {
    if (next === '' || seen.has(next) || graph.constants.has(next)) continue;
    seen.add(next);
    const made = producers.get(next);
    if (made?.domain === '' && elementwise.has(made.op)) queue.push(...made.inputs);
  }
  return [...seen];
}

/**
 * Products a·g where g is an element-wise function of the same value that a is a multiple of: an activation
 * f(x) = x·g(x), such as SiLU, which no operator of the canonical set is. Holding g constant gives f(x)/x.
 * @returns The position of g among the product's inputs.
 */
export function selfGates(nodes: readonly Node[], graph: Pick<Graph, 'constants'>): Map<Node, number> {
  const producers = producersOf(nodes);
  const found = new Map<Node, number>();
  for (const node of nodes) {
    if (node.op !== 'Mul' || node.domain !== '' || node.inputs[0] === node.inputs[1]) continue;
    for (const [a, g] of [
      [0, 1],
      [1, 0],
    ] as const) {
      // prettier-ignore
      const chain = multiplesOf(node.inputs[a] ?? '', producers, graph.constants);
      if (cone(node.inputs[g] ?? '', chain, producers, graph.constants) === null) continue;
      found.set(node, g);
      break;
    }
  }
  return found;
}

/** A value and those it is a constant multiple of. */
function multiplesOf(value: Value, producers: Producers, constants: Graph['constants']): ReadonlySet<Value> {
  const chain = new Set([value]);
  const scalar = (input: Value): boolean => {
    const tensor = constants.get(input);
    return tensor !== undefined && sizeOf(tensor.dims) === 1 && Number.isFinite(numbers(tensor)[0]);
  };
  for (let node = producers.get(value); node !== undefined;) {
    const [first = '', second = ''] = node.inputs;
    const from =
      node.op === 'Neg' || node.op === 'Identity'
        ? first
        : (node.op === 'Mul' || node.op === 'Div') && scalar(second)
          ? first
          : node.op === 'Mul' && scalar(first)
            ? second
            : undefined;
    if (from === undefined) break;
    chain.add(from);
    node = producers.get(from);
  }
  return chain;
}
