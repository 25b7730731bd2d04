import type { Value } from '../../graph/types';
import { accounting } from '../accounting';
import { pathReport } from '../curve';
import { lineFrom, pooled } from '../path';
import type { Line, Station } from '../path';
import { numberParameter } from '../parameters';
import { placesOf } from '../places';
import { hasChannels, magnitudes } from '../pooling';
import type { Places } from '../places';
import { endpointMean, gaussLegendre, midpoint, placed, rightRiemann, trapezoid } from '../quadrature';
import type { Quadrature } from '../quadrature';
import { MOST_INTERVALS, probeInChunks, refine } from '../refine';
import type { Refined } from '../refine';
import { newMeter } from '../runs';
import { scoreOf } from '../scores';
import type { Attribution, Method, MethodContext } from '../types';
import { cancelling, fixedShare, incomplete } from '../warnings';
import { integratedGradientsInfo } from './integrated-gradients-info';
import { needsGradient } from './unfit';

/**
 * `R_i = (x_i − x′_i) ∫₀¹ ∂S/∂x_i(x′ + α(x − x′)) dα` (Sundararajan, Taly, Yan 2017). Several baselines are averaged.
 * The interpolation and the weighted sum happen inside the program; only sums, scores and chosen frames come back.
 */
export const integratedGradients: Method = {
  info: integratedGradientsInfo,
  batches: true,
  exports: 'path',
  unfit: needsGradient,
  settle({ target, parameters }) {
    const wish = String(parameters['quadrature']);
    const quadrature = wish === 'auto' ? (target.head === 'probability' ? 'probes' : 'midpoint') : wish;
    const steps = numberParameter(parameters, 'steps');
    return { ...parameters, quadrature, steps: steps > 0 ? steps : (DEFAULT_STEPS[quadrature] ?? 32) };
  },
  async run(context) {
    const { sample, baselines, target, model, parameters } = context;
    const meter = newMeter();
    const places = placesOf(context.entries, sample);
    const lines = baselines.map((baseline) => lineFrom(context, meter, baseline));
    const tolerance = numberParameter(parameters, 'tolerance');
    const gathered =
      tolerance > 0 ? await byTolerance(context, lines, places, tolerance) : await byRule(context, lines, places);
    const relevance = Float32Array.from(gathered.relevance);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const score = scoreOf(target, sample.logits, model.output);
    const baselineScore = mean(lines.map((line) => line.start.score));
    const balance = accounting({
      relevance,
      sum: gathered.sum,
      score,
      baselineScore,
      expected: score - baselineScore,
      perInterval: gathered.perInterval,
      changeByRefinement: gathered.changeByRefinement,
      evaluations: meter.evaluations,
    });
    return {
      relevance,
      ...(gathered.magnitude === undefined ? {} : { magnitude: gathered.magnitude }),
      accounting: balance,
      path: pathReport(gathered.paths, gathered.frames),
      warnings: [
        ...gathered.warnings,
        ...(tolerance > 0 ? [] : incomplete(balance)),
        ...cancelling(balance),
        ...fixedShare(relevance, sample.fixed),
      ],
      modelMilliseconds: meter.milliseconds,
      programKey: meter.programKey,
    };
  },
};

interface Gathered {
  readonly relevance: Float64Array;
  readonly magnitude?: Float32Array;
  readonly sum: number;
  /** Stations of every baseline's line. */
  readonly paths: readonly (readonly Station[])[];
  readonly frames: readonly { readonly alpha: number; readonly relevance: Float32Array }[];
  readonly perInterval?: number;
  readonly changeByRefinement?: number;
  readonly warnings: Attribution['warnings'];
}

/** A fixed number of nodes, the same on every line. */
async function byRule(context: MethodContext, lines: readonly Line[], places: Places): Promise<Gathered> {
  const { count } = context.sample;
  const paths: Station[][] = lines.map((line) => [line.start, line.end]);
  const quadrature = await chooseNodes(context, lines, paths);
  const frameNodes = chooseFrames(quadrature.alphas.length, numberParameter(context.parameters, 'frames'));
  const groups = group(quadrature.alphas.length, context.chunk, frameNodes);
  // Summed where the program gives it and pooled once: pictures have many elements, paths many runs.
  const gathered = new Map<Value, Float64Array>();
  const frames = new Map(frameNodes.map((node) => [node, new Float64Array(count)]));
  let done = 0;
  const total = lines.length * quadrature.alphas.length;
  for (const [index, line] of lines.entries())
    for (const nodes of groups) {
      context.progress(done, total, 'Integrating along the path');
      const weights = nodes.map((node) => quadrature.weights[node] as number);
      const stretch = await line.stretch(
        nodes.map((node) => quadrature.alphas[node] as number),
        weights,
      );
      for (const [entry, part] of Object.entries(stretch.relevance)) {
        const sum = gathered.get(entry) ?? new Float64Array(part.length);
        gathered.set(entry, sum);
        add(sum, part, 1 / lines.length);
      }
      paths[index]?.push(...stretch.stations);
      const frame = nodes.length === 1 ? frames.get(nodes[0] as number) : undefined;
      // A frame is the interior gradient itself: the node's weight is taken out again.
      if (frame !== undefined)
        add(frame, pooled(stretch.relevance, places, count).features, 1 / (lines.length * (weights[0] as number)));
      done += nodes.length;
    }
  const elements = Object.fromEntries(gathered);
  const { features, sum } = pooled(elements, places, count);
  return {
    relevance: features,
    ...magnitudes(elements, places, context.sample),
    sum,
    paths,
    frames: [...frames].map(([node, values]) => ({
      alpha: quadrature.alphas[node] as number,
      relevance: Float32Array.from(values),
    })),
    warnings: [],
  };
}

