/** Scales that count as constants: 1/√(mean x² + ε) of RMS norm and its kin, and every denominator. */
import type { Graph, Node, Value } from '../../../graph/types';
import { deviations } from '../../canonize/deviations';
import type { RuleEntry, Way } from '../../types';
import { unbroadcast } from '../../shapes';
import { only, outputOf } from '../common';

/** Name of the rule of nodes that only make such scales. */
export const HELD = 'held';

/**
 * Rules by node name: products with such a scale hand all on to the signal, and the nodes that only make scales get
 * nothing, so that no rule has to cover them.
 */
export function heldRules(way: Way, graph: Graph): ReadonlyMap<string, RuleEntry> {
  const products = deviations(way.nodes, graph);
  const rules = new Map<string, RuleEntry>();
  for (const [node, at] of products) rules.set(node.name, passPast(node, at));
  /** Inputs of the nodes that relevance comes through, but for the held ones. */
  const reached = new Set<Value>();
  const read = new Set(way.nodes.flatMap((node) => node.inputs));
  for (const node of [...way.nodes].reverse()) {
    const ends = node.outputs.every((output) => !read.has(output));
    if (!ends && !node.outputs.some((output) => reached.has(output))) {
      rules.set(node.name, nothing(node));
      continue;
    }
    const held = node.op === 'Div' && way.needed(node.inputs[0] ?? '') ? 1 : products.get(node);
    node.inputs.forEach((input, index) => index !== held && reached.add(input));
  }
  return rules;
}

function passPast(node: Node, at: number): RuleEntry {
  return {
    ops: [node.op],
    name: 'pass',
    rule: (_, r, b) =>
      node.inputs.map((input, index) => (index === at ? null : unbroadcast(b, only(r), outputOf(node), input))),
  };
}

const nothing = (node: Node): RuleEntry => ({ ops: [node.op], name: HELD, rule: () => node.inputs.map(() => null) });
