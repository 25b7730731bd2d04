import { UserError } from '../../../errors';
import type { Tensor, Value } from '../../../graph/types';
import { f32 } from '../../../graph/tensor';
import { uniform } from '../../../random';
import { numberParameter } from '../../parameters';
import { softMask } from '../../perturbation/soft-masks';
import { placesOf } from '../../places';
import { floats } from '../../rows';
import { chunks, forwardRows, newMeter, tensorOf } from '../../runs';
import { scoreOf } from '../../scores';
import type { Method, MethodContext, Point } from '../../types';
import { found } from '../../perturbation/result';
import { notPictures } from '../unfit';

/** On average half of the picture is seen. */
const SEEN = 0.5;

/**
 * RISE (Petsiuk, Das, Saenko 2018): the mean of random soft masks, each weighted with the score it leaves. Several
 * baselines take turns.
 */
export const rise: Method = {
  info: {
    id: 'rise',
    name: 'RISE',
    family: 'perturbation',
    formula:
      'R = Σ_k (S_k − S̄) M_k / (N p),  S_k = S(x′ + M_k ⊙ (x − x′)),  M_k enlarged 8 × 8 grids of coin tosses, p = ½',
    means: 'How much higher than on average the score is where this pixel is seen through a random mask.',
    needs:
      'A picture; forward passes only, so it works for every model that runs; a baseline to see where the mask is shut.',
    misleads:
      'With few masks the errors (listed) are as large as the values. Nothing finer than an eighth of the side is told apart. The paper explains the probability, and leaves the mean score S̄ in (centre=false): every pixel then has about that.',
    axioms: ['linearity', 'implementation invariance'],
    cost: '4000 forward',
    papers: ['Petsiuk, Das, Saenko 2018, arXiv:1806.07421'],
    usesBaseline: true,
    parameters: [
      {
        name: 'masks',
        type: 'integer',
        default: 4000,
        minimum: 2,
        maximum: 1_000_000,
        description: 'Number of masks, N',
      },
      {
        name: 'centre',
        type: 'boolean',
        default: true,
        description: 'Take away the mean score over all masks, S̄, so that 0 is a pixel that makes no difference',
      },
      { name: 'seed', type: 'integer', default: 0, description: 'Seed of the masks' },
    ],
  },
  batches: true,
  exports: 'forward',
  unfit: (model) => notPictures(model, 'only pictures can be seen through a mask: use occlusion'),
  async run(context) {
    const { sample, target, model, parameters, baselines } = context;
    if (sample.grid === null || baselines.length === 0)
      throw new UserError('method-unfit', 'RISE explains pictures only', { next: 'use occlusion' });
    const meter = newMeter();
    const grid = sample.grid;
    const count = numberParameter(parameters, 'masks');
    const next = uniform(numberParameter(parameters, 'seed'));
    const blends = baselines.map((baseline) => blender(context, baseline));
    // Per pixel, over masks m and their scores s.
    const sum = {
      m: sumsOf(sample),
      mm: sumsOf(sample),
      sm: sumsOf(sample),
      smm: sumsOf(sample),
      ssmm: sumsOf(sample),
    };
    let total = 0;
    const plain = context.entries.every(({ input, value }) => input === value);
    for (const numbers of chunks(
      Array.from({ length: count }, (_, i) => i),
      context.chunk,
    )) {
      context.progress(numbers[0] as number, count, 'Looking through masks');
      const masks = numbers.map(() => softMask(grid, next));
      const rows = masks.map((mask, row) => (blends[(numbers[row] as number) % blends.length] as Blend)(mask));
      const logits = await forwardRows(context, meter, rows, !plain);
      masks.forEach((mask, row) => {
        const score = scoreOf(target, logits[row] as Float32Array, model.output);
        total += score;
        for (let pixel = 0; pixel < sample.count; pixel += 1) {
          const m = mask[pixel] as number;
          const sm = score * m;
          sum.m[pixel] = (sum.m[pixel] as number) + m;
          sum.mm[pixel] = (sum.mm[pixel] as number) + m * m;
          sum.sm[pixel] = (sum.sm[pixel] as number) + sm;
          sum.smm[pixel] = (sum.smm[pixel] as number) + sm * m;
          sum.ssmm[pixel] = (sum.ssmm[pixel] as number) + sm * sm;
        }
      });
    }
    const mean = parameters['centre'] === true ? total / count : 0;
    const values = sum.sm.map((value, pixel) => (value - mean * (sum.m[pixel] as number)) / (count * SEEN));
    // Of the mean of (s − S̄) m, whose squares are s² m² − 2 S̄ s m² + S̄² m².
    const errors = values.map((value, pixel) => {
      const [ssmm, smm, mm] = [sum.ssmm[pixel], sum.smm[pixel], sum.mm[pixel]] as [number, number, number];
      const square = (ssmm - 2 * mean * smm + mean * mean * mm) / count;
      return Math.sqrt(Math.max(0, square - (value * SEEN) ** 2) / (count - 1)) / SEEN;
    });
    return found(context, meter, {
      pieces: Array.from(values, (_, pixel) => [pixel]),
      values,
      errors,
      score: scoreOf(target, sample.logits, model.output),
      baselineScore:
        baselines.reduce((sum, { logits }) => sum + scoreOf(target, logits, model.output), 0) / baselines.length,
      warnings: [],
    });
  },
};

const sumsOf = ({ count }: MethodContext['sample']): Float64Array => new Float64Array(count);

type Blend = (mask: Float64Array) => Record<Value, Tensor>;

/** x′ + M ⊙ (x − x′) at the entries. */
function blender(context: MethodContext, baseline: Point): Blend {
  const { sample, entries } = context;
  const places = placesOf(entries, sample);
  return (mask) =>
    Object.fromEntries(
      entries.map(({ value }) => {
        const [x, other] = [floats(sample.entries[value], value), floats(baseline.entries[value], value)];
        const place = places[value] ?? new Int32Array(0);
        const data = x.map((own, element) => {
          const pixel = place[element] ?? -1;
          const from = other[element] as number;
          return pixel < 0 ? own : from + (mask[pixel] as number) * (own - from);
        });
        return [value, f32(data, tensorOf(sample.entries, value).dims)];
      }),
    );
}
