/**
 * A Graph prepared for the interpreter: each node with its kernel, when each value is last used, and which nodes depend
 * on constants alone. Those run once per program, not once per run.
 */
import { outerValues } from '../../graph/builder';
import { graphOf } from '../../graph/attributes';
import { operatorOf } from '../../graph/operators';
import type { Graph, Node, Value } from '../../graph/types';
import { UserError } from '../../errors';
import { kernelOf } from './kernels';
import { controlOf } from './control-types';
import type { KernelEntry } from './types';
import { onHost } from './operands';
import type { Operand } from './operands';

export interface Step {
  readonly node: Node;
  /** Null for operators with bodies. */
  readonly kernel: KernelEntry | null;
  readonly bodies: Readonly<Record<string, Plan>>;
  /** Values that nothing after this step uses. */
  readonly frees: readonly Value[];
}

export interface Plan {
  readonly graph: Graph;
  readonly constants: Map<Value, Operand>;
  /** Steps whose values are the same in every run, and those that are not. */
  readonly once: readonly Step[];
  readonly steps: readonly Step[];
  /** Values of `once`, when they have been computed. */
  fixed: Map<Value, Operand> | null;
}

const random = ['RandomNormal', 'RandomUniform', 'RandomNormalLike', 'RandomUniformLike', 'Bernoulli'];

/** @throws UserError `engine-lacks-operator` for a node that no kernel covers. */
export function planOf(graph: Graph, engine: string): Plan {
  const constants = new Map([...graph.constants].map(([value, tensor]) => [value, onHost(tensor)] as const));
  const fixed = new Set<Value>(['', ...constants.keys()]);
  const isFixed = (node: Node): boolean =>
    !random.includes(node.op) &&
    node.inputs.every((input) => fixed.has(input)) &&
    outerValues(node).every((value) => fixed.has(value));
  const [once, later]: [Node[], Node[]] = [[], []];
  for (const node of graph.nodes) {
    if (!isFixed(node)) {
      later.push(node);
      continue;
    }
    once.push(node);
    for (const output of node.outputs) fixed.add(output);
  }
  const usedLater = new Set<Value>([...graph.outputs, ...later.flatMap(uses)]);
  return {
    graph,
    constants,
    once: stepsOf(once, usedLater, engine),
    steps: stepsOf(later, new Set(graph.outputs), engine),
    fixed: null,
  };
}

const uses = (node: Node): Value[] => [...node.inputs, ...outerValues(node)];

function stepsOf(nodes: readonly Node[], keep: ReadonlySet<Value>, engine: string): Step[] {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const seen = new Set<Value>(keep);
  const steps: Step[] = [];
  for (const node of [...nodes].reverse()) {
    const ends: Value[] = [];
    for (const value of [...node.outputs, ...uses(node)]) {
      if (value === '' || seen.has(value) || !made.has(value)) continue;
      seen.add(value);
      ends.push(value);
    }
    steps.push({ node, kernel: kernelFor(node, engine), bodies: bodiesOf(node, engine), frees: ends });
  }
  return steps.reverse();
}

function kernelFor(node: Node, engine: string): KernelEntry | null {
  const kernel = kernelOf(node);
  if (kernel !== undefined) return kernel;
  if (controlOf(node) || operatorOf(node.op, node.domain)?.fold !== undefined) return null;
  throw new UserError('engine-lacks-operator', `Engine ${engine} has no operator ${node.op}`, {
    where: `node ${node.name}`,
    next: 'choose the engine onnxruntime/cpu, which has all of them',
  });
}

function bodiesOf(node: Node, engine: string): Record<string, Plan> {
  const bodies: Record<string, Plan> = {};
  for (const name of Object.keys(node.attributes)) {
    const graph = graphOf(node, name);
    if (graph !== undefined) bodies[name] = planOf(graph, engine);
  }
  return bodies;
}
