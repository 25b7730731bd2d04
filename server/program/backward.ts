/** The relevance pass: walks the forward nodes backwards and lets each node's rule add its part. */
import type { GraphBuilder } from '../graph/builder';
import type { Node, Value } from '../graph/types';
import type { Model } from '../model/types';
import { noRule } from './refusal';
import type { RuleEntry, RuleSet } from './types';

/** Nodes and values that lie on a way from the targets to the start: the only ones that get rules. */
export interface Way {
  readonly nodes: readonly Node[];
  needed(value: Value): boolean;
}

export function entryOf(set: RuleSet, node: Node): RuleEntry | undefined {
  return node.domain === '' ? set.rules.find((entry) => entry.ops.includes(node.op)) : undefined;
}

/** Relevance flows through floats, and through the small integers between QuantizeLinear and DequantizeLinear. */
const carriers: ReadonlySet<string> = new Set(['float32', 'float64', 'float16', 'int8', 'uint8', 'int16', 'uint16']);

type Types = ReadonlyMap<Value, { readonly dtype: string }>;

/** @param nodes Forward nodes, topologically ordered. */
export function findWay(
  nodes: readonly Node[],
  targets: readonly Value[],
  start: Value,
  set: RuleSet,
  types: Types,
): Way {
  const carries = (value: Value): boolean => carriers.has(types.get(value)?.dtype ?? 'float32');
  const stops = new Set(set.stops);
  const reached = new Set(targets);
  for (const node of nodes) {
    if (node.domain === '' && stops.has(node.op)) continue;
    if (!node.inputs.some((input) => reached.has(input))) continue;
    for (const output of node.outputs) if (carries(output)) reached.add(output);
  }
  const wanted = new Set([start]);
  const kept: Node[] = [];
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const node = nodes[index] as Node;
    if (!node.outputs.some((output) => wanted.has(output) && reached.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) if (reached.has(input)) wanted.add(input);
  }
  return { nodes: kept.reverse(), needed: (value) => value !== '' && reached.has(value) && wanted.has(value) };
}

/** Why the first node that cannot be carried cannot; null when every node on the way has a rule that takes it. */
export function firstRefusal(way: Way, set: RuleSet, b: GraphBuilder): { node: Node; reason?: string } | null {
  for (const node of way.nodes) {
    const entry = entryOf(set, node);
    if (entry === undefined) return { node };
    const reason = entry.refuses?.(node, b, (value) => way.needed(value)) ?? null;
    if (reason !== null) return { node, reason };
  }
  return null;
}

/**
 * Adds the relevance pass and returns the relevance of each target; null where none arrives.
 * @param startRelevance Relevance of `start`, shaped like it.
 * @throws UserError `no-rule` with the node and operator that no rule covers.
 */
export function addRelevance(
  b: GraphBuilder,
  model: Model,
  way: Way,
  set: RuleSet,
  start: Value,
  startRelevance: Value,
): (target: Value) => Value | null {
  const refusal = firstRefusal(way, set, b);
  if (refusal !== null) throw noRule(refusal.node, set.id, refusal.reason);
  const producers = new Map(way.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const arrived = new Map<Value, Value[]>([[start, [startRelevance]]]);
  const total = (value: Value): Value | null => {
    const parts = arrived.get(value) ?? [];
    const sum = parts.length > 1 ? parts.reduce((left, right) => b.op('Add', [left, right])) : parts[0];
    if (sum !== undefined) arrived.set(value, [sum]);
    return sum ?? null;
  };
  const context = {
    model,
    producer: (value: Value) => producers.get(value),
    needed: (value: Value) => way.needed(value),
  };
  for (let index = way.nodes.length - 1; index >= 0; index -= 1) {
    const node = way.nodes[index] as Node;
    b.scope(`${set.id}/${node.name}`);
    const r = node.outputs.map(total);
    if (r.every((part) => part === null)) continue;
    const entry = entryOf(set, node) as RuleEntry;
    entry.rule(node, r, b, context).forEach((part, input) => {
      const value = node.inputs[input] ?? '';
      if (part !== null && context.needed(value)) arrived.set(value, [...(arrived.get(value) ?? []), part]);
    });
  }
  b.scope('');
  return total;
}
