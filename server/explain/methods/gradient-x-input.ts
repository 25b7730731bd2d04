import { accounting } from '../accounting';
import { placesOf } from '../places';
import { magnitudes, pooling } from '../pooling';
import { floats } from '../rows';
import { newMeter } from '../runs';
import { scoreOf } from '../scores';
import type { Method } from '../types';
import { cancelling, fixedShare, saturated } from '../warnings';
import { gradientAt } from './gradient';
import { needsGradient } from './unfit';

/**
 * First-order share of the score: `R_i = (x_i − x′_i) · ∂S/∂x_i`; without a baseline x′ = 0 (Shrikumar et al. 2016).
 * Several baselines are averaged. Equals LRP-0 on ReLU and max-pooling networks without biases (x′ = 0).
 */
export const gradientXInput: Method = {
  info: {
    id: 'gradient-x-input',
    name: 'Gradient × input',
    family: 'gradient',
    formula: 'R_i = (x_i − x′_i) · ∂S/∂x_i',
    means:
      'What each input contributes if the score were the straight line it looks like from here, compared with the baseline.',
    needs: 'A differentiable model; a baseline says what “no input” is.',
    misleads:
      'Where the score is saturated the sum is far from the score (the accounting shows it, integrated gradients repair it); inputs equal to the baseline get exactly nothing.',
    axioms: [
      'linearity',
      'symmetry',
      'sensitivity (b)',
      'implementation invariance',
      'completeness (only where S is linear)',
    ],
    cost: '1 forward + 1 backward',
    papers: ['Shrikumar et al. 2016, arXiv:1605.01713'],
    usesBaseline: true,
    // x ⊙ g itself; any other baseline is (x − x′) ⊙ g.
    defaultBaseline: 'zero',
    parameters: [],
  },
  batches: false,
  exports: 'relevance',
  unfit: needsGradient,
  async run(context) {
    const { sample, entries, target, model, baselines } = context;
    const meter = newMeter();
    const gradients = await gradientAt(context, meter);
    const places = placesOf(entries, sample);
    const count = Math.max(baselines.length, 1);
    // (x − mean of the baselines) ⊙ g: linear in x′, so the mean is taken first.
    const products = Object.fromEntries(
      entries.map(({ value }) => {
        const x = floats(sample.entries[value], value);
        const from = baselines.map((baseline) => floats(baseline.entries[value], value));
        const g = gradients[value] as Float32Array;
        const mean = (i: number): number => from.reduce((sum, point) => sum + (point[i] as number), 0) / count;
        return [value, g.map((slope, i) => slope * ((x[i] as number) - mean(i)))];
      }),
    );
    const pool = pooling(places, sample.count);
    pool.add(products);
    const relevance = Float32Array.from(pool.features());
    const score = scoreOf(target, sample.logits, model.output);
    const baselineScore =
      baselines.length === 0
        ? undefined
        : baselines.reduce((sum, point) => sum + scoreOf(target, point.logits, model.output), 0) / count;
    const expected = score - (baselineScore ?? 0);
    const balance = accounting({
      relevance,
      sum: pool.sum,
      score,
      baselineScore,
      expected,
      evaluations: meter.evaluations,
    });
    return {
      relevance,
      ...magnitudes(products, places, sample),
      accounting: balance,
      path: null,
      warnings: [...saturated(pool.sum, expected), ...cancelling(balance), ...fixedShare(relevance, sample.fixed)],
      modelMilliseconds: meter.milliseconds,
      programKey: meter.programKey,
    };
  },
};
