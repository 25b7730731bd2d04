import { propagate } from '../../propagation';
import type { Method } from '../../types';
import { needsRules } from '../unfit';

/** Excitation backpropagation (Zhang et al. 2016): z⁺ without biases, started from 1: where attention came from. */
export const excitationBackprop: Method = {
  info: {
    id: 'excitation-backprop',
    name: 'Excitation backprop',
    family: 'propagation',
    formula: 'R_j = Σ_k (a_j w_jk)⁺ / Σ_j (a_j w_jk)⁺ · R_k, from 1',
    means: 'The probability that a winner-take-all walk from the class down to the input ends at this element.',
    needs: 'A ReLU network; no baseline.',
    misleads: 'Only excitatory connections count, so the map is alike for many classes; a contrast target helps.',
    axioms: ['conservation (of 1, where every neuron is excited)', 'positivity'],
    cost: '1 forward + 1 backward',
    papers: ['Zhang et al. 2016, arXiv:1608.00507'],
    usesBaseline: false,
    parameters: [],
  },
  batches: false,
  exports: 'relevance',
  exportRules: () => ({ rules: 'lrp', options: { composite: 'excitation' } }),
  unfit: (model) => needsRules(model, 'lrp', { composite: 'excitation' }),
  run: (context) => propagate(context, { rules: 'lrp', options: { composite: 'excitation' }, conserves: false }),
};
