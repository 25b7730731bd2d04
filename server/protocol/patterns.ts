/**
 * Patterns among many explained samples: what carries a class over all mistakes of one kind, rules a model follows,
 * inputs it never uses, groups of samples explained alike, a map of them. Declared here as `requests.ts` declares the
 * others.
 */
import type { MethodId, ModelRef, Parameters, Warning } from './explanation';
import type { SampleAddress } from './source';

/**
 * What to look for:
 * - `features`: words, columns or regions that carry the predicted class, ranked; one list for each cell of mistakes.
 * - `rules`: conditions on the input under which a class is predicted, with support and precision.
 * - `dead`: inputs that receive no relevance in any sample.
 * - `clusters`: groups of samples of one predicted class whose heatmaps (or activations) are alike (SpRAy).
 * - `map`: all samples in the plane, near where they are explained (or represented) alike (UMAP).
 * - `unusual`: samples explained unlike the others of their predicted class, or mostly by a flagged feature.
 */
export const patternViews = ['features', 'rules', 'dead', 'clusters', 'map', 'unusual'] as const;
export type PatternView = (typeof patternViews)[number];

/** What samples are compared by. */
export const patternSpaces = ['heatmaps', 'activations'] as const;
export type PatternSpace = (typeof patternSpaces)[number];

/** Which class a sample is explained for, and grouped by: the one predicted, or its gold label. */
export const patternTargets = ['predicted', 'gold'] as const;
export type PatternTarget = (typeof patternTargets)[number];

/**
 * Client → server: patterns over a dataset. Long: give a `progressToken`, cancel as any request. Samples are predicted,
 * those that count are explained; both are kept by content, so asking for another view is quick.
 * Errors: `no-samples`, `empty-cell`, `no-mistakes`, `too-few-samples`, `unknown-class`, and what `explain` throws.
 */
export const patterns = 'modelBlame/patterns';
export interface PatternsRequest {
  /** Files of the dataset: paths, as absolute `file:` URIs. */
  readonly uris: readonly string[];
  readonly model: string | null;
  readonly by: readonly PatternView[];
  /** One cell of the confusion matrix; gold and predicted are indices or label names. */
  readonly cell: { readonly gold: number | string; readonly predicted: number | string } | null;
  /** Only samples predicted as this class (or with this gold label, see `target`). */
  readonly class: number | string | null;
  /** Null: the model's default method. */
  readonly method: MethodId | null;
  readonly parameters: Parameters;
  /**
   * `predicted` by default. `gold`: samples with a gold label, each explained for it: how the model knows a class where
   * it should, and in one group those where it does so by a shortcut.
   */
  readonly target?: PatternTarget;
  /** `heatmaps` by default. */
  readonly space?: PatternSpace;
  /** Number of groups; left out: chosen by the largest gap between eigenvalues. */
  readonly clusters?: number;
  /**
   * Features known as shortcuts, besides those of the workspace file: words, column names, or regions
   * `x,y,width,height` in the model's pixels.
   */
  readonly flagged?: readonly string[];
  /** Samples explained at most, 1000 by default: all mistakes first, then a spread over the dataset. */
  readonly most?: number;
  readonly seed?: number;
  readonly engine?: string | null;
  readonly progressToken?: string;
}

/** One sample of the answer; the lists below name samples by their index among these. */
export interface PatternSample {
  readonly address: SampleAddress;
  readonly title: string;
  /** Beginning of the text, or the cells that mattered most; empty for pictures. */
  readonly text: string;
  /** Class of the gold label; null without one that the model knows. */
  readonly gold: number | null;
  readonly predicted: number;
  readonly probability: number;
}

/** A rectangle in the model's pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A word, column, region or element. Words are lower-cased; names are data of the dataset: show them inert. */
export interface PatternFeature {
  readonly name: string;
  readonly region?: Region;
}

/** Relevance summed over samples. Positive: for the class that was predicted. */
export interface FeaturePattern {
  readonly feature: PatternFeature;
  /** Samples that have the feature (words), or in which it has relevance. */
  readonly count: number;
  readonly sum: number;
  /** Over the samples that have it. */
  readonly mean: number;
  /** Share of those samples in which its relevance is positive. */
  readonly positive: number;
  /** The samples in which it carries most, strongest first. */
  readonly samples: readonly number[];
}

/** A heatmap over several samples, row-major; one number per pixel or block of pixels. */
export interface Heatmap {
  readonly width: number;
  readonly height: number;
  readonly relevance: Float32Array;
}

export interface FeatureReport {
  /** Null: whatever the gold label. */
  readonly gold: number | null;
  readonly predicted: number;
  /** Samples of the cell that were explained, and that there are. */
  readonly samples: readonly number[];
  readonly total: number;
  readonly features: readonly FeaturePattern[];
  /** Mean over the samples; pictures only. */
  readonly heatmap?: Heatmap;
}

