/** Relevance in a few steps of strength: an editor has a fixed set of decoration types. */

/** Steps per sign. */
export const steps = 4;
/** No editor gets more decorations than this. */
export const limit = 1000;

export interface Bucketed {
  readonly index: number;
  /** −steps … −1 and 1 … steps: against and for the target. */
  readonly bucket: number;
}

/**
 * Features with visible strength, strongest first, at most `limit`. The scale is symmetric about 0; features below an
 * eighth of the strongest stay plain, so that a file is not painted where nothing is to be seen.
 */
export function toBuckets(relevance: Float32Array, wanted: readonly number[]): readonly Bucketed[] {
  const strongest = relevance.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (strongest === 0) return [];
  return wanted
    .map((index) => ({ index, share: (relevance[index] ?? 0) / strongest }))
    .filter(({ share }) => Math.abs(share) >= 0.125)
    .sort((a, b) => Math.abs(b.share) - Math.abs(a.share))
    .slice(0, limit)
    .map(({ index, share }) => ({ index, bucket: Math.sign(share) * Math.ceil(Math.abs(share) * steps) }));
}
