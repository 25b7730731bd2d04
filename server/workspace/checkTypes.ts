/** Model checks as a person writes them, in `model-blame.json` or a `*.modelcheck.json` beside it. */

/** A file of checks alone. */
export interface CheckFile {
  readonly checks: readonly CheckConfig[];
}

export type CheckConfig = AccuracyCheck | LabelCheck | InvarianceCheck | RelevanceCheck | MistakesCheck;
export type CheckKindName = CheckConfig['kind'];

interface Named {
  /** Unique in its file. */
  readonly name: string;
  /** Name of the workspace file, or a path; left out: the one of the dataset's entry. */
  readonly model?: string;
}

/** Rows or files of a dataset. */
export interface SliceConfig {
  /** Glob relative to the workspace file. */
  readonly dataset: string;
  /** By column: a value, several, or a condition. All have to hold. */
  readonly where?: Readonly<Record<string, Scalar | readonly Scalar[] | Condition>>;
  /** Only samples with this gold label (or one of these). */
  readonly gold?: string | readonly string[];
  /** Only samples that the model predicts so. */
  readonly predicted?: string | readonly string[];
}

export type Scalar = string | number | boolean;

export interface Condition {
  readonly not?: Scalar | readonly Scalar[];
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly above?: number;
  readonly below?: number;
  /** The text holds this, whatever the case of its letters. */
  readonly contains?: string;
  /** JavaScript regular expression, flag `u`. */
  readonly matches?: string;
}

/** What a measured number has to keep to. */
export interface Bounds {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One sample: `data/reviews.csv:17` (line), `data/reviews.csv#16` (record), `pictures/7.png`; or a text. */
export interface OneSample {
  readonly sample?: string;
  readonly text?: string;
}

export type Metric = 'accuracy' | 'errorRate' | 'precision' | 'recall' | 'f1';

/** A quality of the predictions over a dataset or a slice of it. */
export interface AccuracyCheck extends Named, SliceConfig, Bounds {
  readonly kind: 'accuracy';
  /** `accuracy` when left out. */
  readonly metric?: Metric;
  /** Class that precision, recall and F1 are about; left out: their mean over the classes that occur. */
  readonly class?: string;
}

/** A sample is predicted as a label. */
export interface LabelCheck extends Named, OneSample {
  readonly kind: 'label';
  /** Left out: the sample's own gold label. */
  readonly label?: string;
  /** Probability asked for besides. */
  readonly atLeast?: number;
}

/** Edits that must not change the predicted class. */
export interface InvarianceCheck extends Named, OneSample, Partial<SliceConfig> {
  readonly kind: 'invariance';
  readonly replace: readonly Replacement[];
  /** Share of the samples that have to keep their class; 1 when left out. */
  readonly atLeast?: number;
  /** Samples of a dataset that are edited at most, spread evenly; 200 when left out. */
  readonly samples?: number;
}

/** Every value of `with` makes one variant of the sample, in which all places are replaced by it. */
export interface Replacement {
  /** Whole words, whatever their case. */
  readonly words?: readonly string[];
  /** JavaScript regular expression (flags `gu`); groups as `$1`. */
  readonly pattern?: string;
  /** Cell of a table row, or another column than the text. */
  readonly column?: string;
  readonly with: Scalar | readonly Scalar[];
}

/** Right for the right reason: a share of the relevance lies on something. */
export interface RelevanceCheck extends Named, OneSample, Partial<SliceConfig>, Bounds {
  readonly kind: 'relevance';
  readonly on: Place;
  /** Σ|R| on the place of Σ|R| (`absolute`, the default), or the same of positive relevance only. */
  readonly measure?: 'absolute' | 'positive';
  /** Over a dataset: this quantile of the shares, 1 for the largest; left out: their mean. */
  readonly quantile?: number;
  /** Samples of a dataset that are explained at most, spread evenly; 50 when left out. */
  readonly samples?: number;
  /** Class that is explained; left out: the predicted one. */
  readonly target?: string;
  /** Method id, its parameters and baseline; left out: as the panel takes them. */
  readonly method?: string;
  readonly parameters?: Readonly<Record<string, Scalar>>;
  readonly baseline?: string;
}

/** Where relevance is looked for: one of the fields. */
export interface Place {
  /** Whole words, whatever their case. */
  readonly words?: readonly string[];
  /** JavaScript regular expression on the text, flags `giu`. */
  readonly pattern?: string;
  readonly columns?: readonly string[];
  /** Pixels of the picture as it lies in its file. */
  readonly region?: Region;
  /** Picture of the same size whose light pixels are meant, relative to the workspace file. */
  readonly mask?: string;
}

export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** No mistakes but those of an accepted run. */
export interface MistakesCheck extends Named, SliceConfig {
  readonly kind: 'mistakes';
  /** File of the accepted mistakes, relative to the workspace file; `model-blame check --accept` writes it. */
  readonly accepted: string;
}
