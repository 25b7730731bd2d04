/** What rule sets do with element-wise functions that are written in several operators. */
import type { GraphBuilder } from '../../graph/builder';
import type { Graph, Node, Value } from '../../graph/types';
import { elementFunctions } from '../canonize/functions';
import type { ElementFunction } from '../canonize/functions';
import { again, zerosLike } from '../shapes';
import type { Plan, RuleContext, RuleEntry } from '../types';

/** Name of the rule of nodes inside a function: relevance goes past them. */
export const INSIDE = 'inside';

/** The rule of a function, by what it starts with; `root` is set here. */
export type FunctionRule = (f: ElementFunction) => Omit<RuleEntry, 'root' | 'ops'>;

/** Entries of the functions in a graph: the last node's is the function's, those before it hand on nothing. */
export function functionEntries(
  graph: Graph,
  keep: ReadonlySet<Value>,
  rule: FunctionRule,
): (node: Node) => RuleEntry | undefined {
  const entries = new Map<string, RuleEntry>();
  for (const [name, f] of elementFunctions(graph, keep)) {
    for (const { name: inner, op } of f.nodes) entries.set(inner, inside(op));
    entries.set(name, { ...rule(f), ops: [], root: f.root });
  }
  return (node) => entries.get(node.name);
}

const inside = (op: string): RuleEntry => ({ ops: [op], name: INSIDE, rule: (node) => node.inputs.map(() => null) });

/** Values of a function's nodes for another value at the root. */
export function replay(b: GraphBuilder, f: ElementFunction, root: Value): (value: Value) => Value {
  const known = new Map([[f.root, root]]);
  const at = (value: Value): Value => known.get(value) ?? value;
  for (const node of f.nodes) known.set(node.outputs[0] ?? '', again(b, node, node.inputs.map(at)));
  return at;
}

/**
 * r · f′ by the chain rule through the function's nodes. What has no rule (a sign, a comparison) has no slope.
 * @param at Names of the function's values, those of another run of it (`replay`) if need be.
 */
export function throughSlope(
  f: ElementFunction,
  r: Value,
  b: GraphBuilder,
  ctx: RuleContext,
  chainRule: Plan['rule'],
  at: (value: Value) => Value = (value) => value,
): Value {
  const arrived = new Map<Value, Value>([[f.output, r]]);
  for (const node of f.nodes.toReversed()) {
    const own = arrived.get(node.outputs[0] ?? '');
    if (own === undefined) continue;
    const moving = node.inputs.filter((input) => ctx.needed(input));
    const needed = new Set(moving.map(at));
    const there = { ...node, inputs: node.inputs.map(at), outputs: node.outputs.map(at) };
    const parts = chainRule(node)?.rule(there, [own], b, { ...ctx, needed: (value) => needed.has(value) }) ?? [];
    parts.forEach((part, index) => {
      const value = node.inputs[index] ?? '';
      if (part === null || !moving.includes(value)) return;
      const before = arrived.get(value);
      arrived.set(value, before === undefined ? part : b.op('Add', [before, part]));
    });
  }
  return arrived.get(f.root) ?? zerosLike(b, f.root);
}
