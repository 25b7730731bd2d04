import type { RuleSetFamily } from '../../types';

export const lrpFamilies: readonly RuleSetFamily[] = [];