export type RuleCondition =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'category'; readonly column: string; readonly value: string }
  /** low < value ≤ high; null: no bound. */
  | { readonly kind: 'range'; readonly column: string; readonly low: number | null; readonly high: number | null }
  /** Mean brightness (0…1) of a region of a picture. */
  | { readonly kind: 'brightness'; readonly region: Region; readonly low: number | null; readonly high: number | null };

/** “Whenever …, the model predicts …”: an association over these samples, not a proof of what the model computes. */
export interface TriggerRule {
  readonly class: number;
  readonly conditions: readonly RuleCondition[];
  /** Samples the conditions hold for, all classes. */
  readonly support: number;
  /** Share of those predicted as the class; and of all samples, for comparison. */
  readonly precision: number;
  readonly prior: number;
  /** Share of the class's samples that the rule covers. */
  readonly recall: number;
  /** Samples it holds for that are predicted as the class and have another gold label. */
  readonly wrong: number;
  /** Mean relevance of the features named, over the samples it holds for that are predicted as the class. */
  readonly relevance: number;
  readonly samples: readonly number[];
}

export interface DeadReport {
  /** Features whose |relevance| is below a thousandth of the largest in every sample. */
  readonly features: readonly PatternFeature[];
  /** Features looked at. */
  readonly looked: number;
  /** Samples looked at. */
  readonly samples: number;
  /** Text: words that the model cannot tell apart (one id for all), and the share of the running words they make. */
  readonly unknown?: { readonly words: number; readonly share: number; readonly examples: readonly string[] };
  /** Pictures: share of samples in which a pixel has relevance. */
  readonly heatmap?: Heatmap;
}

/** Features that a group is named after, and flagged by. */
export const namedFeatures = 3;

export interface PatternCluster {
  /** From its strongest features: those it has more relevance on than the rest of the class. */
  readonly name: string;
  /** Most typical first. */
  readonly samples: readonly number[];
  /** Samples with another gold label than predicted. */
  readonly wrong: number;
  readonly features: readonly FeaturePattern[];
  /** Median over the samples, each scaled to Σ|R| = 1; pictures only. */
  readonly heatmap?: Heatmap;
}

export interface ClusterReport {
  readonly class: number;
  readonly space: PatternSpace;
  /** Smallest eigenvalues of the normalised graph Laplacian. */
  readonly eigenvalues: readonly number[];
  /** The number of groups was given, not chosen. */
  readonly given: boolean;
  readonly clusters: readonly PatternCluster[];
}

export interface MapReport {
  readonly space: PatternSpace;
  /** Layer, for activations. */
  readonly layer: string | null;
  /** Indices of samples; x, y in 0…1, one each. */
  readonly samples: readonly number[];
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** For each of these samples the nearest others, nearest first. */
  readonly nearest: readonly (readonly number[])[];
}

export interface UnusualSample {
  readonly sample: number;
  /** `unlike`: robust z-score of its likeness to its class; `shortcut`: share of |relevance| on flagged features. */
  readonly why: 'unlike' | 'shortcut';
  readonly score: number;
  /** Its strongest features. */
  readonly features: readonly PatternFeature[];
}

export interface PatternsResponse {
  readonly model: ModelRef;
  readonly method: MethodId;
  readonly parameters: Parameters;
  readonly cell: { readonly gold: number; readonly predicted: number } | null;
  readonly class: number | null;
  readonly target: PatternTarget;
  /** Samples of the dataset, mistakes among those with a gold label, and what could not be read. */
  readonly total: number;
  readonly labelled: number;
  readonly mistakes: number;
  readonly skipped: number;
  /** Explained samples. */
  readonly samples: readonly PatternSample[];
  readonly kind: 'words' | 'columns' | 'pixels' | 'elements';
  readonly features?: readonly FeatureReport[];
  readonly rules?: readonly TriggerRule[];
  readonly dead?: DeadReport;
  readonly clusters?: readonly ClusterReport[];
  readonly map?: MapReport;
  readonly unusual?: readonly UnusualSample[];
  readonly warnings: readonly Warning[];
  readonly milliseconds: number;
}

/** Client → server: what is flagged as a shortcut in a dataset; with `flagged` the workspace file that says so. */
export const shortcuts = 'modelBlame/shortcuts';
export interface ShortcutsRequest {
  /** Files of the dataset, as `file:` URIs. */
  readonly uris: readonly string[];
  /** All that is to be flagged; left out: nothing is changed. */
  readonly flagged?: readonly string[];
}
export interface ShortcutsResponse {
  readonly features: readonly string[];
  /** The workspace file: the one there is, or where one would be made. */
  readonly uri: string;
  /** Its folder. */
  readonly folder: string;
  /** The files as an entry of the workspace file names them. */
  readonly glob: string;
  /** These files alone, as a check names them: an entry may have more of them. */
  readonly exact: string;
  /** Its new text, comments and layout kept; null where nothing changes. Whoever asked writes it. */
  readonly text: string | null;
}
