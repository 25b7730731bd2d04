/** The chain rule: one line per file of operators. */
import type { RuleEntry, RuleSet } from '../../types';
import { table } from '../common';
import { arithmeticRules } from './arithmetic';
import { batchNormRules } from './batch-norm';
import { choiceRules } from './choice';
import { convRules } from './conv';
import { convTransposeRules } from './conv-transpose';
import { gatheringRules } from './gathering';
import { gemmRules } from './gemm';
import { globalPoolRules } from './global-pool';
import { identityRules } from './identity';
import { joiningRules } from './joining';
import { layerNormRules } from './layer-norm';
import { layoutRules } from './layout';
import { matmulRules } from './matmul';
import { averagePoolRules } from './average-pool';
import { maxPoolRules } from './max-pool';
import { powerRules } from './power';
import { reductionRules } from './reduction';
import { slicingRules } from './slicing';
import { softmaxRules } from './softmax';
import { unaryRules } from './unary';
import { einsumRules } from './einsum';
import { lpNormalizationRules } from './lp-normalization';
import { lrnRules } from './lrn';
import { orderingRules } from './ordering';
import { recurrentRules } from './recurrent';
import { resizeRules } from './resize';
import { standardizeRules } from './standardize';
import { stops } from './stops';

export const gradientRules: readonly RuleEntry[] = [
  ...unaryRules,
  ...arithmeticRules,
  ...powerRules,
  ...choiceRules,
  ...gemmRules,
  ...matmulRules,
  ...softmaxRules,
  ...convRules,
  ...convTransposeRules,
  ...maxPoolRules,
  ...averagePoolRules,
  ...globalPoolRules,
  ...batchNormRules,
  ...layerNormRules,
  ...reductionRules,
  ...layoutRules,
  ...identityRules,
  ...joiningRules,
  ...slicingRules,
  ...gatheringRules,
  ...einsumRules,
  ...standardizeRules,
  ...lpNormalizationRules,
  ...lrnRules,
  ...orderingRules,
  ...resizeRules,
  ...recurrentRules,
];

const rules = table(gradientRules);

export const gradient: RuleSet = { id: 'gradient', stops, start: 'slope', plan: () => ({ rule: rules }) };
