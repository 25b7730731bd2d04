/** Evaluation of explanations: which method says best what the model does when features are removed. */
import type { MethodId, ModelRef } from './explanation';
import type { ReplacementId } from './blame';

/** Replacements that need no gold label. */
export const evaluationReplacements = ['baseline', 'sign-flip', 'mean'] as const satisfies readonly ReplacementId[];

/**
 * Explains samples of a dataset by several methods, and removes features in the order of each explanation.
 * Errors: `no-samples`, `needs-classes`, `unknown-method`, `method-unfit`, `replacement-unfit`, `unknown-baseline`.
 */
export interface EvaluateRequest {
  /** Files of the dataset. */
  readonly uris: readonly string[];
  readonly model: string | null;
  /** Null: the quick ones that fit the model. */
  readonly methods: readonly MethodId[] | null;
  /** Samples drawn, spread over the dataset. */
  readonly samples: number;
  readonly seed: number;
  /** Equal parts in which all features are removed. */
  readonly steps: number;
  readonly replacement: (typeof evaluationReplacements)[number];
  /** Baseline id, for the replacement `baseline` and for methods that have one; null: their own. */
  readonly baseline: string | null;
  readonly engine?: string | null;
}

/** Mean over the samples with its standard error (null for a single sample). */
export interface MeanWithError {
  readonly mean: number;
  readonly error: number | null;
  readonly samples: number;
}

/** Measured on the probability of the class that is predicted for the whole sample. */
export interface EvaluatedMethod {
  /** `random` is the control: an order by lot. */
  readonly method: MethodId;
  readonly name: string;
  /** Area under the probability over the share of features removed, most relevant first. Small is good. */
  readonly deletion: MeanWithError;
  /** Area, least relevant first: the area under the insertion curve. Large is good. */
  readonly insertion: MeanWithError;
  /** Insertion − deletion. Large is good; about 0 for an order by lot. */
  readonly area: MeanWithError;
  /** The area less that of the control, sample by sample; null for the control. */
  readonly overRandom: MeanWithError | null;
  /** Mean fall after the most relevant 1, 5, 10, 20 and 50 %. Large is good. */
  readonly comprehensiveness: MeanWithError;
  /** Mean fall when only these stay. Small is good. */
  readonly sufficiency: MeanWithError;
  /** Share of samples whose prediction is another after the most relevant 10 %. */
  readonly flips: MeanWithError;
  /** Correlation of the relevance of random sets with what their removal does; null where it is not defined. */
  readonly faithfulness: MeanWithError | null;
  /** Gini index of |R|: how few features carry the explanation. No measure of quality. Null for the control. */
  readonly gini: MeanWithError | null;
  /** Mean probability after 0, 1/steps, …, 1 of the features, most and least relevant first. */
  readonly curves: { readonly most: readonly number[]; readonly least: readonly number[] };
  /** Time of an explanation, the median; null for the control. */
  readonly milliseconds: number | null;
  /** Samples that it could not explain, and why the first. */
  readonly failed: { readonly samples: number; readonly reason: string } | null;
}

export interface EvaluateResponse {
  readonly model: ModelRef;
  readonly dataset: string;
  /** Samples evaluated; drawn from `total`; left out because they could not be read or have nothing to remove. */
  readonly samples: number;
  readonly total: number;
  readonly skipped: { readonly samples: number; readonly reason: string } | null;
  readonly seed: number;
  readonly steps: number;
  readonly replacement: { readonly id: ReplacementId; readonly label: string };
  /** Random sets of a fifth of the features each, for `faithfulness`. */
  readonly sets: number;
  /** In the order of `area`, the best first; the control where it falls. */
  readonly methods: readonly EvaluatedMethod[];
  /** Methods that do not fit the model, or explained none of the samples. */
  readonly left: readonly { readonly method: MethodId; readonly reason: string }[];
  readonly milliseconds: number;
}
