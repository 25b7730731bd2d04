/** Sums of relevance: from elements of entries to features (pixel = Σ channels, token = Σ embedding). */
import type { Value } from '../graph/types';
import type { Places } from './places';
import type { EncodedSampleCore } from './types';

/** Relevance per feature, gathered in double precision over runs. */
export interface Pool {
  /** Adds `factor ×` the relevance of every entry. */
  add(relevance: Readonly<Record<Value, ArrayLike<number>>>, factor?: number): void;
  /** Σ of everything added, elements that belong to no feature included. */
  readonly sum: number;
  features(): Float64Array;
}

/** @param count Number of features. */
export function pooling(places: Places, count: number): Pool {
  const features = new Float64Array(count);
  let rest = 0;
  return {
    add(relevance, factor = 1) {
      for (const [entry, place] of Object.entries(places)) {
        const values = relevance[entry];
        if (values === undefined) throw new Error(`no relevance for entry ${entry}`);
        for (let i = 0; i < place.length; i += 1) {
          const feature = place[i] as number;
          const value = factor * (values[i] as number);
          if (feature < 0) rest += value;
          else features[feature] = (features[feature] as number) + value;
        }
      }
    },
    get sum() {
      return features.reduce((sum, value) => sum + value, rest);
    },
    features: () => features.slice(),
  };
}

/** A picture with several numbers for each pixel. */
export function hasChannels({ grid, count }: Pick<EncodedSampleCore, 'grid' | 'count'>, places: Places): boolean {
  return grid !== null && Object.values(places).some((place) => place.length !== count);
}

/**
 * Σ |R| over the channels of each pixel, from relevance summed over all runs: what the *window* view multiplies a
 * picture with (everywhere else the sum over channels keeps its signs). Empty for other inputs and for one channel.
 */
export function magnitudes(
  relevance: Readonly<Record<Value, ArrayLike<number>>>,
  places: Places,
  { grid, count }: EncodedSampleCore,
): { readonly magnitude?: Float32Array } {
  if (!hasChannels({ grid, count }, places)) return {};
  const magnitude = new Float32Array(count);
  for (const [entry, place] of Object.entries(places))
    for (let i = 0; i < place.length; i += 1) {
      const feature = place[i] as number;
      if (feature >= 0) magnitude[feature] = (magnitude[feature] as number) + Math.abs(relevance[entry]?.[i] ?? 0);
    }
  return { magnitude };
}
