/** Relevance propagation: LRP, deep Taylor, AttnLRP, guided backpropagation and their kin. */
import type { Method } from '../../types';
import { attnlrp } from './attnlrp';
import { deepTaylor } from './deep-taylor';
import { excitationBackprop } from './excitation-backprop';
import { deconvnet, guidedBackprop } from './guided';
import { lrp } from './lrp';

export const propagationMethods: readonly Method[] = [
  lrp,
  attnlrp,
  deepTaylor,
  excitationBackprop,
  guidedBackprop,
  deconvnet,
];
