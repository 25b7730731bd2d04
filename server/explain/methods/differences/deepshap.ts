import type { Method } from '../../types';
import { needsRules } from '../unfit';
import { compare } from './compare';
import { variantParameter } from './multipliers';

/**
 * DeepSHAP (Lundberg, Lee 2017): the mean of DeepLIFT over references x′ from a dataset, so that
 * `Σ R = S(x) − E[S(x′)]`: an approximation of the SHAP values of features taken from the dataset.
 */
export const deepshap: Method = {
  info: {
    id: 'deepshap',
    name: 'DeepSHAP',
    family: 'difference',
    formula: 'R_i = 1/n · Σ_k m_i(x, x′_k) (x_i − x′_ki)',
    means: 'DeepLIFT against samples of a dataset instead of one baseline: what sets this sample apart from them.',
    needs:
      'A dataset (or several baselines), and a model without recurrent layers. The target is a logit or a contrast.',
    misleads:
      'Equal to SHAP values only where inputs are independent and the network is linear between them. Everything is relative to the samples it was given. What holds for DeepLIFT’s rules holds here.',
    axioms: ['completeness', 'sensitivity (b)', 'linearity', 'symmetry'],
    cost: '3 forward + 1 backward for each of n references (n = 32)',
    papers: ['Lundberg, Lee 2017, arXiv:1705.07874', 'Chen, Lundberg, Lee 2022, arXiv:1911.11888'],
    usesBaseline: true,
    population: 32,
    populationWhen: { parameter: 'references', values: ['dataset'] },
    parameters: [
      {
        name: 'references',
        type: 'choice',
        default: 'dataset',
        choices: ['dataset', 'baselines'],
        description: 'Compare with samples of the model’s dataset, or with the baselines (noise: several)',
      },
      variantParameter,
      { name: 'draws', type: 'integer', default: 32, minimum: 1, maximum: 10000, description: 'References, n' },
      { name: 'seed', type: 'integer', default: 0, description: 'Seed of the choice of references' },
    ],
  },
  batches: true,
  exports: 'relevance',
  // Multipliers m; R = m ⊙ (x − x′).
  exportRules: (_model, { variant }) => ({ rules: 'deeplift', options: { variant } }),
  unfit: (model) => needsRules(model, 'deeplift'),
  run: compare,
};
