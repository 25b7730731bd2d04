/** Numbers of a survey as they are written and drawn. Pure. */
import type { ReliabilityBin, Share, SurveySummary } from '../../server/protocol/survey';
import { probability } from '../../server/render/numbers';

/** `0.970 (0.953–0.981)`; a dash where there is nothing to count. */
export function shareWords({ value, low, high, of }: Share): string {
  return of === 0 ? '–' : `${probability(value)} ${interval(low, high)}`;
}

export function interval(low: number, high: number): string {
  return `(${probability(low)}–${probability(high)})`;
}

export function counted(value: number): string {
  return value.toLocaleString('en');
}

/** A cell of the confusion matrix. */
export interface Cell {
  readonly gold: number;
  readonly predicted: number;
  readonly count: number;
  /** Of the samples with this gold label. */
  readonly share: number;
}

/** Rows are gold classes, columns predictions. */
export function matrixRows({ labels, confusion }: SurveySummary): readonly (readonly Cell[])[] {
  const size = labels.length;
  return labels.map((_, gold) => {
    const counts = confusion.slice(gold * size, (gold + 1) * size);
    const sum = counts.reduce((total, count) => total + count, 0);
    return counts.map((count, predicted) => ({ gold, predicted, count, share: sum === 0 ? 0 : count / sum }));
  });
}

/** Class pairs that were confused, most often first. */
export function topPairs(summary: SurveySummary, limit: number): readonly Cell[] {
  return matrixRows(summary)
    .flat()
    .filter(({ gold, predicted, count }) => gold !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, limit);
}

/** How strongly a cell is coloured, 0…1: a few mistakes of many are to be seen too. */
export function strength(share: number): number {
  return share <= 0 ? 0 : Math.min(1, 0.12 + 0.88 * Math.sqrt(share));
}

/** What the calibration says in a sentence. */
export function calibrationWords({ reliability, calibrationError }: SurveySummary): string {
  const error = `Expected calibration error ${probability(calibrationError)}.`;
  const known = reliability.filter(({ samples }) => samples > 0);
  const sum = (of: (bin: ReliabilityBin) => number): number =>
    known.reduce((total, bin) => total + of(bin) * bin.samples, 0);
  const gap = sum(({ confidence }) => confidence) - sum(({ accuracy }) => accuracy.value);
  const samples = known.reduce((total, bin) => total + bin.samples, 0);
  if (samples === 0) return 'No labelled sample yet.';
  if (Math.abs(gap) / samples < 0.01) return `${error} On average the model is as sure as it is right.`;
  return `${error} On average the model is ${gap > 0 ? 'surer than it is right' : 'less sure than it is right'}.`;
}
