import { UserError } from '../../../errors';
import type { LayerReport, ParameterDefinition, Warning } from '../../../protocol';
import { accounting } from '../../accounting';
import { defaultConvolution } from '../../layers';
import { newMeter } from '../../runs';
import type { Meter } from '../../runs';
import { scoreOf } from '../../scores';
import type { Method, MethodContext } from '../../types';
import { frameOf, interpolate, meanPerFeature } from './frame';
import { pointAt, readsAt } from './points';
import { bypassed, layerParameter, layoutOf, perUnit, reportOf, sliceOf } from './slice';
import type { Slice } from './slice';
import { needsConvolution, withLayer } from './fits';

export const camLayer = layerParameter(
  'the last convolution with at least 7 positions per axis, else the last with more than one',
);

const signed: ParameterDefinition = {
  name: 'signed',
  type: 'boolean',
  default: false,
  description: 'Keep the negative part of the map too: places that speak against the class',
};

/**
 * Gradient-weighted class activation map: `α_k = mean_uv ∂S/∂A^k_uv`, `L = max(0, Σ_k α_k A^k)`, linearly
 * interpolated to the input’s pixels or tokens (Selvaraju et al. 2017).
 */
export const gradCam: Method = {
  info: {
    id: 'grad-cam',
    name: 'Grad-CAM',
    family: 'layer',
    formula: 'L = max(0, Σ_k α_k A^k),  α_k = mean over positions of ∂S/∂A^k',
    means:
      'Where, on the coarse grid of a convolution, its feature maps speak for the class: each map weighted by how much the score depends on it overall. The map is enlarged by linear interpolation.',
    needs: 'A convolution with more than one position (pictures; text with 1-D convolutions); no baseline.',
    misleads:
      'As coarse as the layer: an edge of the map is no edge of the object. Averaging the gradient over positions is exact only where the layer is followed by global average pooling; elsewhere places can light up that the score does not depend on. Evidence against the class is cut off unless “signed” is chosen. The values have no unit and no sum.',
    axioms: ['sensitivity (b)'],
    cost: '1 forward + 1 backward, down to the layer',
    papers: [
      'Selvaraju et al. 2017, arXiv:1610.02391',
      'Draelos, Carin 2020, arXiv:2011.08891 (where it lights up wrongly)',
    ],
    usesBaseline: false,
    parameters: [camLayer, signed],
  },
  batches: false,
  exports: { because: 'it weighs the maps of a layer and draws them over the picture' },
  unfit: needsConvolution,
  settle: withLayer(defaultConvolution),
  reads: readsAt(defaultConvolution),
  async run(context) {
    const meter = newMeter();
    const { relevance, layer, warnings } = await classMap(context, meter, context.parameters['signed'] === true);
    const score = scoreOf(context.target, context.sample.logits, context.model.output);
    const sum = relevance.reduce((total, value) => total + value, 0);
    return {
      relevance,
      accounting: accounting({ relevance, sum, score, evaluations: meter.evaluations }),
      path: null,
      layer,
      warnings,
      modelMilliseconds: meter.milliseconds,
      programKey: meter.programKey,
    };
  },
};

export interface ClassMap {
  /** The map at every feature. */
  readonly relevance: Float32Array;
  /** Units by α_k Σ_uv A^k_uv: what each map adds. */
  readonly layer: LayerReport;
  readonly warnings: readonly Warning[];
}

/** @param keepsSigns Leaves out the outer max(0, ·). */
export async function classMap(context: MethodContext, meter: Meter, keepsSigns: boolean): Promise<ClassMap> {
  const slice = sliceOf(context.model, context.parameters, defaultConvolution);
  const point = await pointAt(context, meter, slice.layer.value);
  const layout = layoutOf(slice, point.dims);
  const frame = layout.places > 1 ? frameOf(context, layout.positions) : null;
  if (frame === null) throw noPlaces(slice, point.dims);
  const { dims, skip } = frame.source;
  const places = layout.places - skip;
  // Of the positions that lie in the input: a class token is none.
  const mapped = (values: Float32Array): Float32Array => values.map((value, i) => (layout.place(i) < skip ? 0 : value));
  const [slopes, activations] = skip === 0 ? [point.slope, point.value] : [mapped(point.slope), mapped(point.value)];
  const weights = perUnit(layout, slopes).map((sum) => sum / places);
  const map = new Float64Array(places);
  activations.forEach((activation, i) => {
    const place = layout.place(i) - skip;
    if (place >= 0) map[place] = (map[place] as number) + (weights[layout.unit(i)] as number) * activation;
  });
  const shown = keepsSigns ? map : map.map((value) => Math.max(0, value));
  const sums = perUnit(layout, activations);
  const warnings: Warning[] = bypassed(slice);
  if (shown.every((value) => value === 0))
    warnings.push({
      code: 'empty-map',
      message: `Nowhere in ${slice.layer.value} do the feature maps speak for the class: the map is empty.`,
      action: { title: 'Show the negative part', parameters: { signed: true } },
    });
  return {
    relevance: meanPerFeature(frame, interpolate(shown, dims, frame.dims), context.sample.count),
    layer: reportOf(
      slice,
      layout,
      sums.map((sum, unit) => sum * (weights[unit] as number)),
      point.value,
    ),
    warnings,
  };
}

function noPlaces({ layer }: Slice, dims: readonly number[]): UserError {
  return new UserError('no-positions', `Layer ${layer.value} has no positions that lie in the input`, {
    where: `its value is ${dims.slice(1).join(' × ')}`,
    next: 'choose a convolution before the pooling with --option layer=…',
  });
}
