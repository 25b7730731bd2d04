import { defaultLayer } from '../../layers';
import { newMeter } from '../../runs';
import type { Method } from '../../types';
import { atFeatures, toFeatures } from './features';
import { needsLayer, withLayer } from './fits';
import { pointAt, readsAt } from './points';
import { layerParameter, layoutOf, sliceOf } from './slice';
import { slopesThrough, timesInput, unitsParameter } from './through';

/** Share of the score at an inner layer, to first order: `R_j = y_j · ∂S/∂y_j` at every element of the layer. */
export const layerGradientXActivation: Method = {
  info: {
    id: 'layer-gradient-x-activation',
    name: 'Layer gradient × activation',
    family: 'layer',
    formula: 'R_j = y_j · ∂S/∂y_j',
    means: `What every unit of a layer contributes if the rest of the model were the straight line it looks like from here. ${atFeatures}`,
    needs: 'A differentiable model with a layer to look at; no baseline.',
    misleads:
      'Like gradient × input it is local: where the rest of the model is saturated the sum is far from the score, and biases behind the layer get nothing. A unit that is off contributes nothing even when its silence matters.',
    axioms: ['linearity', 'sensitivity (b)', 'completeness (only where the rest of the model is linear)'],
    cost: '1 forward + 1 backward, down to the layer; 1 or 2 more of each for chosen units',
    papers: ['Shrikumar et al. 2016, arXiv:1605.01713 (at a layer)', 'Ancona et al. 2018, arXiv:1711.06104'],
    usesBaseline: false,
    parameters: [layerParameter('the last convolution worth a map, else the last layer'), unitsParameter],
  },
  batches: false,
  exports: { because: 'it multiplies a layer with its slope and ranks units' },
  unfit: needsLayer,
  settle: withLayer(defaultLayer),
  reads: readsAt(defaultLayer),
  async run(context) {
    const meter = newMeter();
    const slice = sliceOf(context.model, context.parameters, defaultLayer);
    const point = await pointAt(context, meter, slice.layer.value);
    const layout = layoutOf(slice, point.dims);
    return toFeatures(context, meter, {
      slice,
      layout,
      elements: Float64Array.from(point.value, (value, i) => value * (point.slope[i] as number)),
      activations: point.value,
      through: async (units) =>
        timesInput(
          context,
          await slopesThrough(context, meter, slice, layout, point.dims, units, context.sample.entries),
        ),
    });
  },
};
