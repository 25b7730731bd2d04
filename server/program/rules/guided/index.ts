/**
 * Guided backpropagation and the deconvolutional network: the chain rule with another rule at activations.
 *
 * - `guided-backprop` (Springenberg et al. 2014): at a ReLU `1[z > 0] · max(0, r)`; at any other activation f
 *   `max(0, f′(z)) · max(0, r)`, which at a ReLU is the same. Libraries that patch ReLU modules are plain
 *   backpropagation at every other activation, and at ReLUs that are not modules.
 * - `deconvnet` (Zeiler, Fergus 2013): `max(0, r)`, whatever was seen in the forward pass, at ReLUs and at all other
 *   activations.
 *
 * Activations that a model spells out in several nodes (GELU, SiLU, …) are recognised. Everything else, max pooling with its switches included, is the chain rule; so are activations inside recurrent cells. Option `start`: `one` starts with ∂S/∂f (1 for a logit), `score` with f ⊙ ∂S/∂f.
 */
import { UserError } from '../../../errors';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import { recognizeActivations } from '../../canonize/activations';
import type { ElementFunction } from '../../canonize/functions';
import { maths } from '../../maths';
import type { RelevanceRule, RuleContext, RuleEntry, RuleOptions, RuleSet, RuleSetFamily } from '../../types';
import { inputOf, only, table } from '../common';
import { functionEntries, throughSlope } from '../functions';
import { gradientRules } from '../gradient';
import { stops } from '../gradient/stops';
import { activationsOf, isGuard } from './activations';
import type { Activation } from './activations';

const chainRule = table(gradientRules);

/** Relevance of an activation's argument from that of its result. */
type ActivationRule = (node: Node, found: Activation, r: Value, b: GraphBuilder, ctx: RuleContext) => Value;

const positive = (b: GraphBuilder, r: Value): Value => b.op('Relu', [r]);

const deconvnet: ActivationRule = (_node, _found, r, b) => positive(b, r);

/** max(0, f′) · max(0, r) = max(0, f′ · max(0, r)). */
const guided: ActivationRule = (node, found, r, b, ctx) => {
  const start = positive(b, r);
  if (found.gate.length > 0) return positive(b, throughGate(node, found, start, b, ctx));
  const slope = chainRule(node)?.rule(node, [start], b, ctx)[found.argument];
  if (slope === null || slope === undefined) throw new Error(`no slope of ${node.op}`);
  return found.rising ? slope : positive(b, slope);
};

/** (x g(x))′ · r: g(x) r and what the nodes of g carry back of x r. */
function throughGate(node: Node, { argument, gate }: Activation, r: Value, b: GraphBuilder, ctx: RuleContext): Value {
  const [x, g] = [inputOf(node, argument), inputOf(node, 1 - argument)];
  const m = maths(b, x);
  let carried = m.mul(r, x);
  for (const part of gate) {
    const back = chainRule(part)?.rule(part, [carried], b, ctx) ?? [];
    const found = back.find((value) => value !== null);
    if (found === undefined) throw new Error(`no slope of ${part.op}`);
    carried = found;
  }
  return m.add(m.mul(r, g), carried);
}

/** One entry per kind of activation, so that traces name what was done. */
function entryFor(name: string, rule: ActivationRule, found: Activation, op: string): RuleEntry {
  const relevance: RelevanceRule = (node, r, b, ctx) =>
    node.inputs.map((input, index) =>
      index === found.argument && ctx.needed(input) ? rule(node, found, only(r), b, ctx) : null,
    );
  return { ops: [op], rule: relevance, name };
}

/** The same for a function of several operators. */
type WholeRule = (f: ElementFunction, r: Value, b: GraphBuilder, ctx: RuleContext) => Value;

function family(id: string, rule: ActivationRule, whole: WholeRule): RuleSetFamily {
  return {
    id,
    make: (options): RuleSet => ({
      id,
      stops,
      start: startOf(id, options),
      canonize: recognizeActivations,
      plan(_way, graph, keep) {
        const activation = activationsOf(graph);
        const functions = functionEntries(graph, keep, (f) => ({
          name: id,
          rule: (_, r, b, ctx) => [whole(f, only(r), b, ctx)],
        }));
        return {
          rule(node) {
            const several = functions(node);
            const guard = isGuard(node, graph) && (several?.root === undefined || node.inputs.includes(several.root));
            if (several !== undefined && !guard) return several;
            const found = activation(node);
            return found === null ? chainRule(node) : entryFor(id, rule, found, node.op);
          },
        };
      },
    }),
  };
}

function startOf(id: string, { start = 'one', ...rest }: RuleOptions): RuleSet['start'] {
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined || (start !== 'one' && start !== 'score'))
    throw new UserError('bad-rule-option', `Rule set ${id} has no ${unknown ?? `start ${JSON.stringify(start)}`}`, {
      next: 'its option is start: one or score',
    });
  return start === 'one' ? 'slope' : 'relevance';
}

export const guidedFamilies: readonly RuleSetFamily[] = [
  family('guided-backprop', guided, (f, r, b, ctx) => positive(b, throughSlope(f, positive(b, r), b, ctx, chainRule))),
  family('deconvnet', deconvnet, (_f, r, b) => positive(b, r)),
];
