/**
 * Surveys: what a model says about every sample of datasets, predicted in the background and kept. Declared here as
 * `requests.ts` declares the others.
 *
 * A survey has an id that stays the same for the same model entry and the same files, so that a client can come back to
 * it. Samples of a survey have positions from 0 in the order of files and records. While a dataset is edited positions
 * move: `SurveyState.revision` then goes up, and what was read before is read again.
 */
import type { ModelRef } from './explanation';
import type { UserErrorData } from './requests';
import type { Range, SampleAddress } from './source';

/**
 * Client → server: predict every sample of datasets. Answers as soon as the files are counted and the model is loaded;
 * the work goes on, told by `surveyProgress`. Started again it goes on where it was stopped: what is known by the
 * content of model and sample is not predicted again.
 * Errors: `no-dataset`, `dataset-not-found`, `dataset-unreadable`, and what choosing and loading a model throws.
 */
export const surveyStart = 'modelBlame/survey/start';
export interface SurveyStartRequest {
  /** Dataset files, as absolute `file:` URIs. Empty: all datasets that the workspace file has for the model. */
  readonly uris: readonly string[];
  /** As in `predict`; with no file named it says whose datasets are meant. */
  readonly model: string | null;
  readonly engine?: string | null;
  /** True: what is known already is predicted again. */
  readonly fresh?: boolean;
  /** When the model's file is rewritten: only mark the survey stale (`ask`, the default), or predict anew (`save`). */
  readonly recompute?: 'ask' | 'save';
}
export type SurveyStartResponse = SurveyState;

/** Client → server: stop a survey. What is predicted stays, and `surveyStart` with the same files goes on. */
export const surveyCancel = 'modelBlame/survey/cancel';
/** Client → server: where a survey stands. */
export const surveyState = 'modelBlame/survey/state';
/** Errors of every request that names a survey: `unknown-survey`. */
export interface SurveyReference {
  /** `SurveyState.survey`. */
  readonly survey: string;
}
export type SurveyStateResponse = SurveyState;

/** Client → server: surveys of this session, the latest first. */
export const surveys = 'modelBlame/survey/list';
export interface SurveysResponse {
  readonly surveys: readonly SurveyState[];
}

/**
 * Server → client: a survey went on, ended or became stale; at most every half second while it runs, and once more at
 * the end. Rows and summaries asked for now hold what is predicted so far. A survey may have many files: they come with
 * a new `revision` only, else null, and are those told before.
 */
export const surveyProgress = 'modelBlame/survey/progress';
export type SurveyProgressNotification = Omit<SurveyState, 'files'> & { readonly files: SurveyState['files'] | null };

export interface SurveyState {
  readonly survey: string;
  readonly model: ModelRef;
  readonly files: readonly SurveyFile[];
  readonly phase: 'running' | 'done' | 'cancelled' | 'failed';
  /** Goes up whenever rows asked for before may have changed other than by having more of them. */
  readonly revision: number;
  readonly total: number;
  /** Samples that have a prediction or a reason why not. */
  readonly done: number;
  /** Those among them that were known from an earlier run. */
  readonly cached: number;
  /** Could not be read, encoded or predicted. */
  readonly unreadable: number;
  /** Predicted, without a usable gold label. */
  readonly unlabelled: number;
  /** Labelled samples predicted as another class. */
  readonly wrong: number;
  /** Samples predicted per second, over the last seconds; null before there is a number. */
  readonly rate: number | null;
  readonly secondsLeft: number | null;
  /** The model or a dataset was changed since: what is shown is of before. */
  readonly stale: 'model' | 'data' | null;
  /** Compared with the last other model that predicted the same samples; null where there is none. */
  readonly diff: SurveyDiff | null;
  /** Why the phase is `failed`. */
  readonly error: UserErrorData | null;
  /** Why results cannot be kept on disk (`cache-full`, …): they are lost with the server. */
  readonly warning: UserErrorData | null;
  /** Names of columns that samples can be sliced by: those of the first file, without text and label. */
  readonly columns: readonly string[];
  readonly milliseconds: number;
}

export interface SurveyFile {
  readonly uri: string;
  /** Position of its first sample, and how many there are. */
  readonly first: number;
  readonly count: number;
}

