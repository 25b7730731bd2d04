import { accounting } from '../accounting';
import { f32 } from '../../graph/tensor';
import type { Tensor, Value } from '../../graph/types';
import { placesOf } from '../places';
import type { Places } from '../places';
import { magnitudes, pooling } from '../pooling';
import { numberParameter } from '../parameters';
import { gaussian } from '../../random';
import { floats } from '../rows';
import { chunks, gradientRows, newMeter } from '../runs';
import { scoreOf } from '../scores';
import type { Method, MethodContext } from '../types';
import { fixedShare } from '../warnings';
import { needsGradient } from './unfit';

/**
 * Gradient averaged over noisy copies of the sample (Smilkov et al. 2017), or its mean square, or its variance
 * (Adebayo et al. 2018). Noise is normal with σ = `noise` · (max − min of the sample's own values), added where
 * relevance is measured (for text: on embeddings); special tokens get none.
 */
export const smoothgrad: Method = {
  info: {
    id: 'smoothgrad',
    name: 'SmoothGrad',
    family: 'gradient',
    formula: 'R_i = 1/n · Σ_k ∂S/∂x_i(x + ε_k),  ε_k ~ N(0, σ²)',
    means:
      'The slope of the score averaged over a neighbourhood of the sample; noise that flips from point to point cancels.',
    needs: 'A differentiable model; no baseline; a seed (fixed unless given).',
    misleads:
      'It explains noisy copies the model was never trained on, not only this sample; σ decides how much is blurred away; saturation stays.',
    axioms: ['linearity', 'sensitivity (b)', 'implementation invariance'],
    cost: 'n forward + n backward (n = 50)',
    papers: ['Smilkov et al. 2017, arXiv:1706.03825', 'Adebayo et al. 2018, arXiv:1810.03307'],
    usesBaseline: false,
    parameters: [
      {
        name: 'variant',
        type: 'choice',
        default: 'mean',
        choices: ['mean', 'squared', 'variance'],
        description: 'Mean of the gradients, mean of their squares (SmoothGrad²), or their variance (VarGrad)',
      },
      { name: 'samples', type: 'integer', default: 50, minimum: 1, maximum: 10000, description: 'Noisy copies, n' },
      {
        name: 'noise',
        type: 'number',
        default: 0.15,
        minimum: 0,
        maximum: 10,
        description: 'σ as a share of the range (max − min) of the sample’s values',
      },
      { name: 'seed', type: 'integer', default: 0, description: 'Seed of the noise' },
    ],
  },
  batches: true,
  exports: 'relevance',
  unfit: needsGradient,
  async run(context) {
    const { sample, entries, parameters } = context;
    const meter = newMeter();
    const places = placesOf(entries, sample);
    const samples = numberParameter(parameters, 'samples');
    const sums = zeros(context);
    const squares = zeros(context);
    const draw = noisyCopies(context, places);
    let done = 0;
    for (const chunk of chunks(Array.from({ length: samples }), context.chunk)) {
      context.progress(done, samples, 'Noisy copies');
      for (const row of await gradientRows(context, meter, chunk.map(draw)))
        for (const { value } of entries) accumulate(sums, squares, value, row[value] as Float32Array);
      done += chunk.length;
    }
    const pool = pooling(places, sample.count);
    const combined = combine(String(parameters['variant']), sums, squares, samples);
    pool.add(combined);
    const relevance = Float32Array.from(pool.features());
    const score = scoreOf(context.target, sample.logits, context.model.output);
    return {
      relevance,
      ...magnitudes(combined, places, sample),
      accounting: accounting({ relevance, sum: pool.sum, score, evaluations: meter.evaluations }),
      path: null,
      warnings: fixedShare(relevance, sample.fixed),
      modelMilliseconds: meter.milliseconds,
      programKey: meter.programKey,
    };
  },
};

type Sums = Record<Value, Float64Array>;

const zeros = (context: MethodContext): Sums =>
  Object.fromEntries(
    context.entries.map(({ value }) => [value, new Float64Array(floats(context.sample.entries[value], value).length)]),
  );

function accumulate(sums: Sums, squares: Sums, value: Value, row: Float32Array): void {
  const [sum, square] = [sums[value] as Float64Array, squares[value] as Float64Array];
  for (let i = 0; i < row.length; i += 1) {
    const g = row[i] as number;
    sum[i] = (sum[i] as number) + g;
    square[i] = (square[i] as number) + g * g;
  }
}

/** Statistic per element, before anything is summed over channels. Variance is that of the n copies themselves. */
function combine(variant: string, sums: Sums, squares: Sums, n: number): Sums {
  const statistic: (sum: number, square: number) => number =
    variant === 'mean'
      ? (sum) => sum / n
      : variant === 'squared'
        ? (_, square) => square / n
        : (sum, square) => Math.max(0, square / n - (sum / n) ** 2);
  return Object.fromEntries(
    Object.entries(sums).map(([entry, sum]) => {
      const square = squares[entry] as Float64Array;
      return [entry, sum.map((value, i) => statistic(value, square[i] as number))];
    }),
  );
}

/** Makes one noisy copy of the sample after another. */
function noisyCopies(context: MethodContext, places: Places): () => Record<Value, Tensor> {
  const normal = gaussian(numberParameter(context.parameters, 'seed'));
  const share = numberParameter(context.parameters, 'noise');
  const { sample } = context;
  const sources = context.entries.map(({ value }) => {
    const tensor = sample.entries[value] as Tensor;
    const x = floats(tensor, value);
    let [low, high] = [Infinity, -Infinity];
    for (const item of x) [low, high] = [Math.min(low, item), Math.max(high, item)];
    return { value, dims: tensor.dims, x, place: places[value] as Int32Array, sigma: share * (high - low) };
  });
  return () =>
    Object.fromEntries(
      sources.map(({ value, dims, x, place, sigma }) => [
        value,
        f32(
          x.map((item, i) => {
            const feature = place[i] as number;
            return feature < 0 || sample.fixed.has(feature) ? item : item + sigma * normal();
          }),
          dims,
        ),
      ]),
    );
}
