/** What in the input is to blame for a wrong answer. */
import type { Method } from '../../types';
import { blame } from './blame';

export const blameMethods: readonly Method[] = [blame];
