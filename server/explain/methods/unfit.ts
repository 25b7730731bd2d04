import type { Model } from '../../model/types';
import { canDifferentiate } from '../../program/compile';

const known = new WeakMap<Model, { readonly reason: string | null }>();

/** Reason why a model has no gradient, or null. Methods that only need forward passes have none. */
export function needsGradient(model: Model): string | null {
  const answer = known.get(model) ?? { reason: canDifferentiate(model) };
  known.set(model, answer);
  return answer.reason;
}
