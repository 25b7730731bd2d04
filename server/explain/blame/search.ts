/**
 * Counterfactual of float inputs: `min_{x′} c·CE(gold, p(x′)) + ‖(x′ − x)/s‖₁` within bounds, by proximal gradient
 * (ISTA, the best of several step lengths), c doubled until gold wins; then the smallest changes are taken back while gold still wins.
 */
import { throwIfCancelled } from '../../errors';
import type { Feeds } from '../../engine/types';
import { f32 } from '../../graph/tensor';
import type { Tensor } from '../../graph/types';
import { floats } from '../rows';
import { chunks, forwardRows, gradientRows, newMeter, tensorOf } from '../runs';
import type { Meter } from '../runs';
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
const STEPS = 20;
/** Farthest move of one element in one step, in units of s, and the parts of it that are tried. */
const LONGEST = 0.5;
const LENGTHS = [1, 0.5, 0.25, 0.1, 0.03, 0.01];

type Point = Readonly<Record<string, Float32Array>>;

/** What the search asks the model. */
interface Asked {
  readonly x: Point;
  logits(points: readonly Point[]): Promise<Float32Array[]>;
  /** ∂CE/∂x. */
  slope(point: Point): Promise<Point>;
  wins(logits: Float32Array): boolean;
  /** CE = −log p(gold). */
  cost(logits: Float32Array): number;
}

/** Shares of the changed elements that a new search is confined to, one after the other, while gold is still reached. */
const CONFINED = [0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6];

/** @param context Its entries are the float inputs themselves. */
export async function proximalSearch(context: MethodContext, space: SearchSpace): Promise<Found> {
  const { sample } = context;
  const meter = newMeter();
  const inputs = Object.keys(space.scale);
  const feedsOf = (point: Point): Record<string, ReturnType<typeof f32>> =>
    Object.fromEntries(
      inputs.map((name) => [name, f32(point[name] as Float32Array, tensorOf(sample.feeds, name).dims)]),
    );
  const asked = ask(context, meter, space.gold, inputs, feedsOf);
  const none = (): Found => ({ feeds: null, logits: sample.logits, evaluations: meter.evaluations });
  if (asked.wins(sample.logits)) return { feeds: sample.feeds, logits: sample.logits, evaluations: 0 };
  const reached = await reach(context, asked, space);
  if (reached === null) return none();
  let best = await written(context, asked, space, reached);
  // ‖·‖₁ alone leaves many small changes: what moved most is asked to do it alone.
  let confined = space;
  for (const share of CONFINED) {
    const from: Point = best ?? reached;
    const moved = changesOf(from, asked.x, confined);
    if (moved.length < 2) break;
    confined = only(confined, moved.slice(moved.length - Math.ceil(share * moved.length)));
    const again = await reach(context, asked, confined);
    const next = again === null ? null : await written(context, asked, confined, again);
    if (next === null) break;
    best = next;
  }
  if (best === null) return none();
  const [logits] = await asked.logits([best]);
  return {
    feeds: { ...sample.feeds, ...feedsOf(best) },
    logits: logits as Float32Array,
    evaluations: meter.evaluations,
  };
}

function ask(
  context: MethodContext,
  meter: Meter,
  gold: number,
  inputs: readonly string[],
  feedsOf: (point: Point) => Record<string, Tensor>,
): Asked {
  const { sample, model } = context;
  const target: ResolvedTarget = { head: 'logProbability', class: gold, seed: seedOf(context, gold) };
  const aimed: MethodContext = { ...context, target };
  return {
    x: Object.fromEntries(inputs.map((name) => [name, floats(sample.feeds[name], name)])),
    async logits(points) {
      const all: Float32Array[] = [];
      for (const chunk of chunks(points, context.chunk))
        all.push(...(await forwardRows(aimed, meter, chunk.map(feedsOf), false)));
      return all;
    },
    async slope(point) {
      const [gradient] = await gradientRows(aimed, meter, [feedsOf(point)]);
      return Object.fromEntries(
        inputs.map((name) => [name, (gradient?.[name] as Float32Array).map((value) => -value)]),
      );
    },
    wins(logits) {
      const p = probabilities(logits, model.output);
      return p.indexOf(Math.max(...p)) === gold;
    },
    cost: (logits) => -Math.log(Math.max(probabilities(logits, model.output)[gold] ?? 0, 1e-30)),
  };
}

