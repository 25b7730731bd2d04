/** Which rule each node of a way gets. */
import { UserError } from '../../../errors';
import type { Graph, Node, Value } from '../../../graph/types';
import type { Way } from '../../types';
import { fitsGlob } from './glob';
import { linearLayer } from './linear/operators';
import type { BiasAdd, LinearLayer } from './linear/operators';
import type { Composite, LayerSelector, LinearRule } from './types';

export interface Assigned {
  readonly layer: LinearLayer;
  readonly rule: LinearRule;
  /** The node that adds its bias, where that is a node of its own. */
  readonly after: BiasAdd | undefined;
  /** No layer with weights lies between it and an entry. */
  readonly seesInput: boolean;
}

export interface Assignment {
  /** Linear layers by node name, in the order of the forward pass. */
  readonly layers: ReadonlyMap<string, Assigned>;
  /** Additions that hand relevance on: biases of linear layers, and shifts of the input itself. */
  readonly passing: ReadonlySet<string>;
  /** Rules of the composite that no layer matches, by position. */
  readonly unmatched: readonly { readonly rule: LayerSelector & LinearRule; readonly index: number }[];
}

/** @throws UserError `bad-composite` for two rules that match one node. */
export function assign(way: Way, graph: Graph, composite: Composite): Assignment {
  const readers = readersOf(graph);
  const found = way.nodes.flatMap((node) => {
    const layer = linearLayer(node, (value) => way.needed(value));
    return layer === null ? [] : [layer];
  });
  const seeing = seeingInput(way, new Set(found.filter(({ kind }) => kind !== 'pooling').map(({ node }) => node.name)));
  const { chosen, unmatched } = chosenRules(composite, found);
  const layers = new Map<string, Assigned>();
  const passing = new Set<string>();
  for (const layer of found) {
    const { node, kind } = layer;
    const after = kind === 'pooling' ? undefined : biasAdd(node, readers, graph);
    if (after !== undefined) passing.add(after.node.name);
    const seesInput = seeing(node);
    const rule =
      chosen.get(node.name) ?? (seesInput && kind !== 'pooling' ? composite.input : undefined) ?? composite[kind];
    layers.set(node.name, { layer, rule, after, seesInput });
  }
  for (const node of way.nodes) {
    const signals = node.inputs.filter((input) => way.needed(input));
    if ((node.op === 'Add' || node.op === 'Sub') && signals.length === 1 && seeing(node) && shifts(node, graph))
      passing.add(node.name);
  }
  return { layers, passing, unmatched };
}

/** Whether a node is reached from an entry without passing a linear layer. */
function seeingInput(way: Way, linear: ReadonlySet<string>): (node: Node) => boolean {
  const behind = new Set<Value>();
  const nodes = new Set<string>();
  for (const node of way.nodes) {
    const after = node.inputs.some((input) => behind.has(input));
    if (after || linear.has(node.name)) node.outputs.forEach((output) => behind.add(output));
    if (!after) nodes.add(node.name);
  }
  return (node) => nodes.has(node.name);
}

/** A number for all or one per channel: a shift of the input's scale. Position embeddings are evidence of their own. */
function shifts(node: Node, graph: Graph): boolean {
  return node.inputs.some((input) => (graph.constants.get(input)?.dims.filter((dim) => dim > 1).length ?? 2) <= 1);
}

function readersOf(graph: Graph): ReadonlyMap<Value, readonly Node[]> {
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes)
    for (const input of new Set(node.inputs)) readers.set(input, [...(readers.get(input) ?? []), node]);
  return readers;
}

/** `MatMul` or `Conv`, then `Add` of a constant that nothing else comes between: exporters write biases so. */
function biasAdd(node: Node, readers: ReadonlyMap<Value, readonly Node[]>, graph: Graph): BiasAdd | undefined {
  const [output = ''] = node.outputs;
  const [reader, ...more] = readers.get(output) ?? [];
  if (reader?.op !== 'Add' || more.length > 0 || graph.outputs.includes(output)) return undefined;
  const bias = reader.inputs.find((input) => input !== output);
  if (bias === undefined || !graph.constants.has(bias)) return undefined;
  const size = graph.constants.get(bias)?.dims.length ?? 0;
  const rank = graph.types.get(output)?.shape?.length ?? 0;
  return size <= rank ? { node: reader, bias } : undefined;
}

/** Rules that a composite gives to layers by selector. */
function chosenRules(
  { rules = [], name: of }: Composite,
  layers: readonly LinearLayer[],
): { readonly chosen: ReadonlyMap<string, LinearRule>; readonly unmatched: Assignment['unmatched'] } {
  const unmatched: { rule: LayerSelector & LinearRule; index: number }[] = [];
  const chosen = new Map<string, { readonly at: number; readonly rule: LinearRule }>();
  rules.forEach((rule, at) => {
    const matching = layers
      .filter(({ kind }) => kind !== 'pooling' || rule.operator !== undefined)
      .filter(({ node }) => matches(rule, node));
    const [from, until] = [rule.from ?? 1, rule.until ?? matching.length];
    const picked = matching.slice(from - 1, until);
    if (picked.length === 0) unmatched.push({ rule, index: at });
    for (const { node } of picked) {
      const before = chosen.get(node.name);
      if (before !== undefined)
        throw new UserError(
          'bad-composite',
          `Two rules of the composite${of === undefined ? '' : ` “${of}”`} are for one node: rule ${before.at + 1} (${before.rule.rule}) and rule ${at + 1} (${rule.rule})`,
          {
            where: `node ${node.name} (${node.op})`,
            next: 'narrow one of them: "operator", "name", "from" or "until"',
          },
        );
      chosen.set(node.name, { at, rule });
    }
  });
  return { chosen: new Map([...chosen].map(([name, { rule }]) => [name, rule])), unmatched };
}

function matches({ operator, name }: LayerSelector, node: Node): boolean {
  const operators = typeof operator === 'string' ? [operator] : operator;
  if (operators !== undefined && !operators.includes(node.op)) return false;
  return name === undefined || fitsGlob(name, node.name);
}
