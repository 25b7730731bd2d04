/** Units of a layer over samples of a dataset: what is asked and answered. */
import type { Member } from '../explain/types';
import type { LayerInfo, Target, TargetRequest } from '../protocol';
import type { ModelSource } from './types';

export interface ClassUnitsRequest {
  readonly model: ModelSource;
  readonly labels: readonly string[];
  readonly target: TargetRequest;
  /** '' for the default layer. */
  readonly layer: string;
  readonly members: readonly Member[];
  /** Only members with this gold label count for the influence. */
  readonly onlyOwnClass: boolean;
}

export interface ClassUnits {
  readonly layer: LayerInfo;
  readonly target: Target;
  readonly averagedOver: number;
  /** χ per unit. */
  readonly influence: Float64Array;
  /** Mean activation over positions: members × units, row-major. */
  readonly activations: Float32Array;
}
