/** From a sample to tensors: what every input kind (text, image, table, tensor) delivers. */
import type { BaselineInfo, Features } from '../protocol';
import type { Feeds } from '../engine/types';
import type { Tensor } from '../graph/types';

/** One sample as a model reads it, batch size 1. */
export interface EncodedSample {
  readonly feeds: Feeds;
  readonly features: Features;
  /** Number of features; the length of a relevance array. */
  readonly count: number;
  /**
   * Per model input that carries features: for every element of its tensor (row-major, batch 1) the feature it
   * belongs to, −1 for none. Inputs that carry none (masks, segments) are left out.
   */
  readonly featureOf: Readonly<Record<string, Int32Array>>;
  /** Features that are never changed or blamed: special tokens. */
  readonly fixed: ReadonlySet<number>;
  /**
   * Smallest and largest value each element of an input can have after preprocessing, shaped like its feed, for
   * inputs that have such bounds (pictures).
   */
  readonly bounds?: Readonly<Record<string, Bounds>>;
}

export interface Bounds {
  readonly low: Tensor;
  readonly high: Tensor;
}

/**
 * A baseline x′: feeds of the same shapes as the sample's (several are averaged), or zeros at the model's
 * entry points, which no feed of token ids can express.
 */
export type Baseline =
  | { readonly id: string; readonly label: string; readonly kind: 'feeds'; readonly feeds: readonly Feeds[] }
  | { readonly id: string; readonly label: string; readonly kind: 'zero-entries' };

/** What a baseline may need beyond the sample: parameters by name (`value`, `sigma`, `draws`, `seed`). */
export type BaselineOptions = Readonly<Record<string, string | number | boolean>>;

export interface InputEncoder {
  /** Text: the tokens of the vocabulary, by id. */
  readonly vocabulary?: () => readonly string[];
  /** Tables: the columns that are read as text. */
  readonly texts?: readonly string[];
  readonly kind: 'text' | 'image' | 'table' | 'tensor';
  /** Baselines this input kind offers, the default first. */
  readonly baselines: readonly BaselineInfo[];
  baseline(sample: EncodedSample, id: string, options: BaselineOptions): Baseline | Promise<Baseline>;
}
