/** Path methods besides integrated gradients. */
import type { Method } from '../../types';

export const pathMethods: readonly Method[] = [];
