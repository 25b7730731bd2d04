/**
 * Asking about a class without a sample: which units of a layer matter for it over a dataset, and which samples
 * excite them. Declared here as `requests.ts` declares the others.
 */
import type { LayerInfo, Target, TargetRequest } from './explanation';
import type { SampleAddress } from './source';

/**
 * Client → server: the most influential units of a layer for a class (or for one class rather than another) over the
 * model's dataset. Errors: `no-dataset`, `unknown-layer`, `unknown-class`, `target-needs-class`.
 */
export const units = 'modelBlame/units';
export interface UnitsRequest {
  /** A sample or dataset file whose workspace is meant; null where `model` says it all. */
  readonly address: SampleAddress | null;
  readonly model: string | null;
  /** A class, or a contrast of two; `predicted` makes no sense without a sample. */
  readonly target: TargetRequest;
  /** Null: the layer that layer methods take by themselves. */
  readonly layer: string | null;
  /** Averaged over all samples drawn (the default), or over those whose gold label is the class. */
  readonly distribution: 'dataset' | 'class';
  /** Samples drawn from the dataset; 200 by default. */
  readonly draws?: number;
  /** Units reported (10) and samples named for each (5). */
  readonly units?: number;
  readonly examples?: number;
  readonly progressToken?: string;
}

export interface UnitsResponse {
  readonly layer: LayerInfo;
  readonly target: Target;
  /** The dataset as the workspace file writes it, and samples the influence was averaged over. */
  readonly dataset: string;
  readonly averagedOver: number;
  readonly units: readonly ClassUnit[];
}

export interface ClassUnit {
  readonly unit: number;
  /** χ: mean over the samples of Σ over positions of ∂S/∂z (Leino et al. 2018). */
  readonly influence: number;
  /** Mean activation over positions and samples. */
  readonly activation: number;
  /** Samples of the dataset that excite the unit most, strongest first. */
  readonly examples: readonly UnitExample[];
}

export interface UnitExample {
  readonly address: SampleAddress;
  readonly title: string;
  /** Gold label, where there is one. */
  readonly gold: string | null;
  /** Activation of the unit: mean over positions. */
  readonly activation: number;
}
