/**
 * DeepLIFT (Shrikumar et al. 2017): carries multipliers m = Δy/Δx, whose chain is that of the gradient. Linear
 * operators, sums and routing use the gradient's rules as they are.
 */
import { UserError } from '../../../errors';
import { canonizeForLrp } from '../../canonize';
import type { RuleEntry, RuleOptions, RuleSet, RuleSetFamily } from '../../types';
import { table } from '../common';
import { functionEntries } from '../functions';
import { gradientRules } from '../gradient';
import { stops } from '../gradient/stops';
import { chosenRules, nanChoices } from './choices';
import { elementwiseRules, functionRule } from './elementwise';
import { normRules } from './norms';
import { productRules } from './products';
import { bentReductionRules } from './reductions';
import { refusedRules } from './refused';
import { revealCancelRules } from './reveal-cancel';
import { softmaxRules } from './softmax';

export const variants = ['rescale', 'reveal-cancel'] as const;
export type Variant = (typeof variants)[number];

const rescaleRules: readonly RuleEntry[] = [
  ...refusedRules,
  ...elementwiseRules,
  ...productRules,
  ...chosenRules,
  ...softmaxRules,
  ...normRules,
  ...bentReductionRules,
  ...gradientRules,
];

const gradient = table(gradientRules);

function deeplift(options: RuleOptions): RuleSet {
  const { variant = 'rescale', ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined || !variants.some((known) => known === variant))
    throw new UserError('bad-rule-option', `DeepLIFT has no ${unknown ?? `variant "${String(variant)}"`}`, {
      next: `its option is variant: ${variants.join(' or ')}`,
    });
  return {
    id: 'deeplift',
    stops,
    start: 'slope',
    // Multipliers depend on how a function is taken apart: an activation is one step however it was exported, and
    // RevealCancel sees a convolution through the batch norm behind it.
    canonize: canonizeForLrp,
    plan(_, graph, keep) {
      const reveal = variant === 'rescale' ? null : revealCancelRules(rescaleRules);
      const find = table(reveal?.rules ?? rescaleRules);
      const plain = nanChoices(graph);
      const functions = functionEntries(graph, keep, reveal?.functionRule ?? functionRule);
      return {
        rule: (node) => functions(node) ?? (plain.has(node.name) ? gradient(node) : find(node)),
        twins: ['reference'],
      };
    },
  };
}

export const deepliftFamilies: readonly RuleSetFamily[] = [{ id: 'deeplift', make: deeplift }];
