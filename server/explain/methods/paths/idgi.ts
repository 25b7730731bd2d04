import { pathReport } from '../../curve';
import { meanOf, outcome, zeroElements } from '../../outcome';
import type { Elements } from '../../outcome';
import { numberParameter } from '../../parameters';
import { station } from '../../path';
import type { Station } from '../../path';
import { placesOf } from '../../places';
import { chunks, newMeter } from '../../runs';
import type { Gradients } from '../../runs';
import { onLine, slopesAt } from '../../slopes';
import type { Method, MethodContext } from '../../types';
import { needsGradient } from '../unfit';
import { tooCoarse } from './warnings';

/**
 * Important direction gradient integration (Yang, Wang, Bilgic 2023): every step of the straight line hands out
 * exactly the change of the score, in proportion to the squared gradient at the step's start:
 * `R_i = Σ_j g_ij² (S(x_{j+1}) − S(x_j)) / Σ_k g_kj²`. Several baselines are averaged.
 */
export const idgi: Method = {
  info: {
    id: 'idgi',
    name: 'IDGI',
    family: 'path',
    formula: 'R_i = Σ_j g_i(x_j)² / ‖g(x_j)‖² · (S(x_{j+1}) − S(x_j)),  x_j = x′ + j/m · (x − x′)',
    means:
      'Who moved the score at each step from the baseline to the sample, judged by the slopes alone: the part of a step that leaves the score unchanged hands out nothing.',
    needs: 'A differentiable model and a baseline that means “nothing” to it.',
    misleads:
      'How far an input moved does not count, so inputs equal to their baseline are blamed too. Relevance of one step has one sign for all inputs. It measures with the squared gradient, so rescaling an input (metres to millimetres) changes the answer.',
    axioms: ['completeness', 'implementation invariance', 'sensitivity (b)'],
    cost: '64 forward + 64 backward',
    papers: ['Yang, Wang, Bilgic 2023, arXiv:2303.14242'],
    usesBaseline: true,
    parameters: [
      { name: 'steps', type: 'integer', default: 64, minimum: 1, maximum: 10000, description: 'Steps of the line, m' },
    ],
  },
  batches: true,
  exports: { because: 'it weighs gradients along a path by the score’s steps' },
  unfit: needsGradient,
  async run(context) {
    const meter = newMeter();
    const steps = numberParameter(context.parameters, 'steps');
    const { baselines } = context;
    const elements = zeroElements(context);
    const moves = movable(context);
    const paths: Station[][] = [];
    const alphas = Array.from({ length: steps }, (_, j) => j / steps);
    for (const [index, baseline] of baselines.entries()) {
      const path: Station[] = [];
      // A step's share is known once the score after it is.
      let open: { readonly gradient: Gradients; readonly score: number } | null = null;
      const arrive = (at: Station): void => {
        if (open !== null) share(elements, moves, open.gradient, (at.score - open.score) / baselines.length);
        path.push(at);
      };
      for (const chunk of chunks(alphas, context.chunk)) {
        context.progress(index * steps + path.length, baselines.length * steps, 'Walking to the sample');
        const points = chunk.map((alpha) => onLine(context, baseline.entries, alpha));
        for (const [k, { gradient, logits }] of (await slopesAt(context, meter, points)).entries()) {
          const at = station(context, chunk[k] as number, logits);
          arrive(at);
          open = { gradient, score: at.score };
        }
      }
      arrive(station(context, 1, context.sample.logits));
      paths.push(path);
    }
    const baselineScore = meanOf(paths.map((path) => (path[0] as Station).score));
    const result = outcome(context, meter, elements, { baselineScore, path: pathReport(paths, []) });
    return {
      ...result,
      warnings: [...result.warnings, ...tooCoarse(result.accounting, `${4 * steps} steps`, { steps: 4 * steps })],
    };
  },
};

type Moves = Readonly<Record<string, Uint8Array>>;

/** Special tokens and elements of no feature stand still on every path: they get nothing. */
function movable({ entries, sample }: MethodContext): Moves {
  const places = placesOf(entries, sample);
  return Object.fromEntries(
    Object.entries(places).map(([entry, place]) => [
      entry,
      Uint8Array.from(place, (feature) => (feature >= 0 && !sample.fixed.has(feature) ? 1 : 0)),
    ]),
  );
}

/** Adds g² / ‖g‖² · amount; nothing where the slope is 0, which the residual shows. */
function share(elements: Elements, moves: Moves, gradient: Gradients, amount: number): void {
  const square = (entry: string, i: number): number => (moves[entry]?.[i] ?? 0) * (gradient[entry]?.[i] ?? 0) ** 2;
  let norm = 0;
  for (const [entry, sum] of Object.entries(elements)) for (let i = 0; i < sum.length; i += 1) norm += square(entry, i);
  if (norm === 0) return;
  for (const [entry, sum] of Object.entries(elements))
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] as number) + (square(entry, i) * amount) / norm;
}
