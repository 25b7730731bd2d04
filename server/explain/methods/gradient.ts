import { accounting } from '../accounting';
import { placesOf } from '../places';
import { magnitudes, pooling } from '../pooling';
import { gradientRows, newMeter } from '../runs';
import type { Gradients } from '../runs';
import { scoreOf } from '../scores';
import type { Method, MethodContext } from '../types';
import { fixedShare, saturated } from '../warnings';
import { floats } from '../rows';
import { needsGradient } from './unfit';

/**
 * Sensitivity of the score: `R_i = ∂S/∂x_i`, summed over channels or embedding dimensions with its sign
 * (Baehrens et al. 2010; Simonyan et al. 2013).
 */
export const gradient: Method = {
  info: {
    id: 'gradient',
    name: 'Gradient',
    family: 'gradient',
    formula: 'R_i = ∂S/∂x_i',
    means: 'How fast the score would change if this input were nudged. It explains the slope, not the value.',
    needs: 'A differentiable model; no baseline.',
    misleads:
      'Where the score is flat (saturated) the gradient is near zero although the input matters; on deep networks it is noisy; the sign says which way to move, not whether the input speaks for the class.',
    axioms: ['sensitivity (b)', 'linearity', 'symmetry', 'implementation invariance'],
    cost: '1 forward + 1 backward',
    papers: ['Baehrens et al. 2010', 'Simonyan, Vedaldi, Zisserman 2013, arXiv:1312.6034'],
    usesBaseline: false,
    parameters: [
      {
        name: 'absolute',
        type: 'boolean',
        default: false,
        description: 'Show |R_i|, taken after summing over channels or embedding dimensions',
      },
    ],
  },
  batches: false,
  exports: 'relevance',
  unfit: needsGradient,
  async run(context) {
    const meter = newMeter();
    const gradients = await gradientAt(context, meter);
    const places = placesOf(context.entries, context.sample);
    const pool = pooling(places, context.sample.count);
    pool.add(gradients);
    const features = pool.features();
    const absolute = context.parameters['absolute'] === true;
    const relevance = Float32Array.from(absolute ? features.map(Math.abs) : features);
    const score = scoreOf(context.target, context.sample.logits, context.model.output);
    return {
      relevance,
      ...magnitudes(gradients, places, context.sample),
      accounting: accounting({
        relevance,
        sum: absolute ? relevance.reduce((sum, value) => sum + value, 0) : pool.sum,
        score,
        evaluations: meter.evaluations,
      }),
      path: null,
      warnings: [...fixedShare(relevance, context.sample.fixed), ...flatProbability(context, gradients, score)],
      modelMilliseconds: meter.milliseconds,
      programKey: meter.programKey,
    };
  },
};

/** ∂S/∂x at the sample. */
export async function gradientAt(context: MethodContext, meter = newMeter()): Promise<Gradients> {
  const [gradients] = await gradientRows(context, meter, [context.sample.entries]);
  return gradients as Gradients;
}

/** A probability is flat where the model is sure; then even a plain gradient deserves the hint. */
export function flatProbability(
  context: MethodContext,
  gradients: Gradients,
  score: number,
): ReturnType<typeof saturated> {
  if (context.target.head !== 'probability') return [];
  let sum = 0;
  for (const { value } of context.entries) {
    const [x, g] = [floats(context.sample.entries[value], value), gradients[value] as Float32Array];
    for (let i = 0; i < x.length; i += 1) sum += (x[i] as number) * (g[i] as number);
  }
  return saturated(sum, score);
}
