/** What in the input is to blame for a wrong answer. */
import type { Method } from '../../types';

export const blameMethods: readonly Method[] = [];
