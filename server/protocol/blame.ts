/**
 * Blame: what in a misclassified sample is to blame, in order, tested by taking it away; and the smallest change that
 * makes the sample right. Declared here as `requests.ts` declares the others.
 */
import type { ClassScore, Explanation, MethodId, ModelRef, Parameters } from './explanation';
import type { Features } from './features';
import type { PredictRequest } from './requests';
import type { SampleAddress, SampleRef } from './source';

/**
 * What takes the place of a removed feature:
 * - `baseline`: a baseline of the input kind (black, `[PAD]`, typical row, …).
 * - `sign-flip`: pictures mirrored in the range of their values (black ↔ white); other numbers −x, embeddings −e.
 * - `mean`: the mean over the model's dataset; for tables the typical row. Not for text.
 * - `donor`: the values of the nearest samples that have the gold label. For text, the donor's token at the same
 *   relative place.
 */
export const replacements = ['baseline', 'sign-flip', 'mean', 'donor'] as const;
export type ReplacementId = (typeof replacements)[number];

/**
 * Client → server: blame one sample for not being what its gold label says, and remove what is blamed in order.
 * Errors: `no-gold`, `unknown-class`, `no-dataset` (for the prior, the mean or donors), `replacement-unfit`.
 */
export const blame = 'modelBlame/blame';
export interface BlameRequest extends PredictRequest {
  /** Null: `blame`. Others explain “predicted rather than gold”, and are tested the same way. */
  readonly method: MethodId | null;
  readonly parameters: Parameters;
  /** Class the sample should have; null or left out: its own gold label. */
  readonly gold?: number | string | null;
  /** Null: `donor` where the model has a dataset and no baseline is named, else `baseline`. */
  readonly replacement: ReplacementId | null;
  /**
   * Baseline id. With the replacement `baseline` it is that one; else only x′ of the method. Null: x′ is what takes the
   * removed features' place, so that blame speaks about the very change that is tried.
   */
  readonly baseline: string | null;
  /** Features removed one after another, at most. */
  readonly remove: number;
  /** Donors tried, 3 by default. */
  readonly donors?: number;
  readonly engine?: string | null;
  readonly progressToken?: string;
}

/** π: what the model says on average over a dataset, so without seeing the sample. */
export interface PriorReport {
  /** One per class. */
  readonly probabilities: readonly number[];
  /** −log π_g, in nats: how surprising the gold label is before the sample is seen. */
  readonly surprise: number;
  /** Null for the uniform prior, which has to be asked for. */
  readonly source: DatasetShare | null;
}

export interface DatasetShare {
  /** As the workspace file writes it. */
  readonly dataset: string;
  readonly role: 'train' | 'validation' | 'test' | null;
  /** Samples that were used, and that the dataset has. */
  readonly samples: number;
  readonly total: number;
}

/** A sample with the gold label, near to the blamed one. */
export interface Donor {
  readonly sample: SampleRef;
  /** Pictures, tables, tensors: Euclidean over standardised inputs. Text: 1 − cosine of weighted bags of tokens. */
  readonly distance: number;
}

/** State after so many features were replaced. */
export interface RemovalStep {
  /** Features replaced so far; 0 is the sample itself. */
  readonly removed: number;
  /** Feature replaced in this step; null at 0. */
  readonly feature: number | null;
  readonly class: number;
  readonly label: string;
  /** Still the same wrong class, another wrong one, or the gold one. */
  readonly outcome: 'same' | 'other' | 'gold';
  /** p(gold) and p(class predicted for the sample itself). */
  readonly gold: number;
  readonly predicted: number;
}

/** Features replaced one after another, by one replacement in one order. */
export interface RemovalTrial {
  /** `black`, `dataset mean`, or the donor's title. */
  readonly replacement: string;
  /** Index among the donors; null for other replacements. */
  readonly donor: number | null;
  readonly order: readonly number[];
  readonly steps: readonly RemovalStep[];
  /** The smallest number of replaced features with the gold class; null: none within the steps. */
  readonly flipsAt: number | null;
}

