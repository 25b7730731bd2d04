/** Made-up methods and baselines for the page's samples. */
import type { BaselineInfo, MethodChoice, MethodInfo } from '../../server/protocol/catalogue';
import type { ChoicesResponse } from '../../server/protocol/requests';

const info = (
  id: string,
  name: string,
  cost: string,
  means: string,
  misleads: string,
  more: Partial<MethodInfo> = {},
): MethodInfo => ({
  id,
  name,
  family: 'gradient',
  formula: '∂S/∂x',
  means,
  needs: 'a differentiable model',
  misleads,
  axioms: ['linearity', 'implementation invariance'],
  cost,
  papers: ['Baehrens et al. 2010'],
  usesBaseline: false,
  parameters: [],
  ...more,
});

const methods: readonly MethodChoice[] = [
  {
    info: info(
      'gradient',
      'Gradient',
      '1 forward + 1 backward',
      'How the score changes when a feature changes a little.',
      'It explains the slope, not the score.',
    ),
    unfit: null,
  },
  {
    info: info(
      'gradient-x-input',
      'Gradient × input',
      '1 forward + 1 backward',
      'The slope times the feature: a first-order share of the score.',
      'Where the score is saturated, the sum is far below it.',
    ),
    unfit: null,
  },
  {
    info: info(
      'integrated-gradients',
      'Integrated gradients',
      '32 forward + 32 backward',
      'What each feature adds on the straight way from the baseline to the sample; the sum is the change of the score.',
      'It depends on the baseline, and a sum that fits is not yet a proof.',
      {
        formula: '(xᵢ − x′ᵢ) ∫₀¹ ∂S/∂xᵢ(x′ + α(x − x′)) dα',
        axioms: ['completeness', 'sensitivity', 'linearity', 'symmetry', 'implementation invariance'],
        papers: ['Sundararajan, Taly, Yan 2017'],
        usesBaseline: true,
        parameters: [
          { name: 'steps', type: 'integer', default: 32, minimum: 1, maximum: 512, description: 'Nodes on the path.' },
          {
            name: 'quadrature',
            type: 'choice',
            default: 'midpoint',
            choices: ['midpoint', 'gauss-legendre', 'right'],
            description: 'How the nodes are placed.',
          },
          {
            name: 'tolerance',
            type: 'number',
            default: 0,
            minimum: 0,
            maximum: 1,
            description: 'Refine until the local residuals are below this share; 0: never.',
          },
          { name: 'film', type: 'boolean', default: true, description: 'Keep gradients on the way.' },
        ],
      },
    ),
    unfit: null,
  },
  {
    info: info(
      'occlusion',
      'Occlusion',
      '1 forward a feature',
      'How far the score falls when a feature is replaced by the baseline.',
      'Features that stand in for each other all look unimportant.',
      { usesBaseline: true },
    ),
    unfit: null,
  },
  {
    info: info(
      'lrp',
      'Layer-wise relevance propagation',
      '1 forward + 1 backward',
      'The score, handed back layer by layer.',
      'It depends on the rules.',
    ),
    unfit: 'the model has a Loop at node decoder/loop_3, for which there is no rule; use Occlusion.',
  },
];

const baselines: readonly BaselineInfo[] = [
  { id: 'pad', label: '[PAD] embedding', description: 'Every token replaced by padding.' },
  { id: 'zero', label: 'zero embedding', description: 'All embeddings zero.' },
  {
    id: 'noise',
    label: 'noise',
    description: 'Random embeddings.',
    parameters: [{ name: 'seed', type: 'integer', default: 1, description: 'Seed of the noise.' }],
  },
];

export const choices: ChoicesResponse = {
  methods,
  baselines,
  layers: [],
  defaultMethod: 'integrated-gradients',
  defaultBaseline: 'pad',
};
