/** What a result is. Words are those of the field; formulas are in the method's own documentation. */
import type { Features } from './features';
import type { SampleRef } from './source';

export type MethodId = string;

/** What is explained, as a person asks for it. Classes are indices or label names. */
export type TargetRequest =
  | { readonly kind: 'predicted' }
  | { readonly kind: 'class'; readonly class: number | string; readonly scale?: TargetScale }
  /** f_c − f_d: why c rather than d. */
  | { readonly kind: 'contrast'; readonly class: number | string; readonly against: number | string }
  /** f_c − logsumexp of the others. */
  | { readonly kind: 'contrastToRest'; readonly class: number | string };

/** The quantity of the class that is explained. */
export type TargetScale = 'logit' | 'probability' | 'logProbability';

/** The scalar S(x) that was explained, with classes fixed once from the original sample. */
export type Target =
  | { readonly kind: 'class'; readonly class: number; readonly label: string; readonly scale: TargetScale }
  | {
      readonly kind: 'contrast';
      readonly class: number;
      readonly label: string;
      readonly against: number;
      readonly againstLabel: string;
    }
  | { readonly kind: 'contrastToRest'; readonly class: number; readonly label: string };

export interface ClassScore {
  readonly class: number;
  readonly label: string;
  /** Value before softmax or sigmoid; null when the model does not expose it. */
  readonly logit: number | null;
  readonly probability: number | null;
}

/** The honesty of the tool: what the relevance sums to, what it should sum to, what is missing. */
export interface Accounting {
  /** Σ of all relevance, special tokens included. */
  readonly sum: number;
  /** S(x). */
  readonly score: number;
  /** S(x′), where the method has a baseline. */
  readonly baselineScore?: number;
  /** What the sum should be: S(x) − S(x′), or S(x), or absent when the method promises no sum. */
  readonly expected?: number;
  /** sum − expected. */
  readonly residual?: number;
  /** Σ|R| / |S|: above 100 large values cancel, and a warning is given. */
  readonly cancellation: number;
  /** Largest local completeness residual summed over the path's intervals (integrated gradients). */
  readonly perInterval?: number;
  /** Σ|A_parent − A_children| over the refinements: an estimate of the attribution error, not a bound. */
  readonly changeByRefinement?: number;
  /** Model evaluations spent, forward and backward passes counted as one each row. */
  readonly evaluations: number;
}

/** The straight line from baseline to sample, sampled: the saturation curve and the film strip. */
export interface PathReport {
  readonly alphas: readonly number[];
  /** S along the path. */
  readonly scores: readonly number[];
  /** Probability of the target class along the path; null when the model gives none. */
  readonly probabilities: readonly number[] | null;
  /** Share of the integral gathered up to each alpha (0…1 when no cancellation), one per alpha. */
  readonly share: readonly number[];
  /** Interior gradients × (x − x′), pooled to features, one per chosen alpha. */
  readonly frames: readonly { readonly alpha: number; readonly relevance: Float32Array }[];
}

export interface Warning {
  /** Stable identifier, e.g. `baseline-is-evidence`, `saturated`, `cancellation`, `truncated`. */
  readonly code: string;
  readonly message: string;
  /** A next step the interface can offer as a button. */
  readonly action?: { readonly title: string; readonly method?: MethodId; readonly parameters?: Parameters };
}

export type ParameterValue = string | number | boolean;
export type Parameters = Readonly<Record<string, ParameterValue>>;

export interface ModelRef {
  readonly name: string;
  readonly uri: string;
  /** SHA-256 (hex) of the model file (and of its external data). */
  readonly hash: string;
  readonly labels: readonly string[];
  /** True when labels are placeholders such as `LABEL_0` or were made up as `class 0`. */
  readonly labelsArePlaceholders: boolean;
  /** How the output was read: the last activation that was found and stepped over. */
  readonly output: 'softmax' | 'sigmoid' | 'logits' | 'probabilities';
  readonly inputKind: 'text' | 'image' | 'table' | 'tensor';
}

export interface Prediction {
  readonly sample: SampleRef;
  readonly model: ModelRef;
  /** All classes, most likely first. */
  readonly scores: readonly ClassScore[];
  readonly gold: { readonly label: string; readonly class: number | null } | null;
  readonly features: Features;
  readonly engine: string;
  readonly milliseconds: number;
}

export interface Explanation {
  readonly sample: SampleRef;
  readonly model: ModelRef;
  /** All classes, most likely first. */
  readonly prediction: readonly ClassScore[];
  readonly gold: { readonly label: string; readonly class: number | null } | null;
  readonly target: Target;
  readonly method: MethodId;
  /** Every parameter with the value that was used, defaults included. */
  readonly parameters: Parameters;
  /** Name of the baseline that was used and its own prediction, for methods that have one. */
  readonly baseline: { readonly id: string; readonly label: string; readonly scores: readonly ClassScore[] } | null;
  readonly features: Features;
  /** One number per feature, raw scale: tokens, `height × width` pixels, columns or elements. */
  readonly relevance: Float32Array;
  /** Σ |relevance| over the channels of each pixel, for pictures with several; absent where it is |relevance|. */
  readonly magnitude?: Float32Array;
  readonly accounting: Accounting;
  readonly path: PathReport | null;
  readonly warnings: readonly Warning[];
  readonly engine: string;
  /** Time of the whole request in the server, and of the model's own runs within it. */
  readonly milliseconds: number;
  readonly modelMilliseconds: number;
  readonly programKey: string;
}
