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

/** RISE (Petsiuk, Das, Saenko 2018): the mean of random soft masks, each weighted with the score it leaves. */
export const rise: Method = {
  info: {
    id: 'rise',
    name: 'RISE',
    family: 'perturbation',
    formula: 'R = Σ_k S(x′ + M_k ⊙ (x − x′)) M_k / (N p),  M_k enlarged 8 × 8 grids of coin tosses, p = ½',
    means: 'How high the score is on average where this pixel is seen through a random mask.',
    needs:
      'A picture; forward passes only, so it works for every model that runs; a baseline to see where the mask is shut.',
    misleads:
      'Every pixel gets about the mean score: what counts is how it differs, and with few masks the errors (listed) are as large. Nothing finer than an eighth of the side is told apart. The paper explains the probability.',
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
        description: 'Take away the mean score over all masks, so that 0 is a pixel that makes no difference',
      },
      { name: 'seed', type: 'integer', default: 0, description: 'Seed of the masks' },
    ],
  },
  batches: true,
  exports: 'forward',
  unfit: (model) => notPictures(model, 'only pictures can be seen through a mask: use occlusion'),
  async run(context) {
    const { sample, target, model, parameters, baselines } = context;
    const baseline = baselines[0];
    if (sample.grid === null || baseline === undefined)
      throw new UserError('method-unfit', 'RISE explains pictures only', { next: 'use occlusion' });
    const meter = newMeter();
    const grid = sample.grid;
    const count = numberParameter(parameters, 'masks');
    const next = uniform(numberParameter(parameters, 'seed'));
    const seen = blender(context, baseline);
    const sums = new Float64Array(sample.count);
    const squares = new Float64Array(sample.count);
    const totals = new Float64Array(sample.count);
    const all: number[] = [];
    const plain = context.entries.every(({ input, value }) => input === value);
    for (const numbers of chunks(
      Array.from({ length: count }, (_, i) => i),
      context.chunk,
    )) {
      context.progress(numbers[0] as number, count, 'Looking through masks');
      const masks = numbers.map(() => softMask(grid, next));
      const logits = await forwardRows(context, meter, masks.map(seen), !plain);
      masks.forEach((mask, row) => {
        const score = scoreOf(target, logits[row] as Float32Array, model.output);
        all.push(score);
        for (let pixel = 0; pixel < sums.length; pixel += 1) {
          const value = mask[pixel] as number;
          sums[pixel] = (sums[pixel] as number) + score * value;
          squares[pixel] = (squares[pixel] as number) + (score * value) ** 2;
          totals[pixel] = (totals[pixel] as number) + value;
        }
      });
    }
    const mean = parameters['centre'] === true ? all.reduce((sum, score) => sum + score, 0) / count : 0;
    const values = sums.map((sum, pixel) => (sum - mean * (totals[pixel] as number)) / (count * SEEN));
    const errors = squares.map((square, pixel) => {
      const average = (sums[pixel] as number) / count;
      return Math.sqrt(Math.max(0, square / count - average * average) / (count - 1)) / SEEN;
    });
    return found(context, meter, {
      pieces: Array.from(values, (_, pixel) => [pixel]),
      values,
      errors,
      score: scoreOf(target, sample.logits, model.output),
      baselineScore: scoreOf(target, baseline.logits, model.output),
      warnings: [],
    });
  },
};

/** x′ + M ⊙ (x − x′) at the entries. */
function blender(context: MethodContext, baseline: Point): (mask: Float64Array) => Record<Value, Tensor> {
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
