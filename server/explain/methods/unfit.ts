import type { Model } from '../../model/types';
import { canDifferentiate } from '../../program/compile';

/** Reason why a model has no gradient, or null. Methods that only need forward passes have none. */
export function needsGradient(model: Model): string | null {
  return canDifferentiate(model);
}
