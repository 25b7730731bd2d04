import type { RuleSetFamily } from '../../types';

export const deepliftFamilies: readonly RuleSetFamily[] = [];