/** Counts over the samples that both models predicted and that have a gold label. */
export interface SurveyDiff {
  /** The other model. */
  readonly against: ModelVersion;
  readonly compared: number;
  readonly newlyRight: number;
  readonly newlyWrong: number;
  /** Wrong under both, as the same or as another class. */
  readonly stillWrong: number;
}

/** Which samples: all conditions hold at once; none given: all samples. */
export interface SurveyFilter {
  /**
   * `wrong` and `right` by `topK`; `label-errors`: probably wrong gold labels (confident learning); `newly-wrong` and
   * `newly-right` against another model; `unlabelled`: without a usable gold label; `unreadable`: with a `problem`.
   */
  readonly only?:
    'wrong' | 'right' | 'unlabelled' | 'unreadable' | 'label-errors' | 'newly-wrong' | 'newly-right' | 'changed';
  /** A sample counts as right when its gold label is among the k most likely classes; 1 by default, 5 at most. */
  readonly topK?: number;
  /** Class names or indices. */
  readonly gold?: string | number;
  readonly predicted?: string | number;
  /** Columns with these values (cells as they are read, trimmed). */
  readonly where?: readonly { readonly column: string; readonly value: string }[];
  /** Characters in the record, in any case. */
  readonly text?: string;
  readonly uri?: string;
  /** 1-based physical lines of `uri`, both included. */
  readonly lines?: readonly [number, number];
  /** Probability of the predicted class, both included. */
  readonly confidence?: readonly [number, number];
  /** −log p(gold) in nats, both included; samples without a gold class have none. */
  readonly loss?: readonly [number, number];
  /** Positions, as `SurveyRow.position`. */
  readonly positions?: readonly number[];
  /** Model hash for `newly-…` and `changed`; left out: that of `SurveyState.diff`. */
  readonly against?: string;
}

/**
 * `confidence`: p of the predicted class; `loss`: −log p(gold); `surprise`: log π(gold) − log p(gold), how much less
 * likely the sample makes its gold label than it is on average (π: mean prediction over the survey); `entropy`;
 * `margin`: p of the first class minus p of the second; `label-quality`: p(gold) − p of the most likely other class;
 * `position`: order of files.
 */
export const surveySorts = [
  'position',
  'confidence',
  'loss',
  'surprise',
  'entropy',
  'margin',
  'label-quality',
] as const;
export type SurveySort = (typeof surveySorts)[number];

/** Client → server: samples of a survey, one page. */
export const surveyRows = 'modelBlame/survey/rows';
export interface SurveyRowsRequest extends SurveyReference {
  readonly filter?: SurveyFilter;
  /** `position` by default. */
  readonly sort?: SurveySort;
  /** Largest first: by default for `confidence`, `loss`, `surprise` and `entropy`; the others smallest first. */
  readonly descending?: boolean;
  readonly offset?: number;
  /** Rows, at most; 100 by default, 10,000 at most. */
  readonly limit?: number;
  /** Left out or true: rows hold the beginning of their text and their cells. False is quicker for many rows. */
  readonly content?: boolean;
}
export interface SurveyRowsResponse {
  readonly rows: readonly SurveyRow[];
  /** Samples that the filter lets through. */
  readonly total: number;
  readonly revision: number;
}

export interface SurveyRow {
  readonly position: number;
  /** A record, or a file that is one sample. */
  readonly address: SampleAddress;
  /** `reviews.csv:17`. */
  readonly title: string;
  /** 1-based physical line of the record's beginning; null for a file that is one sample. */
  readonly line: number | null;
  readonly gold: { readonly label: string; readonly class: number | null } | null;
  /** Null where the sample could not be predicted. */
  readonly predicted: SurveyClass | null;
  /** The most likely classes, at most five. */
  readonly top: readonly SurveyClass[];
  /** p of the gold class; null without one. */
  readonly goldProbability: number | null;
  /** Place of the gold class among the classes, 1: most likely. */
  readonly goldRank: number | null;
  readonly wrong: boolean;
  /** Quantities as in `SurveySort`; null where there is no gold class. */
  readonly loss: number | null;
  readonly surprise: number | null;
  readonly entropy: number;
  readonly margin: number;
  /** Class that the label should probably be; null where the label is not suspected. */
  readonly suspected: { readonly class: number; readonly label: string } | null;
  /** What the other model (`SurveyFilter.against`, else `SurveyState.diff`) predicted; null where it did not. */
  readonly before: { readonly class: number; readonly label: string } | null;
  readonly change: 'newly-wrong' | 'newly-right' | null;
  /** The beginning of what a person reads: the text column, or the cells; null without `content`. */
  readonly text: string | null;
  /** Cells by column; null without `content` and for files that are one sample. */
  readonly cells: Readonly<Record<string, string>> | null;
  /** Why there is no prediction. */
  readonly problem: string | null;
}

