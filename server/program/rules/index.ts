/** The table of rule sets. */
import { UserError } from '../../errors';
import type { RuleOptions, RuleSet, RuleSetFamily, RuleSetId } from '../types';
import { attnlrpFamilies } from './attnlrp';
import { deepliftFamilies } from './deeplift';
import { gradient } from './gradient';
import { guidedFamilies } from './guided';
import { lrpFamilies } from './lrp';

const families: readonly RuleSetFamily[] = [
  { id: 'gradient', make: () => gradient },
  ...guidedFamilies,
  ...lrpFamilies,
  ...attnlrpFamilies,
  ...deepliftFamilies,
];

/** @throws UserError `unknown-rules`, and what the family says about its options. */
export function ruleSetOf(id: RuleSetId, options: RuleOptions = {}): RuleSet {
  const family = families.find((candidate) => candidate.id === id);
  if (family !== undefined) return family.make(options);
  throw new UserError('unknown-rules', `there is no rule set "${id}"`, {
    next: `choose one of ${families.map((known) => known.id).join(', ')}`,
  });
}
