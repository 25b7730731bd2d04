/** Which models the layer methods fit, and the layer they take. */
import type { Model } from '../../../model/types';
import type { LayerInfo } from '../../../protocol';
import { defaultConvolution, defaultLayer, layerByName } from '../../layers';
import type { Method } from '../../types';
import { needsGradient, needsRules } from '../unfit';

export function needsConvolution(model: Model): string | null {
  const reason = needsGradient(model);
  if (reason !== null || defaultConvolution(model) !== null) return reason;
  return 'it has no convolution with more than one position, so there is no map to enlarge: use layer gradient × activation';
}

export const needsGuidedConvolution = (model: Model): string | null =>
  needsConvolution(model) ?? needsRules(model, 'guided-backprop');

export function needsLayer(model: Model): string | null {
  const reason = needsGradient(model);
  if (reason !== null || defaultLayer(model) !== null) return reason;
  return 'it has no layer between its inputs and its logits: use gradient × input';
}

/** The method's own choice of a layer written out, a node's name replaced by its value's. */
export function withLayer(fallback: (model: Model) => LayerInfo | null): NonNullable<Method['settle']> {
  return ({ model, parameters }) => {
    const name = String(parameters['layer']);
    const layer = name === '' ? fallback(model) : layerByName(model, name);
    return layer === null ? parameters : { ...parameters, layer: layer.value };
  };
}