/** Proximal gradient with growing c until gold wins. @returns Null when it never does. */
async function reach(context: MethodContext, asked: Asked, space: SearchSpace): Promise<Point | null> {
  const { x } = asked;
  const inputs = Object.keys(space.scale);
  const slopeAt = async (at: Point): Promise<Point> => {
    const slope = await asked.slope(at);
    return mapPoint(x, (name, i) => (slope[name]?.[i] as number) * (space.scale[name]?.[i] as number));
  };
  let point = x;
  let [logits] = await asked.logits([x]);
  let gradient = await slopeAt(point);
  const steepest = (): number => Math.max(...inputs.map((name) => largest(gradient[name] as Float32Array)));
  if (steepest() === 0) return null;
  // Below 1/steepest nothing moves: the pull of CE is weaker than that of the distance.
  let weight = 1.5 / steepest();
  for (let round = 0; round < DOUBLINGS; round += 1, weight *= 2)
    for (let turn = 0; turn < STEPS; turn += 1) {
      throwIfCancelled(context.signal);
      context.progress(round * STEPS + turn, DOUBLINGS * STEPS, 'Searching a counterfactual');
      const before = weight * asked.cost(logits as Float32Array) + distance(point, x, space);
      // Several lengths at once; the best is taken. Kinks of ReLU and pooling make bounds on curvature useless.
      const longest = LONGEST / (weight * steepest());
      const candidates = LENGTHS.map((part) => proximal(x, point, gradient, weight, part * longest, space));
      const there = await asked.logits(candidates);
      const values = there.map((one, i) => weight * asked.cost(one) + distance(candidates[i] as Point, x, space));
      const best = values.indexOf(Math.min(...values));
      if (!((values[best] as number) < before - 1e-7 * Math.abs(before))) break;
      point = candidates[best] as Point;
      logits = there[best];
      if (logits !== undefined && asked.wins(logits)) return point;
      gradient = await slopeAt(point);
      if (steepest() === 0) break;
    }
  return null;
}

/** A point as it can be written, without the changes that are not needed; null when writing it loses gold. */
async function written(context: MethodContext, asked: Asked, space: SearchSpace, point: Point): Promise<Point | null> {
  const { x } = asked;
  const candidates = [onGrid(point, x, space), outward(point, x, space)];
  const there = await asked.logits(candidates);
  const start = candidates.find((_, i) => asked.wins(there[i] as Float32Array));
  return start === undefined ? null : prune(start, x, space, asked, context);
}

/** The same space, in which only some elements may change. */
function only(space: SearchSpace, changes: readonly Change[]): SearchSpace {
  const scale = Object.fromEntries(
    Object.entries(space.scale).map(([name, values]) => [name, new Float32Array(values.length)]),
  );
  for (const { name, element } of changes)
    (scale[name] as Float32Array)[element] = space.scale[name]?.[element] as number;
  return { ...space, scale };
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

/** ‖(x′ − x)/s‖₁. */
function distance(point: Point, x: Point, { scale }: SearchSpace): number {
  let sum = 0;
  for (const [name, values] of Object.entries(point))
    for (let i = 0; i < values.length; i += 1) {
      const s = scale[name]?.[i] as number;
      if (s > 0) sum += Math.abs((values[i] as number) - (x[name]?.[i] as number)) / s;
    }
  return sum;
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
async function prune(point: Point, x: Point, space: SearchSpace, asked: Asked, context: MethodContext): Promise<Point> {
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
      const [logits] = await asked.logits([without]);
      if (asked.wins(logits as Float32Array)) {
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
