import type { MethodInfo } from '../../protocol';

/** Documentation and parameters; defaults from measurements on ReLU networks against 4000 nodes. */
export const integratedGradientsInfo: MethodInfo = {
  id: 'integrated-gradients',
  name: 'Integrated gradients',
  family: 'path',
  formula: 'R_i = (x_i − x′_i) · ∫₀¹ ∂S/∂x_i(x′ + α(x − x′)) dα',
  means: 'How the difference between the score of the sample and of the baseline is shared among the inputs.',
  needs: 'A differentiable model and a baseline that means “nothing” to it.',
  misleads:
    'Everything is relative to the baseline: inputs equal to it get nothing, and a baseline the model already recognises shifts all relevance. Intermediate points are inputs the model has never seen.',
  axioms: ['completeness', 'sensitivity (a)', 'sensitivity (b)', 'linearity', 'symmetry', 'implementation invariance'],
  cost: '32 forward + 32 backward',
  papers: ['Sundararajan, Taly, Yan 2017, arXiv:1703.01365', 'Bhat, Raychowdhury 2023, arXiv:2302.11107 (probes)'],
  usesBaseline: true,
  parameters: [
    {
      name: 'quadrature',
      type: 'choice',
      default: 'auto',
      choices: ['auto', 'midpoint', 'probes', 'gauss-legendre', 'right-riemann', 'trapezoid', 'endpoint-mean'],
      description:
        'Nodes along the path. auto: midpoint, or for a probability nodes placed by 16 forward probes; right-riemann with 50 steps, a probability and a black baseline repeats the first published code',
    },
    {
      name: 'steps',
      type: 'integer',
      default: 0,
      minimum: 0,
      maximum: 10000,
      description: 'Number of nodes; 0: 32, or 16 after probes, or 50 for right-riemann',
    },
    {
      name: 'tolerance',
      type: 'number',
      default: 0,
      minimum: 0,
      maximum: 1,
      description:
        'Refine until the local residuals together are below this share of the score difference (0: off; then quadrature and steps are not used)',
    },
    {
      name: 'frames',
      type: 'integer',
      default: 8,
      minimum: 0,
      maximum: 100,
      description: 'Interior gradients kept as a film strip',
    },
  ],
};
