/** What counts as an activation: an element-wise function of one value, however a model spells it. */
import { numbers, sizeOf } from '../../../graph/tensor';
import type { Graph, Node, Value } from '../../../graph/types';
import { inputOf } from '../common';

/** Functions that never fall: their slope needs no clamp. */
const rising: ReadonlySet<string> = new Set([
  ...['Relu', 'LeakyRelu', 'ThresholdedRelu', 'Elu', 'Selu', 'Celu', 'Sigmoid', 'HardSigmoid', 'Tanh', 'Softplus'],
  ...['Softsign', 'Clip', 'Max', 'Min', 'Shrink'],
]);

/** Functions that fall somewhere, or may. */
const bent: ReadonlySet<string> = new Set(['Gelu', 'HardSwish', 'Mish', 'PRelu']);

const functions: ReadonlySet<string> = new Set([...rising, ...bent, 'Erf', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Abs']);
const withConstant: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow']);

/** An activation that ends at some node. */
export interface Activation {
  /** Index of the node's input that is the activation's argument. */
  readonly argument: number;
  /** False where the slope may be negative. */
  readonly rising: boolean;
  /**
   * For `x · g(x)` (SiLU, which no operator is): the nodes of g from its end back to x; g is the node's other input.
   * Empty where the activation is the node itself.
   */
  readonly gate: readonly Node[];
}

/** Finds activations in one graph. */
export function activationsOf(graph: Graph): (node: Node) => Activation | null {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  /** Absent, or one number: what leaves the shape alone. */
  const constant = (value: Value): boolean => {
    const tensor = graph.constants.get(value);
    return value === '' || (tensor !== undefined && sizeOf(tensor.dims) === 1);
  };
  /** Nodes from `value` back to `root`, each a function of one value; null when the way is another. */
  const gateOf = (value: Value, root: Value): readonly Node[] | null => {
    const nodes: Node[] = [];
    for (let at = value; at !== root;) {
      const node = makers.get(at);
      if (node?.domain !== '') return null;
      if (!functions.has(node.op) && !withConstant.has(node.op)) return null;
      const moving = node.inputs.filter((input) => !constant(input));
      if (moving.length !== 1) return null;
      nodes.push(node);
      at = moving[0] as Value;
    }
    return nodes;
  };
  return (node) => {
    if (node.domain !== '' || isGuard(node, graph)) return null;
    if (node.op === 'Mul') return gated(node, gateOf);
    if (node.op === 'Max' || node.op === 'Min') {
      const moving = node.inputs.filter((input) => !constant(input));
      if (moving.length !== 1) return null;
      return { argument: node.inputs.indexOf(moving[0] as Value), rising: true, gate: [] };
    }
    if (node.op === 'Clip' && !node.inputs.slice(1).every(constant)) return null;
    if (!rising.has(node.op) && !bent.has(node.op)) return null;
    return { argument: 0, rising: rising.has(node.op), gate: [] };
  };
}

/** A lower bound above 0 and no upper one keeps a divisor from 0 (x / max(‖x‖, 1e-12)): nothing is switched. */
export function isGuard(node: Node, { constants }: Graph): boolean {
  if (node.op !== 'Max' && (node.op !== 'Clip' || inputOf(node, 2) !== '')) return false;
  const bounds = node.op === 'Max' ? node.inputs : [inputOf(node, 1)];
  return bounds.some((input) => {
    const tensor = constants.get(input);
    return tensor !== undefined && (numbers(tensor)[0] ?? 0) > 0;
  });
}

function gated(node: Node, gateOf: (value: Value, root: Value) => readonly Node[] | null): Activation | null {
  for (const argument of [0, 1]) {
    const gate = gateOf(inputOf(node, 1 - argument), inputOf(node, argument));
    // Without a bend it is a product with itself or with a constant multiple of itself: x², no activation.
    if (gate?.some(({ op }) => functions.has(op)) === true) return { argument, rising: false, gate };
  }
  return null;
}
