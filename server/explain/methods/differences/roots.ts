/** Root points of the score: where simple Taylor decomposition stands. */
import type { Value } from '../../../graph/types';
import { placesOf } from '../../places';
import { floats } from '../../rows';
import { chunks, forwardRows } from '../../runs';
import type { Gradients, Meter } from '../../runs';
import { scoreOf } from '../../scores';
import { mapEntries, onLine, slopesAt } from '../../slopes';
import { station } from '../../path';
import type { Station } from '../../path';
import type { MethodContext, Point } from '../../types';

export interface Root {
  /** x̃, as entry values. */
  readonly point: Point['entries'];
  /** Where the gradient is taken: x̃ itself, or next to it for a root that is a limit. */
  readonly at: Point['entries'];
  /** S(x̃). */
  readonly score: number;
  /** ‖x − x̃‖₂. */
  readonly distance: number;
  /** How it was found, for people. */
  readonly how: string;
  /** Scores seen on the way, for a root on a line. */
  readonly stations: readonly Station[];
}

export interface SearchOptions {
  /** Places looked at along a line before halving, and most gradient steps. */
  readonly probes: number;
  readonly steps: number;
  /** |S(x̃)| as a share of |S(x)| that counts as a root. */
  readonly tolerance: number;
}

/** A limit root x̃ = x′: the gradient is taken this share of the way to x, where masks are open. */
const NEXT_TO = 2 ** -10;
/** Halvings of a bracket: what float32 can tell apart. */
const HALVINGS = 30;

/**
 * Nearest sign change of S on the line from the sample to the baseline, by probes from the sample's end and halving.
 * A baseline whose own score is 0 is a root as the limit of the line (bias-free ReLU networks from 0).
 */
export async function rootOnLine(
  context: MethodContext,
  meter: Meter,
  baseline: Point,
  { probes, tolerance }: SearchOptions,
): Promise<Root | null> {
  const score = scoreOf(context.target, context.sample.logits, context.model.output);
  const sign = Math.sign(score);
  const start = station(context, 0, baseline.logits);
  const stations: Station[] = [start, station(context, 1, context.sample.logits)];
  const look = async (alphas: readonly number[]): Promise<void> => {
    const plain = context.entries.every((entry) => entry.value === entry.input);
    const points = alphas.map((alpha) => onLine(context, baseline.entries, alpha));
    const logits = await forwardRows(context, meter, points, !plain);
    stations.push(...alphas.map((alpha, i) => station(context, alpha, logits[i] as Float32Array)));
  };
  const alphas = Array.from({ length: probes }, (_, k) => 1 - (k + 1) / (probes + 1));
  const found = (alpha: number, at: number, value: number, how: string): Root => {
    const point = onLine(context, baseline.entries, alpha);
    return {
      point,
      at: at === alpha ? point : onLine(context, baseline.entries, at),
      score: value,
      distance: distanceTo(context, point),
      how,
      stations,
    };
  };
  let above = stations[1] as Station;
  let below: Station | undefined;
  for (const chunk of chunks(alphas, context.chunk)) {
    const seen = stations.length;
    await look(chunk);
    for (const here of stations.slice(seen)) {
      if (here.score * sign <= 0) {
        below = here;
        break;
      }
      above = here;
    }
    if (below !== undefined) break;
  }
  if (below === undefined) {
    if (start.score * sign > tolerance * Math.abs(score)) return null;
    // Exactly 0 only at the baseline itself: the limit.
    if (start.score * sign >= -tolerance * Math.abs(score))
      return found(0, NEXT_TO, start.score, 'the baseline itself, as the limit of the line to it');
    below = start;
  }
  for (let k = 0; k < HALVINGS && above.score * sign > tolerance * Math.abs(score); k += 1) {
    const middle = (above.alpha + below.alpha) / 2;
    await look([middle]);
    const here = stations.at(-1) as Station;
    if (here.score * sign > 0) above = here;
    else below = here;
  }
  // The sample's side of the root, so that the slope is that of the piece the sample's line arrives by.
  if (above.score * sign > 0.05 * Math.abs(score)) return null;
  const share = above.alpha.toPrecision(4);
  return found(above.alpha, above.alpha, above.score, `on the line to the baseline, ${share} of the way from it`);
}

/** Newton's steps along the gradient, halved until |S| shrinks. Special tokens and elements of no feature stay. */
export async function rootByGradient(
  context: MethodContext,
  meter: Meter,
  { steps, tolerance }: SearchOptions,
): Promise<Root | null> {
  const { sample, target, model } = context;
  const places = placesOf(context.entries, sample);
  const moves = (value: Value, i: number): boolean => {
    const feature = places[value]?.[i] ?? -1;
    return feature >= 0 && !sample.fixed.has(feature);
  };
  const score = scoreOf(target, sample.logits, model.output);
  let at: Point['entries'] = sample.entries;
  let here = score;
  let size = 1;
  let gradient: Gradients | null = null;
  let from = at;
  for (let step = 0; step < steps; step += 1) {
    context.progress(step, steps, 'Looking for a root');
    const [slope] = await slopesAt(context, meter, [at]);
    if (slope === undefined) return null;
    const now = scoreOf(target, slope.logits, model.output);
    if (Math.abs(now) <= tolerance * Math.abs(score)) {
      return {
        point: at,
        at,
        score: now,
        distance: distanceTo(context, at),
        how: `by ${step} steps along the gradient`,
        stations: [],
      };
    }
    if (gradient === null || Math.abs(now) < Math.abs(here)) {
      [gradient, from, here, size] = [slope.gradient, at, now, 1];
    } else {
      size /= 2;
    }
    const own = gradient;
    const start = from;
    let norm = 0;
    for (const { value } of context.entries)
      own[value]?.forEach((g, i) => {
        if (moves(value, i)) norm += g * g;
      });
    if (norm === 0) return null;
    const length = (size * here) / norm;
    at = mapEntries(context, (value, i) => {
      const x = floats(start[value], value)[i] as number;
      return moves(value, i) ? x - length * (own[value]?.[i] as number) : x;
    });
  }
  return null;
}

function distanceTo(context: MethodContext, point: Point['entries']): number {
  let sum = 0;
  for (const { value } of context.entries) {
    const [x, other] = [floats(context.sample.entries[value], value), floats(point[value], value)];
    x.forEach((item, i) => (sum += (item - (other[i] as number)) ** 2));
  }
  return Math.sqrt(sum);
}
