/** Made-up methods and baselines for the page's samples. */
import type { BaselineInfo, MethodChoice, MethodInfo } from '../../server/protocol/catalogue';
import type { LayerInfo } from '../../server/protocol/explanation';
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
        family: 'path',
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
      { usesBaseline: true, family: 'perturbation' },
    ),
    unfit: null,
  },
  {
    info: info(
      'layer-gradient-x-activation',
      'Layer gradient × activation',
      '1 forward + 1 backward, down to the layer',
      'What every unit of a layer contributes if the rest of the model were the straight line it looks like from here.',
      'It is local.',
      {
        family: 'layer',
        parameters: [
          { name: 'layer', type: 'layer', default: '', description: 'Layer to look at.' },
          { name: 'units', type: 'text', default: '', description: 'Units by number.' },
        ],
      },
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
      { family: 'propagation', papers: ['Bach et al. 2015'] },
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

/** Inner values of a made-up residual network. */
const layers: readonly LayerInfo[] = Array.from({ length: 40 }, (_, i): LayerInfo => {
  const block = Math.floor(i / 10) + 1;
  const side = 56 / 2 ** (block - 1);
  return {
    value: `layer${block}.${i % 10}/output`,
    op: (['Conv', 'Relu', 'Add'] as const)[i % 3] ?? 'Conv',
    node: `layer${block}.${Math.floor((i % 10) / 5)}.conv${(i % 5) + 1}`,
    shape: [64 * 2 ** (block - 1), side, side],
  };
});

export const choices: ChoicesResponse = {
  methods,
  baselines,
  layers,
  defaultMethod: 'integrated-gradients',
  defaultBaseline: 'pad',
};
