/** Relevance propagation: LRP, deep Taylor, AttnLRP, guided backpropagation and their kin. */
import type { Method } from '../../types';
import { deconvnet, guidedBackprop } from './guided';

export const propagationMethods: readonly Method[] = [guidedBackprop, deconvnet];
