/**
 * Our methods against the reference files of the innvestigate library. Its integrated gradients are the mean over 64
 * points, both ends included, from a zero baseline.
 */
import { compared, LAYERS, LINEAR } from './innvestigate';

compared(LAYERS, 'gradient', 'Gradient', 'gradient');
compared(LAYERS, 'gradient × input', 'InputTimesGradient', 'gradient-x-input');
compared(LAYERS, 'integrated gradients', 'IntegratedGradients', 'integrated-gradients', {
  quadrature: 'endpoint-mean',
  steps: 64,
  frames: 0,
});
// Random where the layer bends; a linear layer has one gradient everywhere.
compared(LINEAR, 'SmoothGrad', 'SmoothGrad', 'smoothgrad', { samples: 20 });
compared(LAYERS, 'guided backpropagation, from the score', 'GuidedBackprop', 'guided-backprop', { start: 'score' });
compared(LAYERS, 'deconvnet, from the score', 'Deconvnet', 'deconvnet', { start: 'score' });
