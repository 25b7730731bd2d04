import type { Method } from '../../types';
import { needsRules } from '../unfit';
import { compare } from './compare';
import { variantParameter } from './multipliers';

/**
 * DeepLIFT (Shrikumar, Greenside, Kundaje 2017): `R_i = m_i (x_i − x′_i)`, the multiplier m made of Δy/Δx at every
 * activation instead of its slope. Several baselines are averaged. `server/program/rules/deeplift/` has the rules.
 */
export const deeplift: Method = {
  info: {
    id: 'deeplift',
    name: 'DeepLIFT',
    family: 'difference',
    formula: 'R_i = m_i (x_i − x′_i),  m = Δy/Δx at activations, ½(b + b′) at products, chained like a gradient',
    means:
      'How the difference between the score of the sample and of the baseline is shared out, layer by layer, by what each value changed between the two.',
    needs:
      'A baseline that means “nothing”, and a model without recurrent layers. The target is a logit or a contrast.',
    misleads:
      'Two networks that compute the same function can get different answers (a SiLU as one operator or as a product). Max pooling: parts add up where windows overlap, and an activation may stand right before it; Captum 0.9 gets both wrong (it overwrites one part with the other, and follows the slope), so that its sums do not fit. Softmax and normalisation inside the network are taken apart into exponentials, sums, products and roots; others hold parts of them constant and differ.',
    axioms: ['completeness', 'sensitivity (a)', 'sensitivity (b)', 'linearity', 'symmetry'],
    cost: '2 forward + 1 backward for each baseline',
    papers: ['Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685', 'Ancona et al. 2018, arXiv:1711.06104'],
    usesBaseline: true,
    parameters: [variantParameter],
  },
  batches: true,
  exports: 'relevance',
  // Multipliers m; R = m ⊙ (x − x′).
  exportRules: (_model, { variant }) => ({ rules: 'deeplift', options: { variant } }),
  unfit: (model) => needsRules(model, 'deeplift'),
  run: compare,
};
