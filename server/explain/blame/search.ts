/**
 * Counterfactual of float inputs: `min_{x′} c·CE(gold, p(x′)) + ‖(x′ − x)/s‖₁` within bounds, by proximal gradient
 * (ISTA with backtracking), c doubled until gold wins; then the smallest changes are taken back while gold still wins.
 */
import { throwIfCancelled } from '../../errors';
import type { Feeds } from '../../engine/types';
import { f32 } from '../../graph/tensor';
import { floats } from '../rows';
import { forwardRows, gradientRows, newMeter, tensorOf } from '../runs';
import { probabilities } from '../scores';
import type { MethodContext, ResolvedTarget } from '../types';

export interface SearchSpace {
  readonly gold: number;
  /** Per float input and element the unit s of the distance; 0: may not change. */
  readonly scale: Readonly<Record<string, Float32Array>>;
  readonly low: Readonly<Record<string, Float32Array>>;
  readonly high: Readonly<Record<string, Float32Array>>;
  /** Distance between values that can be written, counted from `low`; 0: any value. */
  readonly grid: Readonly<Record<string, Float32Array>>;
}

export interface Found {
  /** Null when gold never won. */
  readonly feeds: Feeds | null;
  readonly logits: Float32Array;
  readonly evaluations: number;
}

/** Doublings of c, and proximal steps for each. */
const DOUBLINGS = 24;
const STEPS = 12;

type Point = Readonly<Record<string, Float32Array>>;

/** @param context Its entries are the float inputs themselves. */
export async function proximalSearch(context: MethodContext, space: SearchSpace): Promise<Found> {
  const { sample, model } = context;
  const inputs = Object.keys(space.scale);
  const meter = newMeter();
  const x: Point = Object.fromEntries(inputs.map((name) => [name, floats(sample.feeds[name], name)]));
  const target: ResolvedTarget = { head: 'logProbability', class: space.gold, seed: seedOf(context, space.gold) };
  const aimed: MethodContext = { ...context, target };
  const feedsOf = (point: Point): Record<string, ReturnType<typeof f32>> =>
    Object.fromEntries(
      inputs.map((name) => [name, f32(point[name] as Float32Array, tensorOf(sample.feeds, name).dims)]),
    );
  const logitsOf = async (points: readonly Point[]): Promise<Float32Array[]> => {
    const all: Float32Array[] = [];
    for (let at = 0; at < points.length; at += context.chunk)
      all.push(...(await forwardRows(aimed, meter, points.slice(at, at + context.chunk).map(feedsOf), false)));
    return all;
  };
  const chance = (logits: Float32Array): number => probabilities(logits, model.output)[space.gold] ?? 0;
  const wins = (logits: Float32Array): boolean => {
    const p = probabilities(logits, model.output);
    return p.indexOf(Math.max(...p)) === space.gold;
  };
  const cost = (logits: Float32Array): number => -Math.log(Math.max(chance(logits), 1e-30));
  /** ∂CE/∂x in units of s. */
  const slope = async (point: Point): Promise<Point> => {
    const [gradient] = await gradientRows(aimed, meter, [feedsOf(point)]);
    return Object.fromEntries(
      inputs.map((name) => {
        const s = space.scale[name] as Float32Array;
        return [name, (gradient?.[name] as Float32Array).map((value, i) => -value * (s[i] as number))];
      }),
    );
  };

  let point = x;
  let logits = sample.logits;
  if (wins(logits)) return { feeds: sample.feeds, logits, evaluations: meter.evaluations };
  let gradient = await slope(point);
  const steepest = Math.max(...inputs.map((name) => largest(gradient[name] as Float32Array)));
  if (steepest === 0) return { feeds: null, logits, evaluations: meter.evaluations };
  // Below 1/steepest nothing moves: the pull of CE is weaker than that of the distance.
  let weight = 1.5 / steepest;
  let step = 0.1 / (weight * steepest);
  let won = false;
  for (let round = 0; round < DOUBLINGS && !won; round += 1, weight *= 2, step /= 2)
    for (let turn = 0; turn < STEPS && !won; turn += 1) {
      throwIfCancelled(context.signal);
      context.progress(round * STEPS + turn, DOUBLINGS * STEPS, 'Searching a counterfactual');
      const before = weight * cost(logits);
      // Backtracking: halve the step until the quadratic model bounds the cost.
      for (let tries = 0; ; tries += 1) {
        const candidate = proximal(x, point, gradient, weight, step, space);
        const [there] = await logitsOf([candidate]);
        const { linear, square } = moved(point, candidate, gradient, weight, space);
        const bound = before + linear + square / (2 * step);
        if (weight * cost(there as Float32Array) <= bound + 1e-9 || tries >= 12) {
          point = candidate;
          logits = there as Float32Array;
          break;
        }
        step /= 2;
      }
      won = wins(logits);
      if (!won) gradient = await slope(point);
      step *= 1.5;
    }
  if (!won) return { feeds: null, logits, evaluations: meter.evaluations };

  const rounded = onGrid(point, x, space);
  const [after] = await logitsOf([rounded]);
  const start = wins(after as Float32Array) ? rounded : outward(point, x, space);
  const pruned = await prune(start, x, space, logitsOf, wins, context);
  const [last] = await logitsOf([pruned]);
  if (!wins(last as Float32Array)) return { feeds: null, logits: last as Float32Array, evaluations: meter.evaluations };
  return {
    feeds: { ...sample.feeds, ...feedsOf(pruned) },
    logits: last as Float32Array,
    evaluations: meter.evaluations,
  };
}

