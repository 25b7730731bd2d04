/** What a result is. Words are those of the field; formulas are in the method's own documentation. */
import type { Features } from './features';
import type { SampleRef, SourceSpan } from './source';

export type MethodId = string;

/** What is explained, as a person asks for it. Classes are indices or label names. */
export type TargetRequest =
  | { readonly kind: 'predicted' }
  | { readonly kind: 'class'; readonly class: number | string; readonly scale?: TargetScale }
  /** f_c − f_d: why c rather than d. */
  | { readonly kind: 'contrast'; readonly class: number | string; readonly against: number | string }
  /** f_c − logsumexp of the others. */
  | { readonly kind: 'contrastToRest'; readonly class: number | string };

/** The quantity of the class that is explained; `value` is all that a regression has. */
export type TargetScale = 'logit' | 'probability' | 'logProbability' | 'value';

/** What a model's numbers are: scores of classes, or quantities. */
export const tasks = ['classification', 'regression'] as const;
export type Task = (typeof tasks)[number];

/** Name of a quantity that nobody has named: `output`, or `output 1` where there are several. */
export function quantityName(index: number, count: number): string {
  return count === 1 ? 'output' : `output ${index}`;
}

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
  | { readonly kind: 'contrastToRest'; readonly class: number; readonly label: string }
  /**
   * What keeps the model from the gold class: S = Σ_c δ_c f_c with δ = π − e_g (`prior`), p(x) − e_g (`own`) or
   * e_ŷ − e_g (`contrast`). The class is the gold one.
   */
  | {
      readonly kind: 'blame';
      readonly class: number;
      readonly label: string;
      readonly signal: 'prior' | 'own' | 'contrast';
    };

export interface ClassScore {
  readonly class: number;
  readonly label: string;
  /** Value before softmax or sigmoid; null when the model does not expose it. */
  readonly logit: number | null;
  readonly probability: number | null;
  /** Of a regression alone, in place of both: the quantity itself. The class is then the output's index. */
  readonly value?: number;
}

/** What the file says a sample is. */
export interface GoldLabel {
  readonly label: string;
  /** Null when it is none of the model's classes, and for quantities. */
  readonly class: number | null;
  /** Of a regression: the label as a number, and the index of the output that it is about; null when it is no number. */
  readonly quantity?: { readonly value: number; readonly output: number } | null;
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
  /** What arrived at the start of the pass and reached no input: biases, stabilisers, softmax (the LRP family). */
  readonly absorbed?: number;
  /** Relevance of position and segment embeddings, which are added to the words' (transformers). */
  readonly position?: number;
  /** S minus Σ of the relevance the pass started with: for targets that are not linear in the logits. */
  readonly targetConstant?: number;
  /** Σ|R| / |S|: above 100 large values cancel, and a warning is given. */
  readonly cancellation: number;
  /** Largest local completeness residual summed over the path's intervals (integrated gradients). */
  readonly perInterval?: number;
  /** Σ|A_parent − A_children| over the refinements: an estimate of the attribution error, not a bound. */
  readonly changeByRefinement?: number;
  /** Largest standard error of a value that was drawn at random, units of the score. */
  readonly samplingError?: number;
  /** R² of the linear model that a method fits around the sample (LIME). */
  readonly fit?: number;
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

/** Relevance at one node of the pass, summed over the sample: what arrived, what went on, what stayed and why. */
export interface NodeBalance {
  readonly node: string;
  readonly op: string;
  /** Rule that carried it: `epsilon`, `zPlus`, `pass`, … */
  readonly rule: string;
  readonly arrived: number;
  readonly passedOn: number;
  /** Σ of the negative parts of what went on: 0 where a method promises positivity. */
  readonly negative: number;
  /** What was not handed on, by cause (`bias`, `stabiliser`, `softmax`, …); only causes that took something. */
  readonly absorbed: Readonly<Record<string, number>>;
}

/** One unit (or feature map, summed over positions) of an inner layer. */
export interface UnitReport {
  readonly unit: number;
  /** Influence, conductance or relevance of the unit, summed over its positions. */
  readonly value: number;
  /** Its activation for this sample, mean over its positions. */
  readonly activation: number;
}

/** What a layer method measured. */
export interface LayerReport {
  readonly layer: LayerInfo;
  /** The units with the largest |value|, largest first; at most 32. */
  readonly units: readonly UnitReport[];
}

/** An inner value that layer methods can use. */
export interface LayerInfo {
  /** Name of the value: what `--option layer=…` takes. */
  readonly value: string;
  /** Operator and node that make it. */
  readonly op: string;
  readonly node: string;
  /** Without the batch axis; null where a size is not known. */
  readonly shape: readonly (number | null)[];
}

export interface Warning {
  /** Stable identifier, e.g. `baseline-is-evidence`, `saturated`, `cancellation`, `truncated`. */
  readonly code: string;
  readonly message: string;
  /** A next step the interface can offer as a button. */
  readonly action?: {
    readonly title: string;
    readonly method?: MethodId;
    readonly parameters?: Parameters;
    /** Baseline id; the method and its parameters stay. */
    readonly baseline?: string;
  };
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
  readonly output: 'softmax' | 'sigmoid' | 'logits' | 'probabilities' | 'quantities';
  /** What quantities are measured in, as model-blame.json says. */
  readonly unit?: string;
  readonly inputKind: 'text' | 'image' | 'table' | 'tensor';
}

/** What a model that predicts at every position says at one of them: the most likely class. */
export interface PositionPrediction {
  /** 0-based place along the model's output, padding counted. */
  readonly place: number;
  /** The feature (token) that lies there; the place itself where places are no features. */
  readonly feature: number;
  readonly class: number;
  readonly label: string;
  readonly probability: number;
}

/** Models that predict at every position of a sequence (tags, next words). */
export interface Positions {
  /** Index into `all` of the one that is predicted and explained. */
  readonly chosen: number;
  /** Why this one; null where somebody chose it. */
  readonly because: string | null;
  readonly all: readonly PositionPrediction[];
}

export interface Prediction {
  readonly sample: SampleRef;
  readonly model: ModelRef;
  /** All classes, most likely first; of more than a thousand the first 200 and those that are explained. */
  readonly scores: readonly ClassScore[];
  readonly gold: GoldLabel | null;
  /** Where the gold label stands: a cell of the sample’s row, or of its line in a labels file. */
  readonly goldSource?: SourceSpan;
  /** Only for models that predict at every position; the scores are those of the chosen one. */
  readonly positions?: Positions;
  readonly features: Features;
  readonly engine: string;
  readonly milliseconds: number;
}

export interface Explanation {
  readonly sample: SampleRef;
  readonly model: ModelRef;
  /** All classes, most likely first; of more than a thousand the first 200 and those that are explained. */
  readonly prediction: readonly ClassScore[];
  readonly gold: GoldLabel | null;
  /** Where the gold label stands: a cell of the sample’s row, or of its line in a labels file. */
  readonly goldSource?: SourceSpan;
  /** Only for models that predict at every position; prediction and target are those of the chosen one. */
  readonly positions?: Positions;
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
  /** Standard error of every value of `relevance`, for methods that draw at random. */
  readonly errors?: Float32Array;
  readonly accounting: Accounting;
  readonly path: PathReport | null;
  /** Per node, from the logits down; only when asked for (`debug`). */
  readonly conservation?: readonly NodeBalance[];
  readonly layer?: LayerReport;
  readonly warnings: readonly Warning[];
  readonly engine: string;
  /** Time of the whole request in the server, and of the model's own runs within it. */
  readonly milliseconds: number;
  readonly modelMilliseconds: number;
  readonly programKey: string;
}