export interface SurveyClass {
  readonly class: number;
  readonly label: string;
  readonly probability: number;
}

/**
 * Client → server: the next (or previous) sample in an order, from a place on; goes around at the end. Answers null
 * where the filter lets none through.
 */
export const surveyNext = 'modelBlame/survey/next';
export interface SurveyNextRequest extends SurveyReference {
  readonly filter?: SurveyFilter;
  readonly sort?: SurveySort;
  readonly descending?: boolean;
  /** A sample, also one the filter does not let through; null: from the beginning. */
  readonly from: SampleAddress | null;
  readonly direction: 'next' | 'previous';
}
export interface SurveyNextResponse {
  readonly row: SurveyRow | null;
  /** Place of the row in the order, from 0, and how many there are. */
  readonly index: number;
  readonly total: number;
}

/**
 * Client → server: what surveys know about the sample at an address, the latest survey first. From memory only: fast;
 * `before` and `change`, for which another model's predictions would have to be read, are null.
 */
export const surveyAt = 'modelBlame/survey/at';
export interface SurveyAtRequest {
  readonly address: SampleAddress;
}
export interface SurveyAtResponse {
  readonly found: readonly { readonly survey: string; readonly stale: SurveyState['stale']; readonly row: SurveyRow }[];
}

/** Client → server: numbers about a survey, or about the part that a filter lets through. */
export const surveySummary = 'modelBlame/survey/summary';
export interface SurveySummaryRequest extends SurveyReference {
  readonly filter?: SurveyFilter;
  /** Column whose values make slices. */
  readonly slice?: string;
  /** k of `topK` accuracy; 1 by default. */
  readonly topK?: number;
  /** Bins of the reliability diagram, of equal width; 10 by default. */
  readonly bins?: number;
}

/** A share k/n with its Wilson score interval (95 %). Everything is 0 and the interval [0, 1] where n is 0. */
export interface Share {
  readonly value: number;
  readonly count: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

export interface ClassMetrics {
  readonly class: number;
  readonly label: string;
  /** Samples with this gold label, and samples predicted as this class. */
  readonly gold: number;
  readonly predicted: number;
  readonly precision: Share;
  readonly recall: Share;
  /** 2PR/(P+R); 0 where both are 0. */
  readonly f1: number;
}

export interface SliceMetrics {
  /** Value of the column; '' for empty cells. */
  readonly value: string;
  readonly samples: number;
  readonly accuracy: Share;
  readonly classes: readonly ClassMetrics[];
  readonly macroF1: number;
}

export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly samples: number;
  /** Mean confidence, and share that is right. */
  readonly confidence: number;
  readonly accuracy: Share;
}

export interface SurveySummary {
  readonly survey: string;
  readonly revision: number;
  /** Samples that were predicted, and those among them with a gold class: everything below is about the latter. */
  readonly predicted: number;
  readonly labelled: number;
  /** Why predicted samples have no gold class, by the first of them; null where all have one. */
  readonly unlabelledBecause: string | null;
  readonly labels: readonly string[];
  /** Gold × predicted, row-major, `labels.length²` counts. */
  readonly confusion: readonly number[];
  readonly accuracy: Share;
  /** Gold among the k most likely. */
  readonly topK: Share;
  readonly classes: readonly ClassMetrics[];
  readonly macro: { readonly precision: number; readonly recall: number; readonly f1: number };
  /** Mean −log p(gold), in nats; null without a labelled sample. */
  readonly loss: number | null;
  readonly reliability: readonly ReliabilityBin[];
  /** Expected calibration error: Σ bins n/N · |accuracy − confidence|. */
  readonly calibrationError: number;
  /** Slices by size, at most 200; empty without `slice`. */
  readonly slices: readonly SliceMetrics[];
  /** Values beyond those. */
  readonly slicesLeftOut: number;
  /** Mean prediction per class over all predicted samples. */
  readonly prior: readonly number[];
  /** Probably wrong gold labels. */
  readonly labelErrors: number;
}

