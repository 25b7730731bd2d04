/** Geometry of the saturation curve. Pure. */

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly low: number;
  readonly high: number;
}

/** Range of values with a little room, never empty; 0 is inside. */
export function rangeOf(values: readonly number[]): readonly [number, number] {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(0, ...finite);
  const high = Math.max(0, ...finite);
  return high > low ? [low, high] : [low, low + 1];
}

/** `points` of an SVG polyline; alphas run along x from 0 to 1. */
export function polyline(alphas: readonly number[], values: readonly number[], frame: Frame): string {
  return alphas
    .map((alpha, index) => [alpha, values[index]] as const)
    .filter((pair): pair is readonly [number, number] => pair[1] !== undefined && Number.isFinite(pair[1]))
    .map(([alpha, value]) => `${round(alpha * frame.width)},${round(yOf(value, frame))}`)
    .join(' ');
}

export function yOf(value: number, frame: Frame): number {
  return frame.height * (1 - (value - frame.low) / (frame.high - frame.low));
}

/** Smallest alpha from which the probability stays within a hundredth of its end value; null without probabilities. */
export function flatFrom(alphas: readonly number[], probabilities: readonly number[] | null): number | null {
  const end = probabilities?.at(-1);
  if (probabilities === null || end === undefined) return null;
  let flat: number | null = null;
  for (let i = probabilities.length - 1; i >= 0 && Math.abs((probabilities[i] ?? 0) - end) <= 0.01; i--)
    flat = alphas[i] ?? null;
  return flat;
}

/** At most `count` indices spread evenly over `length`, the first and last among them: rows of the table. */
export function sampleIndices(length: number, count: number): number[] {
  if (length <= count) return [...Array(length).keys()];
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
