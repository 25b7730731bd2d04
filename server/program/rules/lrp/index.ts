/** Layer-wise relevance propagation: a rule for every node, chosen by a composite (Bach et al. 2015). */
import type { Graph, Value } from '../../../graph/types';
import { canonizeForLrp } from '../../canonize';
import type { FirstStep, Plan, RuleEntry, RuleSet, RuleSetFamily, Way } from '../../types';
import { only, table } from '../common';
import { functionEntries } from '../functions';
import { stops } from '../gradient/stops';
import { assign } from './assign';
import type { Assigned } from './assign';
import { unfitting } from './fits';
import { applyRule } from './linear';
import { foldedForm, formOf } from './linear/operators';
import { heldRules } from './held';
import { isNonNegative } from './non-negative';
import { activationRules, functionRule } from './nodes/activations';
import { channelNormRules } from './nodes/channel-norm';
import { normalizationRules } from './nodes/normalization';
import { normRules } from './nodes/norms';
import { productRules } from './nodes/products';
import { refusedRules } from './nodes/refused';
import { routingRules } from './nodes/routing';
import { passSum, sumRules } from './nodes/sums';
import { lrpOptions } from './options';
import { recurrentRules } from './recurrent';
import type { LrpOptions } from './types';

export const lrpFamilies: readonly RuleSetFamily[] = [{ id: 'lrp', make: (options) => lrp(lrpOptions(options)) }];

function lrp(options: LrpOptions): RuleSet {
  return {
    id: 'lrp',
    stops,
    start: options.start,
    derivesWeights: true,
    canonize: canonizeForLrp,
    plan: (way, graph, keep) => planOf(way, graph, keep, options),
  };
}

function planOf(way: Way, graph: Graph, keep: ReadonlySet<Value>, options: LrpOptions): Plan {
  const { layers, passing } = assign(way, graph, options.composite);
  const others = table([
    ...sumRules(options),
    ...productRules(options),
    ...activationRules(options),
    ...normalizationRules(options),
    ...channelNormRules(options),
    ...normRules,
    ...routingRules,
    ...recurrentRules(options),
    ...refusedRules,
  ]);
  const entries = new Map<string, RuleEntry>();
  for (const [name, assigned] of layers) entries.set(name, entryOf(assigned));
  for (const name of passing) entries.set(name, passSum);
  for (const [name, entry] of heldRules(way, graph)) entries.set(name, entry);
  const functions = functionEntries(graph, keep, functionRule(options));
  const boxed = [...layers.values()].some(({ rule }) => rule.rule === 'box');
  return {
    rule: (node) => functions(node) ?? entries.get(node.name) ?? others(node),
    ...(boxed ? { twins: ['low', 'high'] as const } : {}),
    begin: (step) => (options.fold && options.start === 'relevance' ? folded(step, layers) : null),
  };
}

function entryOf(assigned: Assigned): RuleEntry {
  const { layer, rule, after } = assigned;
  return {
    ops: [layer.node.op],
    name: rule.rule,
    refuses: unfitting(assigned),
    rule(node, r, b, ctx) {
      const form = formOf(layer, b, ctx, after);
      const step = { b, ctx, form, r: only(r), nonNegative: isNonNegative(b, ctx, form.input) };
      return node.inputs.map((_, index) => (index === layer.at ? applyRule(step, rule, node.name) : null));
    },
  };
}

/** The last linear layer with the target folded in; null where the logits come from something else. */
function folded(
  { b, ctx, logits, slope }: FirstStep,
  layers: ReadonlyMap<string, Assigned>,
): ReturnType<NonNullable<Plan['begin']>> {
  const producer = ctx.producer(logits);
  const assigned = [...layers.values()].find(
    ({ layer, after }) => layer.node === producer || (after !== undefined && after.node === producer),
  );
  if (assigned === undefined) return null;
  const form = foldedForm(assigned.layer, b, slope, assigned.after);
  if (form === null) return null;
  const step = { b, ctx, form, r: form.z, nonNegative: isNonNegative(b, ctx, form.input) };
  return new Map([[form.input, applyRule(step, assigned.rule, assigned.layer.node.name)]]);
}
