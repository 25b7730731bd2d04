/**
 * Adaptive quadrature: intervals with the largest local completeness residual are bisected until the residuals
 * together are small. This certifies the sum along the path, not every attribution; the change by refinement is
 * the estimate for those.
 */
import { throwIfCancelled } from '../errors';
import { pooled } from './path';
import { hasChannels } from './pooling';
import type { Line, Station, Stretch } from './path';
import type { Places } from './places';
import type { MethodContext } from './types';

/** Intervals before any bisection; each is bisected at least once, so that there is a change to look at. */
const FIRST_INTERVALS = 8;
/** Most intervals a result is made of. */
export const MOST_INTERVALS = 512;
/** Bytes that the channels of all intervals may take. */
const MOST_ELEMENT_BYTES = 256 * 2 ** 20;

interface Interval {
  readonly from: Station;
  readonly to: Station;
  readonly middle: Station;
  /** Single precision: hundreds of intervals are kept until the end. */
  readonly relevance: Float32Array;
  /** The same before it is summed over channels; only where a picture has several and there is room. */
  readonly elements: Stretch['relevance'] | null;
  readonly sum: number;
  /** |S(b) − S(a) − ∇S(m)·(x_b − x_a)| */
  readonly residual: number;
}

export interface Refined {
  readonly relevance: Float64Array;
  /** Per element, for pictures of several channels; null for others, and where it would have taken too much memory. */
  readonly elements: Readonly<Record<string, Float64Array>> | null;
  readonly sum: number;
  readonly stations: readonly Station[];
  /** What every interval gathered, in order of α; relevance per unit of α is the interior gradient × (x − x′). */
  readonly intervals: readonly Pick<Interval, 'middle' | 'relevance' | 'from' | 'to'>[];
  /** Σ of local residuals. */
  readonly perInterval: number;
  readonly changeByRefinement: number;
  /** False when the most intervals were not enough. */
  readonly reached: boolean;
}

/** @param tolerance τ: residuals together ≤ τ · max(|ΔS|, 1 % of the range of S along the path). */
export async function refine(context: MethodContext, line: Line, places: Places, tolerance: number): Promise<Refined> {
  const channels = hasChannels(context.sample, places);
  const size = 4 * Object.values(places).reduce((sum, place) => sum + place.length, 0);
  const measure = async (from: Station, to: Station): Promise<Interval> => {
    throwIfCancelled(context.signal);
    const { relevance, stations } = await line.stretch([(from.alpha + to.alpha) / 2], [to.alpha - from.alpha]);
    const { features, sum } = pooled(relevance, places, context.sample.count);
    const residual = Math.abs(to.score - from.score - sum);
    const elements = channels && (intervals.length + 2) * size <= MOST_ELEMENT_BYTES ? relevance : null;
    return {
      from,
      to,
      middle: stations[0] as Station,
      relevance: Float32Array.from(features),
      elements,
      sum,
      residual,
    };
  };

  let intervals: Interval[] = [];
  const inner = Array.from({ length: FIRST_INTERVALS - 1 }, (_, k) => (k + 1) / FIRST_INTERVALS);
  const edges = [line.start, ...(await probeInChunks(context, line, inner)), line.end];
  const stations: Station[] = [...edges];
  for (let k = 0; k < FIRST_INTERVALS; k += 1)
    intervals.push(await measure(edges[k] as Station, edges[k + 1] as Station));

  let change = 0;
  /** Bisects one interval; its middle is already measured and becomes an edge. */
  const bisect = async (parent: Interval): Promise<Interval[]> => {
    stations.push(parent.middle);
    const halves = [await measure(parent.from, parent.middle), await measure(parent.middle, parent.to)];
    for (let i = 0; i < parent.relevance.length; i += 1) {
      const after = halves.reduce((sum, half) => sum + (half.relevance[i] as number), 0);
      change += Math.abs((parent.relevance[i] as number) - after);
    }
    return halves;
  };
  const residuals = (): number => intervals.reduce((sum, interval) => sum + interval.residual, 0);
  const allowed = (): number => {
    const scores = stations.map((station) => station.score);
    const range = Math.max(...scores) - Math.min(...scores);
    return tolerance * Math.max(Math.abs(line.end.score - line.start.score), 0.01 * range);
  };
  const report = (): void =>
    context.progress(intervals.length, Math.max(intervals.length, MOST_INTERVALS), 'Refining the path');

  const halves: Interval[] = [];
  for (const interval of intervals) halves.push(...(await bisect(interval)));
  intervals = halves;
  while (residuals() > allowed() && intervals.length < MOST_INTERVALS) {
    report();
    const worst = intervals.reduce((a, b) => (b.residual > a.residual ? b : a));
    // Once an interval is as short as float32 can tell α apart, its residual is rounding.
    if (worst.to.alpha - worst.from.alpha < 2 ** -20) break;
    intervals = [...intervals.filter((interval) => interval !== worst), ...(await bisect(worst))];
  }

  intervals.sort((a, b) => a.from.alpha - b.from.alpha);
  const relevance = new Float64Array(context.sample.count);
  for (const interval of intervals)
    for (let i = 0; i < relevance.length; i += 1)
      relevance[i] = (relevance[i] as number) + (interval.relevance[i] as number);
  return {
    relevance,
    elements: sumOfElements(intervals),
    sum: intervals.reduce((sum, interval) => sum + interval.sum, 0),
    stations: [...stations, ...intervals.map((interval) => interval.middle)],
    intervals,
    perInterval: residuals(),
    changeByRefinement: change,
    reached: residuals() <= allowed(),
  };
}

/** Null where an interval has none. */
function sumOfElements(intervals: readonly Interval[]): Refined['elements'] {
  const total: Record<string, Float64Array> = {};
  for (const { elements } of intervals) {
    if (elements === null) return null;
    for (const [entry, values] of Object.entries(elements)) {
      const sum = (total[entry] ??= new Float64Array(values.length));
      for (let i = 0; i < values.length; i += 1) sum[i] = (sum[i] as number) + (values[i] as number);
    }
  }
  return total;
}

/** Forward probes in chunks that fit. */
export async function probeInChunks(context: MethodContext, line: Line, alphas: readonly number[]): Promise<Station[]> {
  const stations: Station[] = [];
  for (let i = 0; i < alphas.length; i += context.chunk)
    stations.push(...(await line.probe(alphas.slice(i, i + context.chunk))));
  return stations;
}
