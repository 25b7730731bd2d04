/** What the compute process is asked about many samples at once. */
import type { Feeds } from '../engine/types';
import type { Parameters, Target } from '../protocol';
import type { AttributeRequest, ModelSource } from './types';

export interface RelevancesRequest extends Pick<AttributeRequest, 'model' | 'labels' | 'method' | 'parameters'> {
  /** Samples with their own targets and baselines. */
  readonly rows: readonly Pick<AttributeRequest, 'sample' | 'target' | 'baseline'>[];
}

export interface RelevanceRow {
  /** One number per feature. */
  readonly relevance: Float32Array;
  readonly target: Target;
  readonly parameters: Parameters;
}

export interface RelevancesResult {
  readonly rows: readonly RelevanceRow[];
  readonly engine: string;
  readonly modelMilliseconds: number;
}

export interface ActivationsRequest {
  readonly model: ModelSource;
  readonly rows: readonly Feeds[];
  /** Name of an inner value; '' for what the last linear layer reads; null: probabilities only. */
  readonly layer: string | null;
}

export interface ActivationsResult {
  /** One per class, for each row. */
  readonly probabilities: readonly (readonly number[])[];
  /** rows × width, row-major. */
  readonly activations: Float32Array;
  readonly width: number;
  readonly layer: string | null;
}
