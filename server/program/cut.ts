/** The model's forward nodes, ready to be put behind a Program's own inputs. */
import { readsOf } from '../graph/builder';
import type { Attribute, Graph, Node, Value } from '../graph/types';
import { UserError } from '../errors';

/**
 * The graph with internal values renamed where they would clash with the Program's own names (many models call
 * their output `logits`).
 * @throws UserError `name-clash` when a model input has such a name: feeds could not be told apart.
 */
export function freeNames(graph: Graph, reserved: ReadonlySet<string>, fed: ReadonlySet<Value>): Renamed {
  const clash = [...fed].find((value) => reserved.has(value));
  if (clash !== undefined) {
    throw new UserError('name-clash', `the model input ${clash} has a name the program needs for itself`, {
      next: 'rename the input in the model',
    });
  }
  const made = graph.nodes.flatMap((node) => node.outputs);
  const clashing = [...graph.inputs, ...graph.constants.keys(), ...made].filter((value) => reserved.has(value));
  const taken = new Set([...made, ...graph.inputs, ...graph.constants.keys(), ...graph.types.keys()]);
  const names = new Map<Value, Value>();
  for (const value of clashing) {
    let name = `${value}.model`;
    while (taken.has(name)) name = `${name}_`;
    taken.add(name);
    names.set(value, name);
  }
  return { graph: names.size === 0 ? graph : renamed(graph, names), of: (value) => names.get(value) ?? value };
}

export interface Renamed {
  readonly graph: Graph;
  /** New name of a value. */
  readonly of: (value: Value) => Value;
}

function renamed(graph: Graph, names: ReadonlyMap<Value, Value>): Graph {
  const of = (value: Value): Value => names.get(value) ?? value;
  return {
    ...graph,
    inputs: graph.inputs.map(of),
    outputs: graph.outputs.map(of),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(of),
      outputs: node.outputs.map(of),
      attributes: withRenamedBodies(node.attributes, names),
    })),
    constants: new Map([...graph.constants].map(([value, tensor]) => [of(value), tensor])),
    types: new Map([...graph.types].map(([value, type]) => [of(value), type])),
  };
}

/** Bodies of branches and loops read values of the Graph around them by name, unless they have one so called. */
export function withRenamedBodies(
  attributes: Node['attributes'],
  names: ReadonlyMap<Value, Value>,
): Node['attributes'] {
  if (!Object.values(attributes).some(({ type }) => type === 'graph')) return attributes;
  const entries = Object.entries(attributes).map(([key, attribute]): [string, Attribute] => {
    if (attribute.type !== 'graph') return [key, attribute];
    const body = attribute.value;
    const own = new Set([...body.inputs, ...body.constants.keys(), ...body.nodes.flatMap((node) => node.outputs)]);
    return [key, { type: 'graph', value: renamed(body, new Map([...names].filter(([value]) => !own.has(value)))) }];
  });
  return Object.fromEntries(entries);
}

/** Nodes that a set of values needs, in order, cut at `given`: what makes a given value is left out. */
export function cutNodes(graph: Graph, wanted: readonly Value[], given: ReadonlySet<Value>): Node[] {
  const needed = new Set(wanted.filter((value) => !given.has(value)));
  const kept: Node[] = [];
  for (let index = graph.nodes.length - 1; index >= 0; index -= 1) {
    const node = graph.nodes[index] as Node;
    if (!node.outputs.some((output) => needed.has(output))) continue;
    kept.push(withoutGiven(node, given));
    for (const input of readsOf(node)) if (input !== '' && !given.has(input)) needed.add(input);
  }
  return kept.reverse();
}

/** A node that makes a given value among others keeps its place under another name. */
function withoutGiven(node: Node, given: ReadonlySet<Value>): Node {
  if (!node.outputs.some((output) => given.has(output))) return node;
  return { ...node, outputs: node.outputs.map((output) => (given.has(output) ? `${output}/uncut` : output)) };
}
