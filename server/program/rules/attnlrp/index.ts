import type { RuleSetFamily } from '../../types';

export const attnlrpFamilies: readonly RuleSetFamily[] = [];
