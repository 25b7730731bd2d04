import type { Model } from '../../model/types';
import { canDifferentiate } from '../../program/compile';
import type { RuleOptions, RuleSetId } from '../../program/types';

const known = new WeakMap<Model, Map<string, string | null>>();

const noEntries =
  'no way is known from its input to the first decimal numbers (an embedding), where relevance is measured';

/** Reason why no relevance pass with these rules can be compiled for a model, or null; looked into once. */
export function needsRules(model: Model, rules: RuleSetId, options: RuleOptions = {}): string | null {
  if (model.entries.length === 0) return noEntries;
  const strings = model.inputs.find(
    ({ name, type }) => type.dtype === 'string' && !model.entries.some(({ input }) => input === name),
  );
  if (strings !== undefined)
    return `no relevance goes back through the strings of “${strings.name}”, which the model splits or maps itself: what they did would be missing`;
  const answers = known.get(model) ?? new Map<string, string | null>();
  known.set(model, answers);
  const key = JSON.stringify([rules, options]);
  const before = answers.get(key);
  if (before !== undefined) return before;
  const reason = canDifferentiate(model, rules, options);
  answers.set(key, reason);
  return reason;
}

/** Reason why a model has no gradient, or null. Methods that only need forward passes have none. */
export const needsGradient = (model: Model): string | null => needsRules(model, 'gradient');

/** The reason given where the model's entries are no pictures, [batch, …, …, …]; else null. */
export function notPictures({ entries }: Model, reason: string): string | null {
  const isPicture = entries.every(({ kind, type }) => kind === 'identity' && type.shape?.length === 4);
  return isPicture ? null : reason;
}
