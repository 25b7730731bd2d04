/** Methods that take pieces away and look: forward passes only. */
import type { Method } from '../../types';
import { kernelShap } from './kernel-shap';
import { lime } from './lime';
import { occlusion } from './occlusion';
import { owen } from './owen';
import { rise } from './rise';
import { shapleySampling } from './shapley-sampling';

export const perturbationMethods: readonly Method[] = [occlusion, kernelShap, owen, shapleySampling, lime, rise];
