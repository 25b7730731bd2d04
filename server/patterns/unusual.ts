/** Samples worth an annotator's look: explained unlike their class, or mostly by a known shortcut. */
import { median, unitsOf } from './aggregate';
import { comparable } from './clusters';
import { begin, end } from './rows';
import type { PatternFeature, UnusualSample } from '../protocol';
import type { Explained, Rows } from './types';

/** A class with fewer samples has no usual heatmap. */
const FEWEST = 8;
/** Robust z-score from which on a heatmap is unlike its class. */
const UNLIKE = 3;
/** Cosines of a class that differ by less are alike, however narrow the class. */
const LEAST_SPREAD = 0.02;
const MOST = 200;
/** Share of |relevance| on flagged features from which on they dominate. */
const DOMINATES = 0.5;
const SHOWN = 3;

/** Most unlike first, then most dominated; a flag that names nothing here lists nothing. */
export function unusualSamples(explained: Explained, flagged: readonly string[]): UnusualSample[] {
  return [...unlikeTheirClass(explained), ...dominated(explained, flagged)];
}

/** Cosine with the mean heatmap of the predicted class, as median minus value over 1.4826 MAD. */
function unlikeTheirClass(explained: Explained): UnusualSample[] {
  const heatmaps = comparable(explained);
  const found: UnusualSample[] = [];
  for (let own = 0; own < explained.classes; own += 1) {
    const samples = Array.from(explained.own.keys()).filter((sample) => explained.own[sample] === own);
    if (samples.length < FEWEST) continue;
    const mean = meanOf(heatmaps, samples);
    const length = Math.hypot(...mean) || 1;
    const cosines = samples.map((sample) => dot(heatmaps, sample, mean) / length);
    const middle = median(cosines);
    const spread = Math.max(LEAST_SPREAD, 1.4826 * median(cosines.map((cosine) => Math.abs(cosine - middle))));
    samples.forEach((sample, i) => {
      const score = (middle - (cosines[i] as number)) / spread;
      if (score > UNLIKE) found.push({ sample, why: 'unlike', score, features: strongest(explained, sample) });
    });
  }
  return found.sort((a, b) => b.score - a.score || a.sample - b.sample).slice(0, MOST);
}

function dominated(explained: Explained, flagged: readonly string[]): UnusualSample[] {
  if (flagged.length === 0) return [];
  const { relevance } = explained;
  const { features: wanted } = flaggedFeatures(explained, flagged);
  const found: UnusualSample[] = [];
  for (let sample = 0; sample < relevance.count; sample += 1) {
    let [own, all] = [0, 0];
    for (let i = begin(relevance, sample); i < end(relevance, sample); i += 1) {
      const size = Math.abs(relevance.values[i] as number);
      all += size;
      if (wanted.has(relevance.columns[i] as number)) own += size;
    }
    if (all > 0 && own / all > DOMINATES)
      found.push({ sample, why: 'shortcut', score: own / all, features: strongest(explained, sample) });
  }
  return found.sort((a, b) => b.score - a.score || a.sample - b.sample);
}

export interface Flagged {
  readonly features: ReadonlySet<number>;
  /** Flags that name nothing here. */
  readonly absent: readonly string[];
}

/** Indices of words, columns and elements by name; of heatmap blocks that a region touches. */
export function flaggedFeatures({ names, grid }: Explained, flagged: readonly string[]): Flagged {
  const features = new Set<number>();
  const absent: string[] = [];
  for (const flag of flagged) {
    const own = grid === null ? byName(names, flag) : inRegion(grid, flag);
    if (own.length === 0) absent.push(flag);
    own.forEach((feature) => features.add(feature));
  }
  return { features, absent };
}

function byName(names: readonly string[], flag: string): number[] {
  const exact = names.flatMap((name, i) => (name === flag ? [i] : []));
  return exact.length > 0 ? exact : names.flatMap((name, i) => (name === flag.toLowerCase() ? [i] : []));
}

function inRegion({ width, height, block }: NonNullable<Explained['grid']>, flag: string): number[] {
  const numbers = /^\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*$/.exec(flag)?.slice(1).map(Number);
  if (numbers === undefined) return [];
  const [x = 0, y = 0, wide = 0, high = 0] = numbers;
  const touches = (from: number, size: number, at: number): boolean =>
    at * block < from + size && (at + 1) * block > from;
  return Array.from({ length: width * height }, (_, i) => i).filter(
    (i) => touches(x, wide, i % width) && touches(y, high, Math.floor(i / width)),
  );
}

function strongest(explained: Explained, sample: number): PatternFeature[] {
  const { rows, features } = unitsOfOnce(explained);
  const own = Array.from({ length: end(rows, sample) - begin(rows, sample) }, (_, i) => begin(rows, sample) + i);
  return own
    .sort((a, b) => Math.abs(rows.values[b] as number) - Math.abs(rows.values[a] as number) || a - b)
    .slice(0, SHOWN)
    .map((i) => features[rows.columns[i] as number] ?? { name: '' });
}

const known = new WeakMap<Explained, ReturnType<typeof unitsOf>>();
function unitsOfOnce(explained: Explained): ReturnType<typeof unitsOf> {
  const units = known.get(explained) ?? unitsOf(explained);
  known.set(explained, units);
  return units;
}

function meanOf(rows: Rows, samples: readonly number[]): Float64Array {
  const mean = new Float64Array(rows.width);
  for (const sample of samples)
    for (let i = begin(rows, sample); i < end(rows, sample); i += 1) {
      const column = rows.columns[i] as number;
      mean[column] = (mean[column] as number) + (rows.values[i] as number) / samples.length;
    }
  return mean;
}

function dot(rows: Rows, row: number, other: Float64Array): number {
  let sum = 0;
  for (let i = begin(rows, row); i < end(rows, row); i += 1)
    sum += (rows.values[i] as number) * (other[rows.columns[i] as number] as number);
  return sum;
}
