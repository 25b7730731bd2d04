/** Relevance propagation: LRP, deep Taylor, AttnLRP, guided backpropagation and their kin. */
import type { Method } from '../../types';

export const propagationMethods: readonly Method[] = [];
