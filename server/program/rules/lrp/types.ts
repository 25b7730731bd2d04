/** What the LRP family may be told: rules of linear layers, composites, policies. Plain JSON. */

/** What becomes of the share of a bias. */
export type BiasPolicy =
  /** It stays in the denominator and takes its share (the papers). */
  | 'absorb'
  /** It is left out of the denominator. */
  | 'ignore'
  /** Its share, and the stabiliser's, is spread evenly over the neuron's inputs: a sanity check (ε rule only). */
  | 'redistribute';

/** Rule of a linear layer z = Σ a w + b, see `linear/` for the formulas. */
export interface LinearRule {
  readonly rule: LinearRuleName;
  /** Stabiliser of the ε rule; 1e-6. */
  readonly epsilon?: number;
  /** ε times the root mean square of the layer's outputs, per sample. */
  readonly relative?: boolean;
  /** Of the γ rule; 0.25. */
  readonly gamma?: number;
  /** Of the αβ rule, α − β = 1; 2 and 1. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly bias?: BiasPolicy;
  /** Of the w² rule: b² is in the denominator and takes its share; left out by default, as in the paper. */
  readonly countBias?: boolean;
}

export const linearRuleNames = [
  'zero',
  'epsilon',
  'gamma',
  'alphaBeta',
  'zPlus',
  'wSquare',
  'flat',
  'box',
  'norm',
  'pass',
  'gradient',
] as const;
export type LinearRuleName = (typeof linearRuleNames)[number];

/** Picks linear layers; every given field has to match. */
export interface LayerSelector {
  /** ONNX operators: `Conv`, `Gemm`, `MatMul`, … */
  readonly operator?: string | readonly string[];
  /** Pattern on the node's name: `*` for any characters, `?` for one. */
  readonly name?: string;
  /** Counted among the layers that match the fields above, from the input, 1-based and inclusive. */
  readonly from?: number;
  readonly until?: number;
}

/** A rule for each linear layer: by `rules` where one matches, else by position, else by kind. */
export interface Composite {
  /** Of a workspace file's own; shown in results and errors. */
  readonly name?: string;
  readonly rules?: readonly (LayerSelector & LinearRule)[];
  /** Layers that see the input: no linear layer lies between them and an entry. */
  readonly input?: LinearRule;
  readonly dense: LinearRule;
  readonly convolution: LinearRule;
  /** Average and sum pooling, means and sums over axes. */
  readonly pooling: LinearRule;
  /** ε of element-wise sums, normalisations and products; that of the dense layers when left out. */
  readonly sumEpsilon?: number;
}

export type ResidualRule = 'epsilon' | 'ratio' | 'zPlus';

export interface LrpOptions {
  readonly composite: Composite;
  /** ε of sums, normalisations and products, where no layer's rule says it; 1e-6. */
  readonly epsilon: number;
  /** ε inside recurrent cells; 1e-3 (Arras et al. 2017). */
  readonly recurrentEpsilon: number;
  /** How an element-wise sum of two signals is shared: `a/s(a+b)`, `|a|/(|a|+|b|)`, or `a⁺/(a⁺+b⁺)`. */
  readonly residual: ResidualRule;
  /** Activations with f(0) ≠ 0: absorb f(0) as a bias, or hand everything on. */
  readonly activation: 'absorb' | 'pass';
  /** Linear targets are folded into the last linear layer before its rule. */
  readonly fold: boolean;
  /** What the pass starts with: the score (f ⊙ ∂S/∂f), or 1 (excitation backpropagation). */
  readonly start: 'relevance' | 'one';
}
