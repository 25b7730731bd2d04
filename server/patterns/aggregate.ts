/** Relevance summed over samples: which words, columns or regions carry a class. */
import { begin, end } from './rows';
import type { FeaturePattern, Heatmap, PatternFeature } from '../protocol';
import type { CoarseRegion, Explained, HeatmapGrid, Rows } from './types';

/** Regions along the longer side of a picture. */
const REGIONS = 7;

/** Features of the aggregate: the samples' own, or for pictures coarse regions of the heatmap. */
export interface Units {
  readonly rows: Rows;
  readonly features: readonly PatternFeature[];
}

/** @returns Words, columns and elements as they are; pixels summed over coarse regions. */
export function unitsOf({ relevance, names, grid }: Explained): Units {
  if (grid === null) return { rows: relevance, features: names.map((name) => ({ name })) };
  const regions = regionsOf(grid);
  const regionOf = new Int32Array(relevance.width);
  regions.forEach(({ features }, region) => features.forEach((feature) => (regionOf[feature] = region)));
  const values = new Float32Array(relevance.count * regions.length);
  for (let row = 0; row < relevance.count; row += 1)
    for (let i = begin(relevance, row); i < end(relevance, row); i += 1) {
      const at = row * regions.length + (regionOf[relevance.columns[i] as number] as number);
      values[at] = (values[at] as number) + (relevance.values[i] as number);
    }
  const starts = Int32Array.from({ length: relevance.count + 1 }, (_, row) => row * regions.length);
  const columns = Int32Array.from(values, (_, i) => i % regions.length);
  return {
    rows: { count: relevance.count, width: regions.length, starts, columns, values },
    features: regions.map(({ x, y, width, height }) => ({
      name: regionName({ x, y, width, height }),
      region: { x, y, width, height },
    })),
  };
}

/** Squares of blocks that cover a heatmap, in rows from the upper left. */
export function regionsOf({ width, height, block }: HeatmapGrid): readonly CoarseRegion[] {
  const side = Math.max(1, Math.ceil(Math.max(width, height) / REGIONS));
  const regions: CoarseRegion[] = [];
  for (let top = 0; top < height; top += side)
    for (let left = 0; left < width; left += side) {
      const [wide, high] = [Math.min(side, width - left), Math.min(side, height - top)];
      const features = Array.from(
        { length: wide * high },
        (_, i) => (top + Math.floor(i / wide)) * width + left + (i % wide),
      );
      regions.push({ x: left * block, y: top * block, width: wide * block, height: high * block, features });
    }
  return regions;
}

export function regionName(region: { x: number; y: number; width: number; height: number }): string {
  const { x, y, width, height } = region;
  return `x ${x}–${x + width - 1}, y ${y}–${y + height - 1}`;
}

const SAMPLES_SHOWN = 50;

/**
 * Relevance per feature over some of the samples, the largest sum first.
 * @param most Features returned: that many for the class; features that speak against it are counted in the sums only.
 */
export function aggregate({ rows, features }: Units, samples: readonly number[], most: number): FeaturePattern[] {
  const found = new Map<number, { sum: number; count: number; positive: number; samples: [number, number][] }>();
  for (const sample of samples)
    for (let i = begin(rows, sample); i < end(rows, sample); i += 1) {
      const [feature, value] = [rows.columns[i] as number, rows.values[i] as number];
      const own = found.get(feature) ?? { sum: 0, count: 0, positive: 0, samples: [] };
      own.sum += value;
      own.count += 1;
      if (value > 0) own.positive += 1;
      own.samples.push([sample, value]);
      found.set(feature, own);
    }
  return [...found]
    .sort(([a, one], [b, other]) => other.sum - one.sum || a - b)
    .slice(0, most)
    .map(([feature, { sum, count, positive, samples: own }]) => ({
      feature: features[feature] ?? { name: '' },
      count,
      sum,
      mean: sum / count,
      positive: positive / count,
      samples: own
        .sort(([a, one], [b, other]) => other - one || a - b)
        .slice(0, SAMPLES_SHOWN)
        .map(([sample]) => sample),
    }));
}

/** Mean heatmap of some of the samples; undefined where there is no picture. */
export function meanHeatmap({ relevance, grid }: Explained, samples: readonly number[]): Heatmap | undefined {
  if (grid === null) return undefined;
  const sums = new Float32Array(relevance.width);
  for (const sample of samples)
    for (let i = begin(relevance, sample); i < end(relevance, sample); i += 1) {
      const feature = relevance.columns[i] as number;
      sums[feature] = (sums[feature] as number) + (relevance.values[i] as number) / samples.length;
    }
  return { width: grid.width, height: grid.height, relevance: sums };
}

/** Median of each pixel over heatmaps scaled to Σ|R| = 1; undefined where there is no picture. */
export function medianHeatmap({ grid }: Explained, scaled: Rows, samples: readonly number[]): Heatmap | undefined {
  if (grid === null) return undefined;
  const columns = Array.from({ length: scaled.width }, () => new Float32Array(samples.length));
  samples.forEach((sample, at) => {
    for (let i = begin(scaled, sample); i < end(scaled, sample); i += 1)
      (columns[scaled.columns[i] as number] as Float32Array)[at] = scaled.values[i] as number;
  });
  return { width: grid.width, height: grid.height, relevance: Float32Array.from(columns, median) };
}

/** Of a copy; the mean of the two in the middle where their number is even. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  if (length === 0) return 0;
  return ((sorted[Math.floor((length - 1) / 2)] as number) + (sorted[Math.ceil((length - 1) / 2)] as number)) / 2;
}