async function byTolerance(
  context: MethodContext,
  lines: readonly Line[],
  places: Places,
  tolerance: number,
): Promise<Gathered> {
  const results: Refined[] = [];
  for (const line of lines) results.push(await refine(context, line, places, tolerance));
  const mean = (read: (result: (typeof results)[number]) => number): number =>
    results.reduce((sum, result) => sum + read(result), 0) / results.length;
  const relevance = new Float64Array(context.sample.count);
  for (const result of results) add(relevance, result.relevance, 1 / results.length);
  const elements = meanElements(results);
  return {
    relevance,
    ...(elements === null ? {} : magnitudes(elements, places, context.sample)),
    sum: mean((result) => result.sum),
    paths: results.map((result) => result.stations),
    frames: results.length === 1 ? framesOf(results[0] as Refined, numberParameter(context.parameters, 'frames')) : [],
    perInterval: mean((result) => result.perInterval),
    changeByRefinement: mean((result) => result.changeByRefinement),
    warnings: [
      ...(results.every((result) => result.reached)
        ? []
        : [
            {
              code: 'tolerance-missed',
              message: `The tolerance was not reached with ${MOST_INTERVALS} intervals: the score jumps along the path, or rounding is as large.`,
            },
          ]),
      ...(elements === null && hasChannels(context.sample, places)
        ? [
            {
              code: 'channels-not-kept',
              message:
                'The path took too many intervals to keep every channel: the window view shows |Σ| over channels instead of Σ of magnitudes.',
            },
          ]
        : []),
    ],
  };
}

/** Relevance per element, averaged over the lines; null where one kept none. */
function meanElements(results: readonly Refined[]): Record<string, Float64Array> | null {
  const mean: Record<string, Float64Array> = {};
  for (const { elements } of results) {
    if (elements === null) return null;
    for (const [entry, values] of Object.entries(elements))
      add((mean[entry] ??= new Float64Array(values.length)), values, 1 / results.length);
  }
  return mean;
}

/** Frames at evenly spread intervals; the lines of several baselines are refined at different α and share none. */
function framesOf({ intervals }: Refined, frames: number): Gathered['frames'] {
  return chooseFrames(intervals.length, frames).map((index) => {
    const { from, to, middle, relevance } = intervals[index] as Refined['intervals'][number];
    const width = to.alpha - from.alpha;
    return { alpha: middle.alpha, relevance: relevance.map((value) => value / width) };
  });
}

/** Steps that `steps: 0` stands for, where it is not 32. */
const DEFAULT_STEPS: Readonly<Record<string, number>> = { probes: 16, 'right-riemann': 50 };

async function chooseNodes(
  context: MethodContext,
  lines: readonly Line[],
  paths: readonly Station[][],
): Promise<Quadrature> {
  const steps = numberParameter(context.parameters, 'steps');
  switch (context.parameters['quadrature']) {
    case 'right-riemann':
      return rightRiemann(steps);
    case 'trapezoid':
      return trapezoid(steps);
    case 'gauss-legendre':
      return gaussLegendre(steps);
    case 'endpoint-mean':
      return endpointMean(steps);
    case 'probes':
      return placed(...(await probe(context, lines, paths)), steps);
    default:
      return midpoint(steps);
  }
}

const PROBES = 16;

/** S at equally spaced α, averaged over the lines by how much it moves. */
async function probe(
  context: MethodContext,
  lines: readonly Line[],
  paths: readonly Station[][],
): Promise<[number[], number[]]> {
  const inner = Array.from({ length: PROBES }, (_, k) => (k + 1) / (PROBES + 1));
  const alphas = [0, ...inner, 1];
  const travelled = alphas.map(() => 0);
  for (const [index, line] of lines.entries()) {
    const probes = await probeInChunks(context, line, inner);
    paths[index]?.push(...probes);
    const scores = [line.start, ...probes, line.end].map((station) => station.score);
    let length = 0;
    for (let k = 1; k < scores.length; k += 1) {
      length += Math.abs((scores[k] as number) - (scores[k - 1] as number));
      travelled[k] = (travelled[k] as number) + length;
    }
  }
  return [alphas, travelled];
}

/** Evenly spread nodes that are shown as pictures. */
function chooseFrames(nodes: number, frames: number): number[] {
  const wanted = Math.min(nodes, frames);
  return Array.from({ length: wanted }, (_, k) => Math.floor(((k + 0.5) * nodes) / wanted));
}

/** Nodes packed into runs of at most `chunk`; those that become frames run alone, to be told apart. */
function group(nodes: number, chunk: number, alone: readonly number[]): number[][] {
  const groups: number[][] = [];
  const current: number[] = [];
  for (let node = 0; node < nodes; node += 1) {
    if (alone.includes(node)) groups.push([node]);
    else if (current.push(node) === chunk) groups.push(current.splice(0));
  }
  return current.length > 0 ? [...groups, current] : groups;
}

function add(target: Float64Array, values: ArrayLike<number>, factor: number): void {
  for (let i = 0; i < target.length; i += 1) target[i] = (target[i] as number) + factor * (values[i] as number);
}
