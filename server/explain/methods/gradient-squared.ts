import { accounting } from '../accounting';
import { placesOf } from '../places';
import { pooling } from '../pooling';
import { newMeter } from '../runs';
import { scoreOf } from '../scores';
import type { Method } from '../types';
import { fixedShare } from '../warnings';
import { flatProbability, gradientAt } from './gradient';
import { needsGradient } from './unfit';

/**
 * Sensitivity without sign: `R_i = (∂S/∂x_i)²`, squared before channels or embedding dimensions are summed, so that
 * `Σ R = ‖∇S‖²` (Gevrey et al. 2003; Montavon et al. 2018).
 */
export const gradientSquared: Method = {
  info: {
    id: 'gradient-squared',
    name: 'Gradient²',
    family: 'gradient',
    formula: 'R_i = (∂S/∂x_i)²',
    means:
      'Where the score is most sensitive, whatever the direction. All values add up to the squared length of the gradient.',
    needs: 'A differentiable model; no baseline.',
    misleads: 'Says nothing about the sign, and like every local slope is near zero where the score is saturated.',
    axioms: ['sensitivity (b)', 'symmetry', 'implementation invariance'],
    cost: '1 forward + 1 backward',
    papers: ['Gevrey, Dimopoulos, Lek 2003', 'Montavon, Samek, Müller 2018, doi:10.1016/j.dsp.2017.10.011'],
    usesBaseline: false,
    parameters: [],
  },
  batches: false,
  exports: 'relevance',
  unfit: needsGradient,
  async run(context) {
    const meter = newMeter();
    const gradients = await gradientAt(context, meter);
    const pool = pooling(placesOf(context.entries, context.sample), context.sample.count);
    pool.add(
      Object.fromEntries(
        Object.entries(gradients).map(([entry, values]) => [entry, values.map((value) => value * value)]),
      ),
    );
    const relevance = Float32Array.from(pool.features());
    const score = scoreOf(context.target, context.sample.logits, context.model.output);
    return {
      relevance,
      accounting: accounting({ relevance, sum: pool.sum, score, evaluations: meter.evaluations }),
      path: null,
      warnings: [...fixedShare(relevance, context.sample.fixed), ...flatProbability(context, gradients, score)],
      modelMilliseconds: meter.milliseconds,
      programKey: meter.programKey,
    };
  },
};
