import type { Value } from '../../../graph/types';
import { pathReport } from '../../curve';
import { meanOf, outcome, zeroElements } from '../../outcome';
import { numberParameter } from '../../parameters';
import { station } from '../../path';
import type { Station } from '../../path';
import { floats } from '../../rows';
import { chunks, newMeter } from '../../runs';
import { mapEntries, slopesAt } from '../../slopes';
import type { Slope } from '../../slopes';
import type { Method, MethodContext, Point } from '../../types';
import { needsGradient } from '../unfit';
import { guidedWalk } from './guided-walk';
import type { Walk } from './guided-walk';
import { tooCoarse } from './warnings';

/**
 * Guided integrated gradients (Kapishnikov et al. 2021): `R = Σ_t ∇S(x_t) ⊙ (x_{t+1} − x_t)` on a path that first
 * moves the elements with the smallest slopes, so that noise is crossed where it counts least. Sequential: every
 * step waits for the one before. Several baselines walk side by side and are averaged.
 */
export const guidedIg: Method = {
  info: {
    id: 'guided-ig',
    name: 'Guided integrated gradients',
    family: 'path',
    formula: 'R = Σ_t ∇S(x_t) ⊙ (x_{t+1} − x_t),  x_{t+1}: the fraction with the smallest |∇S| moves first',
    means: 'How the score difference to the baseline is shared out along a path that avoids steep, noisy stretches.',
    needs: 'A differentiable model and a baseline that means “nothing” to it. Steps run one after another.',
    misleads:
      'The path depends on the model, so two models are explained along different paths; small pieces of the path are outside what the model was trained on. Coarse steps leave a residual.',
    axioms: ['completeness (up to the residual)', 'sensitivity (b)', 'symmetry'],
    cost: '200 forward + 200 backward, one after another',
    papers: ['Kapishnikov et al. 2021, arXiv:2106.09788'],
    usesBaseline: true,
    parameters: [
      { name: 'steps', type: 'integer', default: 200, minimum: 1, maximum: 10000, description: 'Steps of the path, T' },
      {
        name: 'fraction',
        type: 'number',
        default: 0.25,
        minimum: 0,
        maximum: 1,
        description: 'Share of the elements that moves at a time, those with the smallest slopes',
      },
      {
        name: 'distance',
        type: 'number',
        default: 0.02,
        minimum: 0,
        maximum: 1,
        description: 'How far from the straight line an element may be, as a share of its way',
      },
    ],
  },
  batches: true,
  exports: { because: 'every step of its path depends on the gradient at the one before' },
  unfit: needsGradient,
  async run(context) {
    const meter = newMeter();
    const { baselines, parameters } = context;
    const steps = numberParameter(parameters, 'steps');
    const options = {
      steps,
      fraction: numberParameter(parameters, 'fraction'),
      distance: numberParameter(parameters, 'distance'),
    };
    const elements = zeroElements(context);
    const paths: Station[][] = baselines.map(() => []);
    const walkers = baselines.map((baseline, index) => walker(context, baseline.entries, options, index));
    for (let step = 0; step < steps; step += 1) {
      context.progress(step, steps, 'Walking to the sample');
      for (const chunk of chunks(walkers, context.chunk)) {
        const slopes = await slopesAt(
          context,
          meter,
          chunk.map((one) => one.point()),
        );
        for (const [k, one] of chunk.entries()) {
          const slope = slopes[k] as Slope;
          paths[one.index]?.push(station(context, step / steps, slope.logits));
          one.advance(slope, elements, 1 / baselines.length);
        }
      }
    }
    for (const path of paths) path.push(station(context, 1, context.sample.logits));
    const baselineScore = meanOf(paths.map((path) => (path[0] as Station).score));
    const result = outcome(context, meter, elements, { baselineScore, path: pathReport(paths, []) });
    return {
      ...result,
      warnings: [...result.warnings, ...tooCoarse(result.accounting, `${4 * steps} steps`, { steps: 4 * steps })],
    };
  },
};

interface Walker {
  readonly index: number;
  point(): Point['entries'];
  advance(slope: Slope, elements: Readonly<Record<Value, Float64Array>>, factor: number): void;
}

/** Walks from one baseline; all entries lie end to end in one vector. */
function walker(
  context: MethodContext,
  from: Point['entries'],
  options: Parameters<typeof guidedWalk>[1],
  index: number,
): Walker {
  const { sample, entries } = context;
  const start = join(entries.map(({ value }) => floats(from[value], value)));
  const way = join(entries.map(({ value }) => floats(sample.entries[value], value))).map(
    (x, i) => x - (start[i] as number),
  );
  const offsets = new Map<Value, number>();
  let size = 0;
  for (const { value } of entries) {
    offsets.set(value, size);
    size += floats(sample.entries[value], value).length;
  }
  const offset = (value: Value): number => offsets.get(value) as number;
  const walk: Walk = guidedWalk(way.map(Math.abs), options);
  return {
    index,
    point: () =>
      mapEntries(context, (value, i) => {
        const at = offset(value) + i;
        return (start[at] as number) + (walk.places[at] as number) * (way[at] as number);
      }),
    advance({ gradient }, elements, factor) {
      const slopes = join(entries.map(({ value }) => gradient[value] as Float32Array));
      const moved = walk.step(slopes);
      for (const [value, sum] of Object.entries(elements))
        for (let i = 0; i < sum.length; i += 1) {
          const at = offset(value) + i;
          const change = (moved[at] as number) * (way[at] as number);
          sum[i] = (sum[i] as number) + factor * (slopes[at] as number) * change;
        }
    },
  };
}

function join(parts: readonly Float32Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
