/** Linear layers, brought to one form: z = L(a, w) + bias. Every rule of the family is written on it. */
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RuleContext } from '../../../types';

export interface LinearForm {
  /** The input relevance goes to, by position and by value. */
  readonly at: number;
  readonly input: Value;
  /** Null for fixed, non-negative weights (pooling, sums). */
  readonly weights: Value | null;
  /** Broadcasts to z; null for none. */
  readonly bias: Value | null;
  /** L(a, w) + bias, from the forward pass. */
  readonly z: Value;
  /** L(a, w) for another input (shaped like `input`, or with a batch of 1) and other weights. */
  apply(input: Value, weights: Value | null): Value;
  /** L(a, w) and a function of the bias in one operator, where the operator can; else the two are added. */
  applyWithBias?(input: Value, weights: Value | null, part: (bias: Value) => Value): Value;
  /** Lᵀ r, shaped like `input`. */
  transpose(r: Value, weights: Value | null): Value;
}

/** What a rule works with. */
export interface Step {
  readonly b: GraphBuilder;
  readonly ctx: RuleContext;
  readonly form: LinearForm;
  /** Relevance of z. */
  readonly r: Value;
  /** True when the input is known to be ≥ 0: half of the products fall away. */
  readonly nonNegative: boolean;
}
