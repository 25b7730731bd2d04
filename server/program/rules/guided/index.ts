import type { RuleSetFamily } from '../../types';

export const guidedFamilies: readonly RuleSetFamily[] = [];
