/** Samples of a survey as a client sees them. */
import { suspectedClass } from '../../survey/label-errors';
import { state as known } from '../../survey/predictions';
import { isScored } from '../../survey/metrics';
import { changeAt, quantityOf, UNKNOWN } from '../../survey/select';
import { addressAt, partAt } from './parts';
import { contentAt } from './content';
import { titleAt } from './query';
import type { SurveyClass, SurveyRow } from '../../protocol';
import type { Asked } from './query';
import type { Edition } from './survey';

const CLASSES_SHOWN = 5;

/** @param content False: without text and cells, and quicker. */
export function rowAt({ edition, derived, beside }: Omit<Asked, 'rows'>, at: number, content: boolean): SurveyRow {
  const { predictions, line, problems } = edition.sheet;
  const { labels } = edition.model;
  const part = partAt(edition.parts, at);
  const predicted = predictions.state[at] === known.predicted;
  const labelled = isScored(predictions, at);
  const gold = predictions.gold[at] as number;
  const quantity = (sort: 'loss' | 'surprise' | 'entropy' | 'margin'): number =>
    quantityOf(predictions, sort, derived.prior, at);
  const suspected = beside.thresholds === null ? -1 : suspectedClass(predictions, beside.thresholds, at);
  const other = beside.before?.[at] ?? UNKNOWN;
  const top = predicted ? topOf(edition, at) : [];
  const { text, cells, gold: spelled } = content ? contentAt(part, at) : { text: null, cells: null, gold: null };
  return {
    position: at,
    address: addressAt(edition.parts, at),
    title: titleAt(edition, at),
    line: line[at] === 0 ? null : (line[at] as number),
    gold:
      gold >= 0
        ? { label: labels[gold] ?? `class ${gold}`, class: gold }
        : // A label that is none of the model's classes is shown as it is written.
          spelled === null
          ? null
          : { label: spelled, class: null },
    predicted: top[0] ?? null,
    top,
    goldProbability: labelled ? (predictions.goldProbability[at] as number) : null,
    goldRank: labelled ? (predictions.goldRank[at] as number) : null,
    wrong: labelled && predictions.goldRank[at] !== 1,
    loss: labelled ? quantity('loss') : null,
    surprise: labelled ? quantity('surprise') : null,
    entropy: predicted ? quantity('entropy') : 0,
    margin: predicted ? quantity('margin') : 0,
    suspected: suspected < 0 ? null : { class: suspected, label: labels[suspected] ?? `class ${suspected}` },
    before: other === UNKNOWN ? null : { class: other, label: labels[other] ?? `class ${other}` },
    change: changeAt(predictions, beside.before, at),
    text,
    cells,
    problem: problems.get(at) ?? null,
  };
}

function topOf({ sheet, model }: Edition, at: number): SurveyClass[] {
  const { top, probability, width } = sheet.predictions;
  return Array.from({ length: Math.min(CLASSES_SHOWN, width) }, (_, k) => {
    const one = top[at * width + k] as number;
    return {
      class: one,
      label: model.labels[one] ?? `class ${one}`,
      probability: probability[at * width + k] as number,
    };
  });
}
