/**
 * Maxima: with M = max(y, y′), M − y′ goes to the winner of the sample and y − M to the winner of the reference, each
 * over its own Δx. Where windows overlap the parts add up. (The one of the two that is not 0 belongs to a winner whose
 * Δx is at least as large.) Minima the same way with M = min(y, y′).
 */
import type { Graph } from '../../../graph/types';
import { noRule } from '../../refusal';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { inputOf, only, outputOf } from '../common';
import { choiceRules } from '../gradient/choice';
import { globalPoolRules } from '../gradient/global-pool';
import { maxPoolRules } from '../gradient/max-pool';
import { reductionRules } from '../gradient/reduction';
import { delta, overDelta, runAt } from './delta';

const chosen =
  (rule: RelevanceRule): RelevanceRule =>
  (node, r, b, ctx) => {
    const y = outputOf(node);
    const reference = ctx.twin('reference', y);
    const m = maths(b, y);
    const extreme = b.op(node.op.includes('Min') ? 'Min' : 'Max', [y, reference]);
    const plain = rule(node, r, b, ctx);
    const own = rule(node, [m.mul(only(r), m.sub(extreme, reference))], b, ctx);
    const toReference = [m.mul(only(r), m.sub(y, extreme))];
    const others = runAt(rule, node, (value) => ctx.twin('reference', value), toReference, b, ctx);
    return node.inputs.map((input, index) => {
      const [slope, first, second] = [plain[index], own[index], others[index]];
      if (!slope || !first || !second) return null;
      return overDelta(b, m.add(first, second), delta(b, ctx, input), slope);
    });
  };

/** A choice that the sample makes has no multiplier: at one end it is one input, at the other end the other. */
const where =
  (rule: RelevanceRule): RelevanceRule =>
  (node, r, b, ctx) => {
    const condition = inputOf(node, 0);
    if (ctx.twin('reference', condition) !== condition)
      throw noRule(node, 'deeplift', 'a choice that depends on the sample');
    return rule(node, r, b, ctx);
  };

/**
 * Choices by name that only put something in the place of NaN, as exporters write attention (a row that is masked
 * wholly): anywhere else they are the value itself at both ends.
 */
export function nanChoices(graph: Graph): ReadonlySet<string> {
  const tests = new Set(graph.nodes.filter(({ op }) => op === 'IsNaN').flatMap(({ outputs }) => outputs));
  return new Set(graph.nodes.filter(({ op, inputs }) => op === 'Where' && tests.has(inputs[0] ?? '')).map(({ name }) => name)); // prettier-ignore
}

const maxima = new Set(['MaxPool', 'GlobalMaxPool', 'ReduceMax', 'ReduceMin', 'Max', 'Min']);

export const chosenRules: readonly RuleEntry[] = [
  ...maxPoolRules,
  ...globalPoolRules,
  ...reductionRules,
  ...choiceRules,
].flatMap((entry): RuleEntry[] => {
  const own = entry.ops.filter((op) => maxima.has(op));
  if (own.length > 0) return [{ ...entry, ops: own, rule: chosen(entry.rule), name: 'maximum' }];
  return entry.ops.includes('Where') ? [{ ...entry, ops: ['Where'], rule: where(entry.rule) }] : [];
});