/** Client → server: models that predicted the samples of a survey, the latest first; the first is the present one. */
export const surveyVersions = 'modelBlame/survey/versions';
export interface SurveyVersionsResponse {
  readonly versions: readonly ModelVersion[];
}

/** One state of a model's file. */
export interface ModelVersion {
  readonly hash: string;
  /** Milliseconds since 1970 of its last prediction. */
  readonly at: number;
  /**
   * Name for `model` of `predict` and `explain`: the entry's own for the present file, `name@hash` for one that was
   * kept; null where its file was not kept (too large, or dropped for newer ones).
   */
  readonly model: string | null;
}

/** Client → server: compare with another model that predicted the same samples. */
export const surveyDiff = 'modelBlame/survey/diff';
export interface SurveyDiffRequest extends SurveyReference {
  /** Hash of the other model; left out: the last one. */
  readonly against?: string;
}
export interface SurveyDiffResponse {
  readonly diff: SurveyDiff | null;
}

/** Client → server: write samples of a survey into a new file. Errors: `file-exists`, `cannot-write`, `no-rows`. */
export const surveyExport = 'modelBlame/survey/export';
export interface SurveyExportRequest extends SurveyReference {
  readonly filter?: SurveyFilter;
  /**
   * `rows`: the records as they are, with their gold label; `negatives`: the records with two columns more, the gold
   * label and the wrong class that they are no example of; `predictions`: position, gold, predicted, probabilities.
   */
  readonly kind: 'rows' | 'negatives' | 'predictions';
  /** `arrow` only for `predictions`. */
  readonly format: 'csv' | 'jsonl' | 'arrow';
  /** Absolute path. */
  readonly path: string;
  readonly overwrite?: boolean;
}
export interface SurveyExportResponse {
  readonly path: string;
  readonly rows: number;
}

/**
 * Client → server: give a sample a label. Without `to` the answer is an edit of the label's cell for the editor to
 * apply (open documents are its own); with `to` the server appends the row with its label to that file.
 * Errors: `unknown-class`, `no-label-column`, `no-label-line`, `columns-differ`, `cannot-write`.
 */
export const surveyLabel = 'modelBlame/survey/label';
export interface SurveyLabelRequest {
  readonly address: SampleAddress;
  readonly model: string | null;
  /** A class name, or an index. */
  readonly label: string | number;
  /** Absolute path of a dataset file of the same format; it is made where there is none. */
  readonly to?: string | null;
}
export type SurveyLabelResponse =
  | { readonly kind: 'edit'; readonly uri: string; readonly range: Range; readonly newText: string }
  | { readonly kind: 'appended'; readonly path: string; readonly record: number };

/** Every request about surveys by a short name: what is asked and what is answered. */
export interface SurveyRequests {
  start(request: SurveyStartRequest): SurveyStartResponse;
  cancel(request: SurveyReference): SurveyState;
  state(request: SurveyReference): SurveyStateResponse;
  list(): SurveysResponse;
  rows(request: SurveyRowsRequest): SurveyRowsResponse;
  next(request: SurveyNextRequest): SurveyNextResponse;
  at(request: SurveyAtRequest): SurveyAtResponse;
  summary(request: SurveySummaryRequest): SurveySummary;
  versions(request: SurveyReference): SurveyVersionsResponse;
  diff(request: SurveyDiffRequest): SurveyDiffResponse;
  export(request: SurveyExportRequest): SurveyExportResponse;
  label(request: SurveyLabelRequest): SurveyLabelResponse;
}

export const surveyRequests: Readonly<Record<keyof SurveyRequests, string>> = {
  start: surveyStart,
  cancel: surveyCancel,
  state: surveyState,
  list: surveys,
  rows: surveyRows,
  next: surveyNext,
  at: surveyAt,
  summary: surveySummary,
  versions: surveyVersions,
  diff: surveyDiff,
  export: surveyExport,
  label: surveyLabel,
};
