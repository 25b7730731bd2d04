/** A survey for a terminal: accuracy, classes, confusion, slices, the worst mistakes. Dataset text is made inert. */
import type { Share } from '../../protocol';
import { bold, dim, fit, width } from '../ansi';
import { milliseconds, percent, probability, significant } from '../numbers';
import { sampleCount } from '../patternWords';
import type { TerminalStyle } from '../terminal';
import { shorten, visible } from '../text';
import { failed, independentWords, unlabelledWords, unreadableWords, verdict } from './report';
import type { SurveyReport } from './report';

/** Larger confusion matrices are listed by their largest cells. */
const MATRIX_CLASSES = 12;
const CELLS_SHOWN = 12;
const CLASSES_SHOWN = 30;
const SLICES_SHOWN = 30;

export function surveyText(report: SurveyReport, style: TerminalStyle): string {
  const { colour } = style;
  const { state, summary, mistakes, total } = report;
  const told = verdict(report);
  const unreadable = unreadableWords(report);
  const unlabelled = unlabelledWords(report);
  const independent = independentWords(report);
  const lines = [
    bold(
      [
        visible(state.model.name),
        sampleCount(summary.predicted),
        state.cached > 0 ? `${state.cached} known before` : null,
        milliseconds(state.milliseconds),
      ]
        .filter((part) => part !== null)
        .join(' ─ '),
      colour,
    ),
    ...report.where.map(({ column, value }) => `where ${visible(column)} = ${visible(value)}`),
    `accuracy     ${shareWords(summary.accuracy)}`,
    ...(summary.loss === null ? [] : [`mean loss    ${significant(summary.loss)} nats`]),
    ...(summary.labelled === 0
      ? []
      : [
          `macro F1     ${significant(summary.macro.f1)}   precision ${significant(summary.macro.precision)}   recall ${significant(summary.macro.recall)}`,
          `calibration  expected error ${percent(summary.calibrationError)}`,
        ]),
    ...(summary.labelErrors > 0 ? [`labels       ${summary.labelErrors} are probably wrong themselves`] : []),
    ...(independent === null ? [] : [`! ${independent}`]),
    ...(unlabelled === null ? [] : [`! ${visible(unlabelled)}`]),
    ...(unreadable === null ? [] : [`! ${visible(unreadable)}`]),
    ...(state.warning === null ? [] : [`! ${visible(state.warning.what)}`]),
    ...(state.stale === null
      ? []
      : [`! The ${state.stale === 'model' ? 'model' : 'data'} changed meanwhile: run it again`]),
    ...(state.diff === null
      ? []
      : [
          `since the last model: ${state.diff.newlyRight} newly right, ${state.diff.newlyWrong} newly wrong of ${state.diff.compared}`,
        ]),
    ...(summary.labelled === 0 ? [] : countedLines(report, style)),
    ...(total > mistakes.length ? [dim(`… ${total - mistakes.length} more (--top)`, colour)] : []),
    ...(told === null ? [] : ['', bold(`${failed(report) ? '✗' : '✓'} ${told}`, colour)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** What there is to say about samples with a gold label. */
function countedLines(report: SurveyReport, { colour, columns }: TerminalStyle): string[] {
  return [
    '',
    ...classLines(report, colour),
    '',
    ...confusionLines(report, colour),
    ...sliceLines(report, colour),
    '',
    ...mistakeLines(report, columns, colour),
  ];
}

function shareWords({ value, count, of, low, high }: Share): string {
  if (of === 0) return 'no labelled sample';
  return `${percent(value)} (${count} of ${of}; 95 % between ${percent(low)} and ${percent(high)})`;
}

function classLines({ summary }: SurveyReport, colour: TerminalStyle['colour']): string[] {
  const seen = summary.classes.filter(({ gold, predicted }) => gold + predicted > 0);
  const names = seen.slice(0, CLASSES_SHOWN).map(({ label }) => shorten(visible(label), 24));
  const column = Math.max(5, ...names.map(width));
  return [
    bold(`${fit('class', column)}     gold  predicted  precision    recall     F1`, colour),
    ...seen
      .slice(0, CLASSES_SHOWN)
      .map(
        ({ gold, predicted, precision, recall, f1 }, i) =>
          `${fit(names[i] ?? '', column)}  ${String(gold).padStart(7)}  ${String(predicted).padStart(9)}  ${percent(precision.value).padStart(9)}  ${percent(recall.value).padStart(8)}  ${significant(f1).padStart(5)}`,
      ),
    ...(seen.length > CLASSES_SHOWN ? [dim(`… ${seen.length - CLASSES_SHOWN} more classes`, colour)] : []),
  ];
}

function confusionLines({ summary }: SurveyReport, colour: TerminalStyle['colour']): string[] {
  const { labels, confusion } = summary;
  const classes = labels.length;
  if (classes > MATRIX_CLASSES) {
    const cells = confusion
      .map((count, cell) => ({ count, gold: Math.floor(cell / classes), predicted: cell % classes }))
      .filter(({ count, gold, predicted }) => count > 0 && gold !== predicted)
      .sort((a, b) => b.count - a.count);
    return [
      bold('most confused', colour),
      ...cells
        .slice(0, CELLS_SHOWN)
        .map(
          ({ count, gold, predicted }) =>
            `${String(count).padStart(7)}  ${visible(labels[gold] ?? '')} predicted as ${visible(labels[predicted] ?? '')}`,
        ),
    ];
  }
  const names = labels.map((label) => shorten(visible(label), 10));
  const column = Math.max(...names.map(width), 4);
  const cell = Math.max(column, ...confusion.map((count) => String(count).length)) + 2;
  return [
    bold(
      `${fit('gold', column)}  ${names.map((name) => ' '.repeat(cell - width(name)) + name).join('')}  ← predicted`,
      colour,
    ),
    ...names.map(
      (name, gold) =>
        `${fit(name, column)}  ${names
          .map((_, predicted) => {
            const count = String(confusion[gold * classes + predicted] ?? 0).padStart(cell);
            return gold === predicted ? dim(count, colour) : count;
          })
          .join('')}`,
    ),
  ];
}

function sliceLines({ summary, slice }: SurveyReport, colour: TerminalStyle['colour']): string[] {
  if (slice === null) return [];
  const shown = summary.slices.slice(0, SLICES_SHOWN);
  const names = shown.map(({ value }) => (value === '' ? '(empty)' : shorten(visible(value), 30)));
  const column = Math.max(width(visible(slice)), ...names.map(width));
  const left = summary.slices.length - shown.length + summary.slicesLeftOut;
  return [
    '',
    bold(`${fit(visible(slice), column)}  samples  accuracy   95 % interval`, colour),
    ...shown.map(({ samples, accuracy }, i) => {
      const interval = accuracy.of === 0 ? 'no label' : `${percent(accuracy.low)} … ${percent(accuracy.high)}`;
      return `${fit(names[i] ?? '', column)}  ${String(samples).padStart(7)}  ${(accuracy.of === 0 ? '' : percent(accuracy.value)).padStart(8)}   ${interval}`;
    }),
    ...(left > 0 ? [dim(`… ${left} more values`, colour)] : []),
  ];
}

function mistakeLines(report: SurveyReport, columns: number, colour: TerminalStyle['colour']): string[] {
  const { mistakes, sort } = report;
  if (mistakes.length === 0) return ['no mistakes'];
  const titles = mistakes.map(({ title }) => shorten(visible(title), 40));
  const pairs = mistakes.map(
    ({ gold, predicted }) =>
      `${shorten(visible(gold?.label ?? ''), 16)} → ${shorten(visible(predicted?.label ?? ''), 16)}`,
  );
  const [first, second] = [Math.max(...titles.map(width)), Math.max(...pairs.map(width))];
  return [
    bold(`mistakes, by ${sort} (gold → predicted)`, colour),
    ...mistakes.map(({ predicted, loss, suspected, text }, i) => {
      const head = `${fit(titles[i] ?? '', first)}  ${fit(pairs[i] ?? '', second)}  ${probability(predicted?.probability ?? 0).padStart(7)}  loss ${significant(loss ?? 0).padEnd(5)}`;
      const note = suspected === null ? '' : ' label?';
      const room = columns - width(head) - width(note) - 3;
      const words = visible((text ?? '').replace(/\s+/g, ' '));
      return `${head}${note}${room < 12 ? '' : dim(`  ${fit(words, room).trimEnd()}`, colour)}`;
    }),
  ];
}
