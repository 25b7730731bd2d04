/** Which samples a filter lets through, and the number that orders them. */
import type { SurveyFilter, SurveySort } from '../protocol';
import { suspectedClass } from './label-errors';
import { isScored } from './metrics';
import { confidenceOf, predictedClass, probabilityOf, state } from './predictions';
import type { Predictions } from './predictions';
import type { Breathe } from './slices';

/** Another model said nothing about the sample. */
export const UNKNOWN = 0xffff;

/** A filter with everything looked up. */
export interface Selection {
  readonly only: SurveyFilter['only'] | null;
  readonly topK: number;
  readonly gold: number | null;
  readonly predicted: number | null;
  readonly confidence: readonly [number, number] | null;
  readonly loss?: readonly [number, number] | null;
  /** Positions [from, to) of one file. */
  readonly range: readonly [number, number] | null;
  readonly lines: readonly [number, number] | null;
  /** Sorted. */
  readonly positions: Uint32Array | null;
  /** 1 for samples that fit conditions on their content; null where there are none. */
  readonly mask: Uint8Array | null;
}

/** What selecting needs beside the predictions, one per sample. */
export interface Beside {
  /** 1-based physical line; 0 for files that are one sample. */
  readonly line: Uint32Array;
  /** `Tally.selfConfidence`, for suspected labels; null: not known, and none is suspected. */
  readonly thresholds: Float64Array | null;
  /** Class that the other model predicted, or `UNKNOWN`; null where there is no other. */
  readonly before: Uint16Array | null;
}

/** Samples looked at between two pauses. */
const STRIDE = 4096;

/** Positions in the order of files. @param breathe Pauses now and then: among many samples others have their turn. */
export async function select(
  predictions: Predictions,
  beside: Beside,
  selection: Selection,
  breathe: Breathe,
): Promise<Uint32Array> {
  const [from, to] = selection.range ?? [0, predictions.length];
  const candidates = selection.positions;
  const end = candidates === null ? to : candidates.length;
  const found = new Uint32Array(candidates === null ? to - from : end);
  let count = 0;
  for (let begin = candidates === null ? from : 0; begin < end; begin += STRIDE) {
    await breathe();
    for (let i = begin; i < Math.min(end, begin + STRIDE); i += 1) {
      const at = candidates === null ? i : (candidates[i] as number);
      if (at >= from && at < to && fits(predictions, beside, selection, at)) found[count++] = at;
    }
  }
  return found.slice(0, count);
}

function fits(predictions: Predictions, beside: Beside, selection: Selection, at: number): boolean {
  const { gold, predicted, confidence, loss = null, lines, mask, only, topK } = selection;
  const known = predictions.state[at];
  if (known === state.pending) return false;
  if (mask !== null && mask[at] === 0) return false;
  if (lines !== null && ((beside.line[at] as number) < lines[0] || (beside.line[at] as number) > lines[1]))
    return false;
  if (only === 'unreadable') return known === state.failed;
  if (known === state.failed)
    return only === null && gold === null && predicted === null && confidence === null && loss === null;
  if (gold !== null && predictions.gold[at] !== gold) return false;
  if (predicted !== null && predictedClass(predictions, at) !== predicted) return false;
  if (confidence !== null) {
    const p = confidenceOf(predictions, at);
    if (p < confidence[0] || p > confidence[1]) return false;
  }
  if (loss !== null) {
    if (!isScored(predictions, at)) return false;
    const nats = lossOf(predictions, at);
    if (nats < loss[0] || nats > loss[1]) return false;
  }
  return only === null || fitsKind(predictions, beside, only ?? 'wrong', topK, at);
}

function fitsKind(
  predictions: Predictions,
  { thresholds, before }: Beside,
  only: NonNullable<SurveyFilter['only']>,
  topK: number,
  at: number,
): boolean {
  const labelled = isScored(predictions, at);
  const right = labelled && (predictions.goldRank[at] as number) <= topK;
  const other = before?.[at] ?? UNKNOWN;
  switch (only) {
    case 'wrong':
      return labelled && !right;
    case 'right':
      return right;
    case 'unlabelled':
      return !labelled;
    case 'unreadable':
      return false;
    case 'label-errors':
      return thresholds !== null && suspectedClass(predictions, thresholds, at) >= 0;
    case 'changed':
      return other !== UNKNOWN && other !== predictedClass(predictions, at);
    case 'newly-wrong':
    case 'newly-right':
      return changeAt(predictions, before, at) === only;
  }
}

/** What became of a sample since the other model. */
export function changeAt(
  predictions: Predictions,
  before: Uint16Array | null,
  at: number,
): 'newly-wrong' | 'newly-right' | null {
  const other = before?.[at] ?? UNKNOWN;
  if (other === UNKNOWN || !isScored(predictions, at)) return null;
  const was = other === predictions.gold[at];
  const is = predictedClass(predictions, at) === predictions.gold[at];
  return was === is ? null : is ? 'newly-right' : 'newly-wrong';
}

/** −log p(gold) of a labelled sample. */
function lossOf(predictions: Predictions, at: number): number {
  return -Math.log(Math.max(1e-12, predictions.goldProbability[at] as number));
}

/** Sorts that begin with the largest number unless told otherwise. */
export const largestFirst: ReadonlySet<SurveySort> = new Set(['confidence', 'loss', 'surprise', 'entropy']);

/** The number a sample is sorted by; NaN where it has none. @param prior Mean prediction, for `surprise`. */
export function quantityOf(predictions: Predictions, sort: SurveySort, prior: ArrayLike<number>, at: number): number {
  if (predictions.state[at] !== state.predicted) return Number.NaN;
  const { probability, width, top, gold } = predictions;
  const labelled = isScored(predictions, at);
  switch (sort) {
    case 'position':
      return at;
    case 'confidence':
      return confidenceOf(predictions, at);
    case 'entropy':
      return predictions.entropy[at] as number;
    case 'margin':
      return (probability[at * width] as number) - (width > 1 ? (probability[at * width + 1] as number) : 0);
    case 'loss':
      return labelled ? lossOf(predictions, at) : Number.NaN;
    case 'surprise': {
      if (!labelled) return Number.NaN;
      const p = Math.max(1e-12, predictions.goldProbability[at] as number);
      return Math.log(Math.max(1e-12, prior[gold[at] as number] as number)) - Math.log(p);
    }
    case 'label-quality': {
      if (!labelled) return Number.NaN;
      const other = top[at * width] === gold[at] ? 1 : 0;
      const best = width > other ? (probability[at * width + other] as number) : 0;
      return (probabilityOf(predictions, at, gold[at] as number) ?? 0) - best;
    }
  }
}
