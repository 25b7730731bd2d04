/** Methods that look at an inner layer. */
import type { Method } from '../../types';

export const layerMethods: readonly Method[] = [];
