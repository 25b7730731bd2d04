/** Numbers about a survey or a part of it. */
import { accuracyOf, classMetrics, confusionOf, isScored, lossOf, macroOf, reliabilityOf } from '../../survey/metrics';
import { suspectedClass } from '../../survey/label-errors';
import { state as known } from '../../survey/predictions';
import { breathing } from '../../survey/slices';
import { ask } from './query';
import { columnCodes } from './content';
import { whyUnlabelled } from './unlabelled';
import type { SliceMetrics, SurveySummary, SurveySummaryRequest } from '../../protocol';
import type { Store } from '../../survey/store';
import type { Edition, Survey } from './survey';

const MOST_SLICES = 200;
const BINS = 10;

export async function summaryOf(
  survey: Survey,
  store: Store,
  request: SurveySummaryRequest,
  signal?: AbortSignal,
): Promise<SurveySummary> {
  const { edition, derived, beside, rows } = await ask(survey, store, request.filter, 'position', false, signal);
  const { predictions } = edition.sheet;
  const { labels } = edition.model;
  // Each of these goes over all samples: a few milliseconds for a million.
  const breathe = breathing(signal);
  const confusion = confusionOf(predictions, rows);
  await breathe();
  const classes = classMetrics(confusion, labels, predictions.classes);
  const { bins, error } = reliabilityOf(predictions, rows, Math.max(1, Math.min(100, request.bins ?? BINS)));
  const slices = request.slice === undefined ? [] : await slicesOf(edition, rows, request.slice, signal);
  await breathe();
  let [predicted, labelled, suspected] = [0, 0, 0];
  for (const at of rows) {
    if (predictions.state[at] === known.predicted) predicted += 1;
    if (isScored(predictions, at)) labelled += 1;
    if (beside.thresholds !== null && suspectedClass(predictions, beside.thresholds, at) >= 0) suspected += 1;
  }
  await breathe();
  const accuracy = accuracyOf(predictions, rows);
  const topK = accuracyOf(predictions, rows, request.topK ?? 1);
  await breathe();
  const loss = lossOf(predictions, rows);
  return {
    survey: survey.id,
    revision: edition.revision,
    predicted,
    labelled,
    unlabelledBecause: predicted > labelled ? whyUnlabelled(edition, rows) : null,
    labels: Array.from({ length: predictions.classes }, (_, c) => labels[c] ?? `class ${c}`),
    confusion: Array.from(confusion),
    accuracy,
    topK,
    classes,
    macro: macroOf(classes),
    loss,
    reliability: bins,
    calibrationError: error,
    slices: slices.slice(0, MOST_SLICES),
    slicesLeftOut: Math.max(0, slices.length - MOST_SLICES),
    prior: Array.from(derived.prior),
    labelErrors: suspected,
  };
}

/** One per value of the column, by size. */
async function slicesOf(
  edition: Edition,
  rows: Uint32Array,
  column: string,
  signal: AbortSignal | undefined,
): Promise<SliceMetrics[]> {
  const { predictions } = edition.sheet;
  const { values, codes } = await columnCodes(edition, column, signal);
  const members = new Map<number, number[]>();
  for (const at of rows) {
    if (predictions.state[at] !== known.predicted) continue;
    const code = codes[at] as number;
    const list = members.get(code);
    if (list === undefined) members.set(code, [at]);
    else list.push(at);
  }
  const largest = [...members].sort((a, b) => b[1].length - a[1].length);
  return largest.map(([code, list], place) => {
    const slice = Uint32Array.from(list);
    // A column of ids has as many slices as samples: those that are not shown are only counted.
    const classes =
      place < MOST_SLICES
        ? classMetrics(confusionOf(predictions, slice), edition.model.labels, predictions.classes, false)
        : [];
    return {
      value: values[code] ?? '',
      samples: list.length,
      accuracy: accuracyOf(predictions, slice),
      classes,
      macroF1: macroOf(classes).f1,
    };
  });
}
