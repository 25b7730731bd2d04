import { UserError } from '../../../errors';
import type { ParameterDefinition } from '../../../protocol';
import { defaultLayer } from '../../layers';
import { numberParameter } from '../../parameters';
import { gaussLegendre, midpoint } from '../../quadrature';
import { chunks, newMeter } from '../../runs';
import type { Meter } from '../../runs';
import type { Member, Method, MethodContext } from '../../types';
import { atFeatures, toFeatures } from './features';
import { needsLayer, withLayer } from './fits';
import { pointOnLine } from './line';
import { pointAt, pointsAt, readsAt } from './points';
import type { LayerPoint } from './points';
import { layerParameter, layoutOf, perUnit, sliceOf } from './slice';
import type { Slice } from './slice';
import { slopesThrough, timesInput, unitsParameter } from './through';

const distribution: ParameterDefinition = {
  name: 'distribution',
  type: 'choice',
  default: 'line',
  choices: ['instance', 'line', 'class', 'dataset'],
  description:
    'Where the slope is averaged: at this sample, on the line from the baseline to it, over samples of the explained class, over samples of the dataset',
};

/**
 * Influence of a unit on a quantity of interest under a distribution: `χ_j = E_{x∼P}[∂g/∂z_j (h(x))]` with the model
 * cut into f = g ∘ h at the layer (Leino et al. 2018).
 */
export const internalInfluence: Method = {
  info: {
    id: 'internal-influence',
    name: 'Internal influence',
    family: 'layer',
    formula: 'χ_j = E over x from P of ∂g/∂z_j (h(x)),  f = g ∘ h',
    means: `How much the score moves with each unit of a layer, on average over the inputs of interest; with a contrast as target: which units tell one class from the other. ${atFeatures} For an average over other samples the unit’s own share of this sample is shown.`,
    needs:
      'A differentiable model with a layer to look at; a baseline for the line, a dataset for the class and the dataset.',
    misleads:
      'It is a slope: a unit may be influential and off for this sample (its activation is shown beside it). Layers with a bypass are judged with what goes around held fixed. Units that cancel over the distribution look unimportant.',
    axioms: ['linear agreement', 'marginal consistency', 'linearity', 'sensitivity (b)'],
    cost: '1, 32 (line) or as many forward + backward passes as samples are drawn, down to the layer',
    papers: ['Leino et al. 2018, arXiv:1802.03788'],
    usesBaseline: true,
    population: 50,
    populationWhen: { parameter: 'distribution', values: ['class', 'dataset'] },
    parameters: [
      layerParameter('the last convolution worth a map, else the last layer'),
      distribution,
      unitsParameter,
      {
        name: 'draws',
        type: 'integer',
        default: 50,
        minimum: 1,
        maximum: 100_000,
        description: 'Samples taken from the dataset',
      },
      { name: 'steps', type: 'integer', default: 32, minimum: 1, maximum: 10_000, description: 'Points on the line' },
      {
        name: 'quadrature',
        type: 'choice',
        default: 'midpoint',
        choices: ['midpoint', 'gauss-legendre'],
        description: 'Where on the line the points are',
      },
    ],
  },
  batches: true,
  exports: { because: 'it averages slopes at a layer over a distribution' },
  unfit: needsLayer,
  settle: withLayer(defaultLayer),
  reads: readsAt(defaultLayer),
  async run(context) {
    const meter = newMeter();
    const slice = sliceOf(context.model, context.parameters, defaultLayer);
    const sample = await pointAt(context, meter, slice.layer.value);
    const layout = layoutOf(slice, sample.dims);
    const elements = await averageSlope(context, meter, slice, sample);
    return toFeatures(context, meter, {
      slice,
      layout,
      elements,
      activations: sample.value,
      through: async (units) =>
        timesInput(
          context,
          await slopesThrough(context, meter, slice, layout, sample.dims, units, context.sample.entries),
        ),
    });
  },
};

async function averageSlope(
  context: MethodContext,
  meter: Meter,
  slice: Slice,
  sample: LayerPoint,
): Promise<ArrayLike<number>> {
  switch (String(context.parameters['distribution'])) {
    case 'line':
      return alongLines(context, meter, slice);
    case 'class': {
      const own = context.population.filter((member) => member.gold === context.target.class);
      return overMembers(context, meter, slice, sample, own, 'of the explained class');
    }
    case 'dataset':
      return overMembers(context, meter, slice, sample, context.population, 'of a dataset');
    default:
      return sample.slope;
  }
}

/** Mean over the baselines of ∫ ∂S/∂z dα. */
async function alongLines(context: MethodContext, meter: Meter, { layer }: Slice): Promise<Float64Array> {
  const steps = numberParameter(context.parameters, 'steps');
  const rule = context.parameters['quadrature'] === 'gauss-legendre' ? gaussLegendre(steps) : midpoint(steps);
  const total = steps * context.baselines.length;
  let sum: Float64Array | null = null;
  let done = 0;
  for (const baseline of context.baselines)
    for (const some of chunks(Array.from(rule.alphas.keys()), context.chunk)) {
      context.progress(done, total, 'Points on the line');
      const rows = some.map((k) => pointOnLine(context, baseline, rule.alphas[k] as number));
      for (const [i, { slope }] of (await pointsAt(context, meter, layer.value, rows)).entries())
        sum = added(sum, slope, (rule.weights[some[i] as number] as number) / context.baselines.length);
      done += some.length;
    }
  if (sum === null) throw new Error('no baseline');
  return sum;
}

/**
 * Mean over samples of a dataset. Their positions are not this sample's (another length, another place): where sizes
 * differ a unit's slope is spread evenly over the positions.
 */
async function overMembers(
  context: MethodContext,
  meter: Meter,
  slice: Slice,
  sample: LayerPoint,
  members: readonly Member[],
  which: string,
): Promise<Float64Array> {
  if (members.length === 0)
    throw new UserError('no-population', `There are no samples ${which} to average over`, {
      where: 'parameter distribution',
      next: 'name a labelled dataset in model-blame.json, or choose distribution=instance or line',
    });
  const layout = layoutOf(slice, sample.dims);
  let sum: Float64Array | null = null;
  for (const [i, member] of members.entries()) {
    context.progress(i, members.length, 'Samples of the dataset');
    const point = await pointAt(context, meter, slice.layer.value, member.feeds);
    if (point.slope.length === sample.slope.length) {
      sum = added(sum, point.slope, 1 / members.length);
      continue;
    }
    const units = perUnit(layoutOf(slice, point.dims), point.slope);
    const even = Float64Array.from(sample.slope, (_, at) => (units[layout.unit(at)] as number) / layout.places);
    sum = added(sum, even, 1 / members.length);
  }
  return sum as Float64Array;
}

function added(sum: Float64Array | null, values: ArrayLike<number>, factor: number): Float64Array {
  const result = sum ?? new Float64Array(values.length);
  for (let i = 0; i < result.length; i += 1) result[i] = (result[i] as number) + factor * (values[i] as number);
  return result;
}
