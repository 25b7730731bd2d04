/** Methods that look at an inner layer. */
import type { Method } from '../../types';
import { conductance } from './conductance';
import { gradCam } from './grad-cam';
import { layerGradientXActivation } from './gradient-x-activation';
import { guidedGradCam } from './guided-grad-cam';
import { internalInfluence } from './internal-influence';

export const layerMethods: readonly Method[] = [
  gradCam,
  guidedGradCam,
  layerGradientXActivation,
  internalInfluence,
  conductance,
];
