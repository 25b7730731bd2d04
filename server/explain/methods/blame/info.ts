import type { MethodInfo } from '../../../protocol';
import { signals } from '../../blame/target';

/** Documentation and parameters. */
export const blameInfo: MethodInfo = {
  id: 'blame',
  name: 'Blame',
  family: 'blame',
  formula: 'b = attribution of S(x) = Σ_c δ_c f_c(x), δ = π − e_gold; Σ b_i = S(x) − S(x′)',
  means:
    'What in the input pushes the model away from the gold label, compared with what it would say without having seen the sample. Positive: to blame; negative: speaks for gold.',
  needs: 'A differentiable model, a gold label, and for the prior a dataset of the model.',
  misleads:
    'Blame is relative to x′ and to the gold label: a wrong label gets its inputs blamed as well. The first-layer form only says which inputs are large where an error arrives.',
  axioms: ['completeness (integrated form)', 'linearity', 'implementation invariance (not of the first-layer form)'],
  cost: '32 forward + 32 backward (integrated), 1 + 1 (others); the prior once per dataset',
  papers: ['Sundararajan, Taly, Yan 2017, arXiv:1703.01365 (integrated form)'],
  usesBaseline: true,
  parameters: [
    {
      name: 'signal',
      type: 'choice',
      default: 'auto',
      choices: ['auto', ...signals],
      description:
        'Error signal at the logits. auto: contrast for a misclassified sample, prior for a right one; prior: π − e_gold, π the mean prediction over the dataset; own: p(x) − e_gold; contrast: e_predicted − e_gold',
    },
    {
      name: 'form',
      type: 'choice',
      default: 'integrated',
      choices: ['integrated', 'gradient', 'first-layer'],
      description:
        'integrated: integrated gradients of S; gradient: (x − x′) ⊙ ∂S/∂x; first-layer: the literal recipe, gradient of the error with respect to the first layer’s weights, per input',
    },
    {
      name: 'prior',
      type: 'choice',
      default: 'dataset',
      choices: ['dataset', 'uniform'],
      description: 'dataset: mean prediction over the model’s dataset; uniform: every class alike',
    },
    {
      name: 'steps',
      type: 'integer',
      default: 32,
      minimum: 1,
      maximum: 10000,
      description: 'Nodes of the integrated form',
    },
  ],
};
