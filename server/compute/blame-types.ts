/** What the compute process does for blame: forward passes over many inputs, and the search for a counterfactual. */
import type { Feeds } from '../engine/types';
import type { AttributeRequest, ModelSource } from './types';

/** What a method of the family `blame` has to know beside the sample. */
export interface BlameGiven {
  /** Gold class. */
  readonly gold: number;
  /** π, one per class; null where it is not needed. */
  readonly prior: readonly number[] | null;
}

export interface ProbabilitiesRequest {
  readonly model: ModelSource;
  /** Model inputs of batch 1 each; rows of equal shapes run together where the model can be trusted with it. */
  readonly rows: readonly Feeds[];
}

export interface ProbabilitiesResult {
  /** One per class, for each row. */
  readonly probabilities: readonly (readonly number[])[];
  readonly engine: string;
  readonly modelMilliseconds: number;
}

/** What takes the place of removed features: another sample's inputs, or a change at the entry points. */
export type Substitute =
  | { readonly kind: 'feeds'; readonly feeds: Feeds }
  | { readonly kind: 'zero-entries' }
  | { readonly kind: 'negated-entries' };

export interface RemovalRequest {
  readonly model: ModelSource;
  readonly sample: AttributeRequest['sample'];
  /** `counts`: after how many features to predict; after every one where left out. */
  readonly runs: readonly {
    readonly substitute: Substitute;
    readonly order: readonly number[];
    readonly counts?: readonly number[];
  }[];
}

export interface RemovalResult {
  /** Of the sample itself. */
  readonly start: readonly number[];
  /** For each run and each k = 1 … (or each of `counts`) the probabilities after replacing the first k features of the order. */
  readonly steps: readonly (readonly (readonly number[])[])[];
  readonly engine: string;
  readonly modelMilliseconds: number;
}

/** Proximal gradient over float inputs. */
export interface SearchRequest {
  readonly model: ModelSource;
  readonly sample: AttributeRequest['sample'];
  readonly gold: number;
  /** Per float input and element: unit of the distance; 0 for elements that may not change. */
  readonly scale: Readonly<Record<string, Float32Array>>;
  readonly low: Readonly<Record<string, Float32Array>>;
  readonly high: Readonly<Record<string, Float32Array>>;
  /** Distance between values a person can write (1/255 for bytes); 0: any value. Per element, from `low` on. */
  readonly grid: Readonly<Record<string, Float32Array>>;
}

export interface SearchResult {
  /** Inputs of the counterfactual; null when gold was never reached. */
  readonly feeds: Feeds | null;
  readonly evaluations: number;
  readonly probabilities: readonly number[];
}
