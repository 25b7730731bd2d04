import { UserError } from '../../../errors';
import { f32 } from '../../../graph/tensor';
import type { Tensor, Value } from '../../../graph/types';
import { pathReport } from '../../curve';
import { outcome, zeroElements } from '../../outcome';
import { numberParameter } from '../../parameters';
import { station } from '../../path';
import type { Station } from '../../path';
import { placesOf } from '../../places';
import { floats } from '../../rows';
import { chunks, forwardRows, newMeter, tensorOf } from '../../runs';
import { slopesAt } from '../../slopes';
import type { Method, MethodContext } from '../../types';
import { needsGradient, notPictures } from '../unfit';
import { blurring } from './gaussian-blur';
import type { Blur } from './gaussian-blur';
import { tooCoarse } from './warnings';

/**
 * Blur integrated gradients (Xu, Venugopalan, Sundararajan 2020): the path runs from the blurred picture to the sharp
 * one, `x_j = G_{σ_j} * x` with σ from `sigma` down to 0 in equal steps;
 * `R = Σ_j ∇S(x_{j+½}) ⊙ (x_{j+1} − x_j)`, x_{j+½} the blur at the middle of a step. No baseline is chosen.
 */
export const blurIg: Method = {
  info: {
    id: 'blur-ig',
    name: 'Blur integrated gradients',
    family: 'path',
    formula: 'R = Σ_j ∇S(x_{j+½}) ⊙ (x_{j+1} − x_j),  x_j = G_{σ_j} ∗ x,  σ from 50 to 0',
    means:
      'Which detail, as the picture comes into focus, makes the score: no part of the path adds features of its own.',
    needs: 'A differentiable model of pictures. No baseline: the blurred picture takes its place.',
    misleads:
      'What a blur does not change (flat areas, overall colour) gets nothing. The sum is the difference to the blurred picture, which may itself be evidence for the class.',
    axioms: ['completeness (up to the residual)', 'sensitivity (b)', 'linearity', 'implementation invariance'],
    cost: '101 forward + 100 backward',
    papers: ['Xu, Venugopalan, Sundararajan 2020, arXiv:2004.03383'],
    usesBaseline: false,
    parameters: [
      {
        name: 'sigma',
        type: 'number',
        default: 0,
        minimum: 0,
        maximum: 1000,
        description:
          'Widest blur, in pixels of the model’s picture; 0: 50, or a quarter of the longer side where that is less (most of the path would be spent on a flat picture)',
      },
      {
        name: 'steps',
        type: 'integer',
        default: 100,
        minimum: 1,
        maximum: 10000,
        description: 'Steps from blurred to sharp',
      },
    ],
  },
  batches: true,
  exports: { because: 'its path is made of blurred pictures' },
  settle({ parameters, sample }) {
    const wish = numberParameter(parameters, 'sigma');
    const side = Math.max(sample.grid?.width ?? 0, sample.grid?.height ?? 0);
    return { ...parameters, sigma: wish > 0 ? wish : Math.min(50, Math.max(side, 1) / 4) };
  },
  unfit: (model) =>
    notPictures(model, 'only pictures can be blurred: use integrated gradients') ?? needsGradient(model),
  async run(context) {
    const { sample, entries, parameters } = context;
    if (sample.grid === null)
      throw new UserError('method-unfit', 'Blur integrated gradients explains pictures only', {
        next: 'use integrated gradients',
      });
    const meter = newMeter();
    const [widest, steps] = [numberParameter(parameters, 'sigma'), numberParameter(parameters, 'steps')];
    const blurs = blursOf(context, sample.grid);
    const blurred = (alpha: number): Record<Value, Float64Array> =>
      Object.fromEntries(blurs.map(([value, blur]) => [value, blur.at((1 - alpha) * widest)]));
    const tensors = (values: Readonly<Record<Value, Float64Array>>): Record<Value, Tensor> =>
      Object.fromEntries(
        entries.map(({ value }) => [value, f32(values[value] ?? [], tensorOf(sample.entries, value).dims)]),
      );
    let before = blurred(0);
    const plain = entries.every((entry) => entry.value === entry.input);
    const [first] = await forwardRows(context, meter, [tensors(before)], !plain);
    const path: Station[] = [station(context, 0, first as Float32Array)];
    const elements = zeroElements(context);
    for (const chunk of chunks(
      Array.from({ length: steps }, (_, j) => j),
      context.chunk,
    )) {
      context.progress(chunk[0] as number, steps, 'Bringing the picture into focus');
      const middles = chunk.map((j) => (j + 0.5) / steps);
      const slopes = await slopesAt(
        context,
        meter,
        middles.map((alpha) => tensors(blurred(alpha))),
      );
      for (const [k, { gradient, logits }] of slopes.entries()) {
        const after = blurred(((chunk[k] as number) + 1) / steps);
        for (const [entry, sum] of Object.entries(elements)) {
          const [from, to, g] = [before[entry], after[entry], gradient[entry]];
          for (let i = 0; i < sum.length; i += 1)
            sum[i] = (sum[i] as number) + (g?.[i] as number) * ((to?.[i] as number) - (from?.[i] as number));
        }
        before = after;
        path.push(station(context, middles[k] as number, logits));
      }
    }
    path.push(station(context, 1, sample.logits));
    const result = outcome(context, meter, elements, {
      baselineScore: (path[0] as Station).score,
      path: pathReport([path], []),
    });
    return {
      ...result,
      warnings: [...result.warnings, ...tooCoarse(result.accounting, `${4 * steps} steps`, { steps: 4 * steps })],
    };
  },
};

/** A blur per entry; elements of no pixel stay as they are. */
function blursOf(
  context: MethodContext,
  grid: { readonly width: number; readonly height: number },
): (readonly [Value, Blur])[] {
  const { sample, entries } = context;
  const places = placesOf(entries, sample);
  const pixels = grid.width * grid.height;
  return entries.map(({ value }) => {
    const planes: Int32Array[] = [];
    const seen = new Uint32Array(pixels);
    places[value]?.forEach((pixel, element) => {
      if (pixel < 0) return;
      const channel = seen[pixel] as number;
      seen[pixel] = channel + 1;
      const plane = planes[channel] ?? new Int32Array(pixels);
      planes[channel] = plane;
      plane[pixel] = element;
    });
    return [value, blurring(floats(sample.entries[value], value), planes, grid.width, grid.height)] as const;
  });
}