function seedOf({ model, sample }: MethodContext, gold: number): Float32Array {
  if (model.output.single) return Float32Array.of(gold === 1 ? 1 : -1);
  const seed = new Float32Array(sample.logits.length);
  seed[gold] = 1;
  return seed;
}

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** One step down the slope, drawn back towards x by soft thresholding, within the bounds. */
function proximal(x: Point, at: Point, gradient: Point, weight: number, step: number, space: SearchSpace): Point {
  return mapPoint(x, (name, i) => {
    const s = space.scale[name]?.[i] as number;
    const from = x[name]?.[i] as number;
    if (s === 0) return from;
    const u = ((at[name]?.[i] as number) - from) / s - step * weight * (gradient[name]?.[i] as number);
    const shrunk = Math.sign(u) * Math.max(0, Math.abs(u) - step);
    return clamp(from + s * shrunk, space.low[name]?.[i] as number, space.high[name]?.[i] as number);
  });
}

/** First-order change of c·CE and squared length of a move, in units of s. */
function moved(
  from: Point,
  to: Point,
  gradient: Point,
  weight: number,
  space: SearchSpace,
): { readonly linear: number; readonly square: number } {
  let [linear, square] = [0, 0];
  for (const [name, values] of Object.entries(to))
    values.forEach((value, i) => {
      const s = space.scale[name]?.[i] as number;
      if (s === 0) return;
      const move = (value - (from[name]?.[i] as number)) / s;
      linear += weight * (gradient[name]?.[i] as number) * move;
      square += move * move;
    });
  return { linear, square };
}

/** Values as they can be written; what rounds back to x stays exactly x. */
function onGrid(point: Point, x: Point, space: SearchSpace): Point {
  return snapped(point, x, space, Math.round);
}

/** Rounded away from x, where plain rounding loses gold. */
function outward(point: Point, x: Point, space: SearchSpace): Point {
  return snapped(point, x, space, (steps, direction) =>
    direction > 0 ? Math.ceil(steps - 1e-6) : Math.floor(steps + 1e-6),
  );
}

function snapped(
  point: Point,
  x: Point,
  space: SearchSpace,
  round: (steps: number, direction: number) => number,
): Point {
  return mapPoint(x, (name, i) => {
    const [value, from] = [point[name]?.[i] as number, x[name]?.[i] as number];
    const [low, high, grid] = [
      space.low[name]?.[i] as number,
      space.high[name]?.[i] as number,
      space.grid[name]?.[i] ?? 0,
    ];
    if (value === from || grid === 0) return value;
    const origin = Number.isFinite(low) ? low : 0;
    const snap = clamp(origin + grid * round((value - origin) / grid, value - from), low, high);
    return Math.abs(snap - from) < grid / 2 ? from : snap;
  });
}

/** Takes changes back, smallest first: halves of the list at once while that works, then ever smaller pieces. */
async function prune(
  point: Point,
  x: Point,
  space: SearchSpace,
  logitsOf: (points: readonly Point[]) => Promise<Float32Array[]>,
  wins: (logits: Float32Array) => boolean,
  context: MethodContext,
): Promise<Point> {
  let current = point;
  let list = changesOf(current, x, space);
  let size = Math.max(1, Math.floor(list.length / 2));
  let budget = MOST_PRUNING;
  while (size >= 1 && list.length > 1 && budget > 0) {
    throwIfCancelled(context.signal);
    let [kept, progress] = [[] as Change[], false];
    for (let at = 0; at < list.length && budget > 0; at += size) {
      const piece = list.slice(at, at + size);
      const without = takenBack(current, x, piece);
      budget -= 1;
      const [logits] = await logitsOf([without]);
      if (wins(logits as Float32Array)) {
        current = without;
        progress = true;
      } else kept = [...kept, ...piece];
    }
    if (budget > 0) list = kept;
    if (size === 1 && !progress) break;
    size = size === 1 ? 1 : Math.floor(size / 2);
  }
  return current;
}

/** Forward passes that pruning may spend. */
const MOST_PRUNING = 600;

interface Change {
  readonly name: string;
  readonly element: number;
  readonly size: number;
}

function changesOf(point: Point, x: Point, { scale }: SearchSpace): Change[] {
  const changes = Object.entries(point).flatMap(([name, values]) =>
    Array.from(values, (value, element) => {
      const s = scale[name]?.[element] as number;
      return { name, element, size: s === 0 ? 0 : Math.abs(value - (x[name]?.[element] as number)) / s };
    }).filter(({ size }) => size > 0),
  );
  return changes.sort((a, b) => a.size - b.size);
}

function takenBack(point: Point, x: Point, changes: readonly Change[]): Point {
  const result = Object.fromEntries(Object.entries(point).map(([name, values]) => [name, values.slice()]));
  for (const { name, element } of changes) (result[name] as Float32Array)[element] = x[name]?.[element] as number;
  return result;
}

function mapPoint(x: Point, value: (name: string, i: number) => number): Point {
  return Object.fromEntries(
    Object.entries(x).map(([name, values]) => {
      const result = new Float32Array(values.length);
      for (let i = 0; i < values.length; i += 1) result[i] = value(name, i);
      return [name, result];
    }),
  );
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
