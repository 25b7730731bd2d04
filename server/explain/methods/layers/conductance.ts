import type { Value } from '../../../graph/types';
import { accounting } from '../../accounting';
import { defaultLayer } from '../../layers';
import { numberParameter } from '../../parameters';
import { gaussLegendre, midpoint } from '../../quadrature';
import { chunks, newMeter } from '../../runs';
import type { Meter } from '../../runs';
import { scoreOf } from '../../scores';
import type { Method, MethodContext, Point } from '../../types';
import { cancelling, incomplete } from '../../warnings';
import { atFeatures, toFeatures } from './features';
import { needsLayer, withLayer } from './fits';
import { pointOnLine } from './line';
import { pointAt, pointsAt, readsAt, valuesAt } from './points';
import { layerParameter, layoutOf, sliceOf } from './slice';
import type { Slice } from './slice';
import { slopesThrough, timesInput, unitsParameter } from './through';

/**
 * Share of the score's change along the line from the baseline that passes through every unit of a layer:
 * `C_j = ∫₀¹ (∂S/∂y_j)(dy_j/dα) dα ≈ Σ_k ∂S/∂y_j(α_{k+½}) · (y_j(α_{k+1}) − y_j(α_k))`, so that `Σ_j C_j = S(x) − S(x′)`
 * where the layer cuts the model (Dhamdhere et al. 2018).
 */
export const conductance: Method = {
  info: {
    id: 'conductance',
    name: 'Conductance',
    family: 'layer',
    formula: 'C_j = ∫₀¹ (∂S/∂y_j) (dy_j/dα) dα along the line from x′ to x',
    means: `How much of what makes the score differ from the baseline’s flows through each unit of a layer: integrated gradients, seen at the layer. ${atFeatures}`,
    needs: 'A differentiable model with a layer to look at, and a baseline that means “nothing” to it.',
    misleads:
      'Everything is relative to the baseline. A unit counts by how it changes along the way, so one that is equally active at both ends may get nothing or anything in between. Where something goes around the layer, the sum is not the score’s change.',
    axioms: ['completeness (where the layer cuts the model)', 'linearity', 'sensitivity (b)', 'layerwise conservation'],
    cost: '65 forward + 32 backward, down to the layer',
    papers: ['Dhamdhere, Sundararajan, Yan 2018, arXiv:1805.12233'],
    usesBaseline: true,
    parameters: [
      layerParameter('the last convolution worth a map, else the last layer'),
      unitsParameter,
      {
        name: 'steps',
        type: 'integer',
        default: 32,
        minimum: 1,
        maximum: 10_000,
        description: 'Intervals of the line',
      },
      {
        name: 'form',
        type: 'choice',
        default: 'midpoint',
        choices: ['midpoint', 'left-gauss-legendre'],
        description:
          'midpoint: slopes in the middle of equal intervals. left-gauss-legendre: steps + 1 Gauss–Legendre points, slopes at the left one of each two; it leaves both ends out, and is there to compare with Captum',
      },
    ],
  },
  batches: true,
  exports: { because: 'it adds up products along a path inside a layer' },
  unfit: needsLayer,
  settle: withLayer(defaultLayer),
  reads: readsAt(defaultLayer),
  async run(context) {
    const { sample, baselines, target, model } = context;
    const meter = newMeter();
    const slice = sliceOf(model, context.parameters, defaultLayer);
    const here = await pointAt(context, meter, slice.layer.value);
    const layout = layoutOf(slice, here.dims);
    const elements = new Float64Array(here.value.length);
    const nodes = nodesOf(context);
    for (const [i, baseline] of baselines.entries()) {
      const watch = (done: number): void =>
        context.progress(i * nodes.length + done, baselines.length * nodes.length, 'Intervals of the line');
      await addConductance(context, meter, slice, baseline, nodes, elements, watch);
    }
    const score = scoreOf(target, sample.logits, model.output);
    const baselineScore =
      baselines.reduce((sum, point) => sum + scoreOf(target, point.logits, model.output), 0) / baselines.length;
    const cuts = slice.bypasses.length === 0;
    const result = await toFeatures(context, meter, {
      slice,
      layout,
      elements,
      activations: here.value,
      through: (units) => conductanceThrough(context, meter, units, slice, here.dims, nodes),
      expected: cuts ? score - baselineScore : undefined,
      baselineScore,
    });
    // The layer's own books, whatever is shown at the features.
    const balance = accounting({
      relevance: Float32Array.from(elements),
      sum: elements.reduce((sum, value) => sum + value, 0),
      score,
      baselineScore,
      expected: cuts ? score - baselineScore : undefined,
      evaluations: meter.evaluations,
    });
    const off = incomplete(balance).map(({ code, message }) => ({ code, message }));
    return { ...result, warnings: [...result.warnings, ...off, ...cancelling(result.accounting)] };
  },
};

/** One interval of the line: where the slope is taken, and the ends between which the layer's change counts. */
interface Interval {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

function nodesOf({ parameters }: MethodContext): readonly Interval[] {
  const steps = numberParameter(parameters, 'steps');
  if (parameters['form'] === 'midpoint')
    return midpoint(steps).alphas.map((at, k) => ({ at, from: k / steps, to: (k + 1) / steps }));
  const { alphas } = gaussLegendre(steps + 1);
  return alphas.slice(1).map((to, k) => ({ at: alphas[k] as number, from: alphas[k] as number, to }));
}

/** Adds this baseline's share to the elements. */
async function addConductance(
  context: MethodContext,
  meter: Meter,
  { layer }: Slice,
  baseline: Point,
  nodes: readonly Interval[],
  elements: Float64Array,
  watch: (done: number) => void,
): Promise<void> {
  let before: Float32Array | null = null;
  let done = 0;
  for (const some of chunks(nodes, context.chunk)) {
    watch(done);
    const on = (alphas: readonly number[]) => alphas.map((alpha) => pointOnLine(context, baseline, alpha));
    if (before === null)
      [before = new Float32Array()] = await valuesAt(context, meter, layer.value, on([nodes[0]?.from ?? 0]));
    const ends = await valuesAt(context, meter, layer.value, on(some.map(({ to }) => to)));
    const points = await pointsAt(context, meter, layer.value, on(some.map(({ at }) => at)));
    for (const [k, { slope }] of points.entries()) {
      const end = ends[k] as Float32Array;
      for (let i = 0; i < elements.length; i += 1)
        elements[i] =
          (elements[i] as number) +
          ((slope[i] as number) * ((end[i] as number) - (before[i] as number))) / context.baselines.length;
      before = end;
    }
    done += some.length;
  }
}

/** Conductance of every input through some units: (x − x′) ⊙ ∫ of the slopes that pass through them. */
async function conductanceThrough(
  context: MethodContext,
  meter: Meter,
  units: readonly number[],
  slice: Slice,
  dims: readonly number[],
  nodes: readonly Interval[],
): Promise<Record<Value, Float64Array>> {
  const layout = layoutOf(slice, dims);
  const sums: Record<Value, Float64Array> = {};
  for (const baseline of context.baselines)
    for (const { at, from, to } of nodes) {
      const point = pointOnLine(context, baseline, at);
      const slopes = await slopesThrough(context, meter, slice, layout, dims, units, point);
      for (const [entry, products] of Object.entries(timesInput(context, slopes, baseline.entries))) {
        const sum = (sums[entry] ??= new Float64Array(products.length));
        for (let i = 0; i < sum.length; i += 1)
          sum[i] = (sum[i] as number) + ((to - from) * (products[i] as number)) / context.baselines.length;
      }
    }
  return sums;
}
