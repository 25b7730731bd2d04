/** What rule files share. */
import type { Node, Value } from '../../graph/types';
import type { RuleContext, RuleEntry } from '../types';

/** One maker per input; makers of inputs that no relevance has to reach are not called. */
export function perInput(node: Node, ctx: RuleContext, makers: readonly (() => Value | null)[]): (Value | null)[] {
  return node.inputs.map((input, index) => (ctx.needed(input) ? (makers[index]?.() ?? null) : null));
}

/** An input by position; `''` when absent. */
export function inputOf(node: Node, index: number): Value {
  return node.inputs[index] ?? '';
}

export function outputOf(node: Node, index = 0): Value {
  return node.outputs[index] ?? '';
}

/** The relevance of output 0 where only output 0 can carry any. */
export function only(r: readonly (Value | null)[]): Value {
  const [first] = r;
  if (first === null || first === undefined) throw new Error('relevance of an output that none arrived at');
  return first;
}

/** A lookup by operator; of several entries for one operator the first wins, so that overrides come first. */
export function table(entries: readonly RuleEntry[]): (node: Node) => RuleEntry | undefined {
  const byOperator = new Map<string, RuleEntry>();
  for (const entry of entries) for (const op of entry.ops) if (!byOperator.has(op)) byOperator.set(op, entry);
  return (node) => (node.domain === '' ? byOperator.get(node.op) : undefined);
}
