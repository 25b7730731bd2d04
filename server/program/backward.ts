/** The relevance pass: walks the forward nodes backwards and lets each node's rule add its part. */
import { readsOf } from '../graph/builder';
import type { GraphBuilder } from '../graph/builder';
import type { Node, Value } from '../graph/types';
import type { Model } from '../model/types';
import { worth } from './conservation';
import type { Books } from './conservation';
import { noRule } from './refusal';
import type { Plan, RuleContext, RuleEntry, RuleSet, RuleSetId, Traced, Twin, Way } from './types';

/** Relevance flows through floats, and through the small integers between QuantizeLinear and DequantizeLinear. */
const carriers: ReadonlySet<string> = new Set(['float32', 'float64', 'float16', 'int8', 'uint8', 'int16', 'uint16']);

type Types = ReadonlyMap<Value, { readonly dtype: string }>;

/** @param nodes Forward nodes, topologically ordered. */
export function findWay(
  nodes: readonly Node[],
  targets: readonly Value[],
  start: Value,
  stopping: readonly string[],
  types: Types,
): Way {
  const carries = (value: Value): boolean => carriers.has(types.get(value)?.dtype ?? 'float32');
  const stops = new Set(stopping);
  const reached = new Set(targets);
  for (const node of nodes) {
    if (node.domain === '' && stops.has(node.op)) continue;
    if (!readsOf(node).some((input) => reached.has(input))) continue;
    for (const output of node.outputs) if (carries(output)) reached.add(output);
  }
  const wanted = new Set([start]);
  const kept: Node[] = [];
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const node = nodes[index] as Node;
    if (!node.outputs.some((output) => wanted.has(output) && reached.has(output))) continue;
    kept.push(node);
    for (const input of readsOf(node)) if (reached.has(input)) wanted.add(input);
  }
  return { nodes: kept.reverse(), needed: (value) => value !== '' && reached.has(value) && wanted.has(value) };
}

/** Why the first node that cannot be carried cannot; null when every node on the way has a rule that takes it. */
export function firstRefusal(way: Way, plan: Plan, b: GraphBuilder): { node: Node; reason?: string } | null {
  for (const node of way.nodes) {
    const entry = plan.rule(node);
    if (entry === undefined) return { node };
    const reason = entry.refuses?.(node, b, (value) => way.needed(value)) ?? null;
    if (reason !== null) return { node, reason };
  }
  return null;
}

/** What one relevance pass is made of. */
export interface Pass {
  readonly model: Model;
  readonly way: Way;
  readonly set: RuleSetId;
  /** What rules carry; relevance when left out. */
  readonly carries?: RuleSet['carries'];
  readonly plan: Plan;
  /** Values of the twin passes. */
  twin(twin: Twin, value: Value): Value;
  /** Masks by the value they filter. */
  readonly masks: ReadonlyMap<Value, Value>;
  /** Where sums are kept for the conservation table; null when nobody asked. */
  readonly books: Books | null;
}

/** Where the pass starts. */
export interface Start {
  readonly logits: Value;
  /** ∂S/∂logits and the relevance of the logits, shaped like them. */
  readonly slope: Value;
  readonly relevance: Value;
}

export interface Carried {
  /** Relevance of a value, null where none arrived. */
  of(value: Value): Value | null;
  readonly trace: readonly Traced[];
}

/**
 * Adds the relevance pass.
 * @throws UserError `no-rule` with the node and operator that no rule covers.
 */
export function addRelevance(b: GraphBuilder, pass: Pass, start: Start): Carried {
  const { model, way, plan, books } = pass;
  const refusal = firstRefusal(way, plan, b);
  if (refusal !== null) throw noRule(refusal.node, pass.set, refusal.reason);
  const producers = new Map(way.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const context: RuleContext = {
    model,
    producer: (value) => producers.get(value),
    needed: (value) => way.needed(value),
    twin: (twin, value) => pass.twin(twin, value),
    absorb: (cause, amount) => books?.absorb(cause, amount),
  };
  b.scope(`${pass.set}/start`);
  const trace: Traced[] = [];
  books?.open(b, [start.relevance]);
  const first = plan.begin?.({ b, ctx: context, logits: start.logits, slope: start.slope }) ?? null;
  if (first !== null) {
    // The plan has carried relevance through the last layer itself: that node has its row too.
    books?.close(b, [...first.values()]);
    trace.push(firstRow(producers, plan, start.logits, first, pass.set));
  }
  const arrived = new Map<Value, Value[]>(
    [...(first ?? [[start.logits, start.relevance] as const])].map(([value, relevance]) => [value, [relevance]]),
  );
  const masks = new Map(pass.masks);
  const total = (value: Value): Value | null => {
    const parts = arrived.get(value) ?? [];
    const [mask] = [masks.get(value)];
    let sum = parts.length > 1 ? parts.reduce((left, right) => b.op('Add', [left, right])) : parts[0];
    if (sum !== undefined && mask !== undefined) {
      sum = b.op('Mul', [sum, mask]);
      masks.delete(value);
    }
    if (sum !== undefined) arrived.set(value, [sum]);
    return sum ?? null;
  };
  const inBooks = (value: Value, part: Value | null): Value | null =>
    part !== null && pass.carries === 'ratio' ? worth(b, value, part) : part;
  for (let index = way.nodes.length - 1; index >= 0; index -= 1) {
    const node = way.nodes[index] as Node;
    b.scope(`${pass.set}/${node.name}`);
    const r = node.outputs.map(total);
    if (r.every((part) => part === null)) continue;
    const entry = plan.rule(node) as RuleEntry;
    books?.open(
      b,
      r.map((part, output) => inBooks(node.outputs[output] ?? '', part)),
    );
    const parts = entry.rule(node, r, b, context);
    const reached = carriedTo(node, entry);
    parts.forEach((part, input) => {
      const value = reached[input] ?? '';
      if (part !== null && context.needed(value)) arrived.set(value, [...(arrived.get(value) ?? []), part]);
    });
    trace.push({ node: node.name, op: node.op, rule: entry.name ?? pass.set });
    books?.close(
      b,
      parts.flatMap((part, input) => {
        const value = reached[input] ?? '';
        return context.needed(value) ? [inBooks(value, part)] : [];
      }),
    );
  }
  b.scope('');
  return { of: total, trace };
}

/** The values that the parts a rule returns belong to. */
export const carriedTo = (node: Node, { root }: RuleEntry): readonly Value[] =>
  root === undefined ? node.inputs : [root];

/** The layer that `Plan.begin` took: the one before the logits that reads a value relevance now is at. */
function firstRow(
  producers: ReadonlyMap<Value, Node>,
  plan: Plan,
  logits: Value,
  first: ReadonlyMap<Value, Value>,
  set: RuleSetId,
): Traced {
  let node = producers.get(logits) as Node;
  const before = (): Node | undefined => node.inputs.flatMap((input) => producers.get(input) ?? []).at(0);
  for (let next = before(); next !== undefined && !node.inputs.some((input) => first.has(input)); next = before())
    node = next;
  return { node: node.name, op: node.op, rule: plan.rule(node)?.name ?? set };
}
