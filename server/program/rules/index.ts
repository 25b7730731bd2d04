/** The table of rule sets. */
import type { RuleSet } from '../types';
import { gradient } from './gradient';

export const ruleSets: readonly RuleSet[] = [gradient];
