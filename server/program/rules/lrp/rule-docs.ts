import type { LinearRuleName } from './types';

/** What each rule of a linear layer z = Σ a w + b does, for the docs: R_j is the sum over k of share × R_k. */
export const ruleDocs: Readonly<Record<LinearRuleName, { readonly share: string; readonly means: string }>> = {
  zero: { share: 'a_j w_jk / z_k', means: 'LRP-0: by contribution; 0/0 is 0' },
  epsilon: {
    share: 'a_j w_jk / (z_k + ε sign z_k)',
    means: 'by contribution, small outputs damped; ε = 1e-6, or ε · rms(z) with relative',
  },
  gamma: {
    share: 'z ≥ 0: (a w + γ(a w)⁺) / (z + γ(Σ(a w)⁺ + b⁺)); z < 0: with (·)⁻',
    means: 'favours what agrees with the neuron’s sign; γ = 0.25',
  },
  alphaBeta: {
    share: 'α (a w)⁺ / (Σ(a w)⁺ + b⁺) − β (a w)⁻ / (Σ(a w)⁻ + b⁻)',
    means:
      'for and against apart, split by the sign of the product a w; α − β = 1. A neuron without a negative part hands on α times its relevance, which the books show',
  },
  zPlus: { share: '(a w)⁺ / (Σ(a w)⁺ + b⁺)', means: 'only what speaks for the neuron: αβ with α = 1, β = 0' },
  wSquare: {
    share: 'w² / Σ w²',
    means: 'by weight alone, for unbounded inputs; the bias is not counted (countBias counts b²)',
  },
  flat: { share: '1 / number of inputs', means: 'evenly over the real inputs of a neuron, padding not counted' },
  box: {
    share: '(a w − l w⁺ − h w⁻) / Σ(…)',
    means: 'z^B, for inputs between l ≤ 0 ≤ h: the layer that sees the picture; l and h follow from the preprocessing',
  },
  norm: { share: 'a_j w_jk / (z_k + ε sign z_k)', means: 'as epsilon: in proportion to contribution' },
  pass: { share: '1', means: 'element by element, for layers that keep their shape' },
  gradient: { share: 'w_jk', means: 'the plain gradient: does not conserve' },
};
