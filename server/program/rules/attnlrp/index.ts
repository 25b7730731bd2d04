/**
 * AttnLRP (Achtibat et al. 2024, arXiv:2402.05602) in gradient form: the pass carries c = R/a and starts with the
 * slope at the logits; R = x ⊙ c at the end. Linear layers, sums and softmax have the gradient's own rules then, and
 * nothing is divided by sums that may be 0.
 *
 * Options: `variant`: `attnlrp`, or `cpLRP` (Ali et al. 2022), which holds attention weights and gates constant and
 * conserves relevance but for biases.
 */
import { UserError } from '../../../errors';
import type { Graph, Node, Value } from '../../../graph/types';
import { recognizeActivations, selfGates } from '../../canonize/activations';
import { attentionWeights, recognizeSoftmax } from '../../canonize/attention';
import { deviations } from '../../canonize/deviations';
import { recognizeLayerNorm } from '../../canonize/layer-norm';
import type { Plan, RuleOptions, RuleSet, RuleSetFamily, Way } from '../../types';
import { table } from '../common';
import { functionEntries } from '../functions';
import { stops } from '../gradient/stops';
import { functionRule } from './activations';
import { booked } from './books';
import { gates, holding } from './holding';
import { rules } from './table';

export const variants = ['attnlrp', 'cpLRP'] as const;
export type Variant = (typeof variants)[number];

const find = table(rules.map(booked));

function planFor(way: Way, graph: Graph, keep: ReadonlySet<Value>, variant: Variant): Plan {
  const { nodes } = way;
  const held = new Map<Node, Set<number>>();
  const hold = (uses: ReadonlyMap<Node, number>): void => {
    for (const [node, input] of uses) held.set(node, (held.get(node) ?? new Set()).add(input));
  };
  hold(selfGates(nodes, graph));
  hold(deviations(nodes, graph));
  const constant = new Set<Value>();
  if (variant === 'cpLRP') {
    hold(gates(nodes, held));
    attentionWeights(way).forEach((value) => constant.add(value));
  }
  const hand = holding(held, constant);
  const functions = functionEntries(graph, keep, (f) => functionRule(f));
  return {
    rule: (node) => {
      const whole = functions(node);
      if (whole !== undefined) return booked(whole);
      const entry = find(node);
      if (entry === undefined) return undefined;
      const signal = (input: Value, index: number): boolean =>
        way.needed(input) && !constant.has(input) && held.get(node)?.has(index) !== true;
      const linear = entry.name === 'half' && node.inputs.filter(signal).length < 2;
      return hand(linear ? { ...entry, name: 'linear' } : entry);
    },
  };
}

/** Rewrites that this family needs; each leaves the forward result as it is. */
function canonize(graph: Graph, keep: ReadonlySet<Value>): Graph {
  return [recognizeLayerNorm, recognizeSoftmax, recognizeActivations].reduce((now, step) => step(now, keep), graph);
}

function make(options: RuleOptions): RuleSet {
  const { variant = 'attnlrp' } = options;
  const known = variants.find((name) => name === variant);
  if (known === undefined) {
    throw new UserError('bad-option', `AttnLRP has no variant ${JSON.stringify(variant)}`, {
      next: `choose one of ${variants.join(', ')}`,
    });
  }
  return {
    id: 'attnlrp',
    stops,
    start: 'slope',
    carries: 'ratio',
    canonize,
    plan: (way, graph, keep) => planFor(way, graph, keep, known),
  };
}

export const attnlrpFamilies: readonly RuleSetFamily[] = [{ id: 'attnlrp', make }];