export interface BlameResponse {
  /** Relevance is blame: positive pushes away from gold. */
  readonly explanation: Explanation;
  readonly gold: { readonly class: number; readonly label: string };
  /** Null where none was needed and no dataset is known. */
  readonly prior: PriorReport | null;
  readonly replacement: { readonly id: ReplacementId; readonly label: string };
  /** Features with positive blame that the replacement changes, most blamed first; at most `remove`. */
  readonly order: readonly number[];
  /** One for each replacement (several donors, several draws), in the order of blame. */
  readonly trials: readonly RemovalTrial[];
  /** The control: the same number of features in random orders, among those that the replacement changes. */
  readonly random: readonly RemovalTrial[];
  readonly donors: readonly Donor[];
}

/**
 * Client → server: over all misclassified samples of a dataset, how often removing up to `remove` features flips the
 * prediction to gold: in the order of blame, and in random order.
 */
export const flips = 'modelBlame/flips';
export interface FlipsRequest {
  /** Files of the dataset: paths, as absolute `file:` URIs. */
  readonly uris: readonly string[];
  readonly model: string | null;
  readonly method: MethodId | null;
  readonly parameters: Parameters;
  readonly replacement: ReplacementId | null;
  readonly baseline: string | null;
  readonly remove: number;
  readonly donors?: number;
  /** Misclassified samples looked at, at most; 1000 by default. */
  readonly most?: number;
  readonly engine?: string | null;
  readonly progressToken?: string;
}
export interface FlipsResponse {
  readonly model: ModelRef;
  /** Samples predicted, misclassified ones among them, and those without a usable gold label. */
  readonly samples: number;
  readonly misclassified: number;
  readonly unlabelled: number;
  readonly method: MethodId;
  readonly parameters: Parameters;
  readonly replacement: { readonly id: ReplacementId; readonly label: string };
  readonly remove: number;
  /** Share of misclassified samples that are gold after at most k replaced features, k = 0 … remove. */
  readonly blame: readonly number[];
  readonly random: readonly number[];
  readonly errors: readonly FlippedSample[];
  readonly milliseconds: number;
}

export interface FlippedSample {
  readonly sample: SampleRef;
  readonly gold: string;
  readonly predicted: string;
  /** Smallest k in the order of blame; null: not within `remove`. */
  readonly flipsAt: number | null;
}

/**
 * Client → server: the smallest change found that makes the model answer `gold`. Pictures and numbers: proximal
 * gradient on c·CE + ‖x′ − x‖₁ within the valid range, c doubled until gold wins, then the smallest changes taken back.
 * Text and categories: substitutions ranked by blame, then taken back one by one where they are not needed.
 * Errors: `no-gold`, `unknown-class`, `no-counterfactual`.
 */
export const counterfactual = 'modelBlame/counterfactual';
export interface CounterfactualRequest extends PredictRequest {
  /** Class to reach; null or left out: the sample's gold label. */
  readonly gold?: number | string | null;
  /** Features that may change, at most; null: as many as needed. */
  readonly most?: number | null;
  readonly engine?: string | null;
  readonly progressToken?: string;
}

/** One changed feature, in the units a person reads. */
export interface FeatureChange {
  readonly feature: number;
  /** `pixel (12, 3)`, `income`, `“free”`. */
  readonly name: string;
  /** Pixel value 0…255 (`r, g, b` for colours), cell, word; '' for a word that was left out. */
  readonly from: string;
  readonly to: string;
}

export interface CounterfactualResponse {
  readonly sample: SampleRef;
  readonly model: ModelRef;
  readonly gold: { readonly class: number; readonly label: string };
  readonly before: readonly ClassScore[];
  readonly after: readonly ClassScore[];
  readonly changes: readonly FeatureChange[];
  /** Of the sample as it is. */
  readonly features: Features;
  /** The changed sample. */
  readonly result:
    | { readonly kind: 'pixels'; readonly width: number; readonly height: number; readonly picture: Uint8ClampedArray }
    /** All cells of the record, changed or not. */
    | { readonly kind: 'columns'; readonly cells: Readonly<Record<string, string>> }
    /** `cells` where the text is a column of a record. */
    | { readonly kind: 'text'; readonly text: string; readonly cells?: Readonly<Record<string, string>> }
    | { readonly kind: 'elements'; readonly values: Readonly<Record<string, Float32Array>> };
  /** Model evaluations spent. */
  readonly evaluations: number;
  readonly milliseconds: number;
  /** Samples whose words were tried; left out where none were. */
  readonly donors?: readonly SampleAddress[];
}
