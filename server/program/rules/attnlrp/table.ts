/** One rule per operator; of several the first wins, so the family's own come before the gradient's. */
import type { RuleEntry } from '../../types';
import { arithmeticRules } from '../gradient/arithmetic';
import { averagePoolRules } from '../gradient/average-pool';
import { batchNormRules } from '../gradient/batch-norm';
import { choiceRules } from '../gradient/choice';
import { convRules } from '../gradient/conv';
import { convTransposeRules } from '../gradient/conv-transpose';
import { gatheringRules } from '../gradient/gathering';
import { globalPoolRules } from '../gradient/global-pool';
import { identityRules } from '../gradient/identity';
import { joiningRules } from '../gradient/joining';
import { layoutRules } from '../gradient/layout';
import { maxPoolRules } from '../gradient/max-pool';
import { orderingRules } from '../gradient/ordering';
import { reductionRules } from '../gradient/reduction';
import { resizeRules } from '../gradient/resize';
import { slicingRules } from '../gradient/slicing';
import { softmaxRules } from '../gradient/softmax';
import { activationRules } from './activations';
import { normRules } from './norms';
import { productRules } from './products';

/** Not homogeneous, or products over many signals: the gradient's rule would be no rule of this family. */
const without = new Set(['Mod', 'ReduceProd', 'ReduceLogSum']);

/** Linear operators, routing, winners: c goes as the gradient does. */
const linear: readonly RuleEntry[] = [
  ...arithmeticRules,
  ...choiceRules,
  ...softmaxRules,
  ...convRules,
  ...convTransposeRules,
  ...maxPoolRules,
  ...averagePoolRules,
  ...globalPoolRules,
  ...batchNormRules,
  ...reductionRules,
  ...layoutRules,
  ...identityRules,
  ...joiningRules,
  ...slicingRules,
  ...gatheringRules,
  ...orderingRules,
  ...resizeRules,
].map((entry) => ({ ...entry, ops: entry.ops.filter((op) => !without.has(op)), name: nameOf(entry) }));

function nameOf({ ops }: RuleEntry): string {
  return ops.includes('Softmax') || ops.includes('LogSoftmax') ? 'softmax' : 'linear';
}

export const rules: readonly RuleEntry[] = [...activationRules, ...productRules, ...normRules, ...linear];
