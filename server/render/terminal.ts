/** Results for a terminal: prediction bars, heatmap, ranking, accounting. Dataset text is made visible and inert. */
import type { ClassScore, Explanation, Prediction, Warning } from '../protocol';
import { blocks } from './bars';
import { bold, dim, fit, inColour, width } from './ansi';
import type { ColourDepth } from './ansi';
import { diverging, legend } from './colour';
import type { Theme } from './colour';
import { heatmapLines } from './heatmapText';
import { milliseconds, signed, significant } from './numbers';
import { positionLines, positionWords } from './positions';
import { ranking } from './ranking';
import { baselineSays, isRegression, isRight, quantityVerdict, scoreNumber } from './scores';
import { shorten, visible } from './text';
import { accountingDetails, accountingWords, parameterWords, placeWords, targetWords } from './words';

export interface TerminalStyle {
  readonly colour: ColourDepth;
  readonly theme: Theme;
  readonly columns: number;
}

const classesShown = 5;
const quantitiesShown = 20;
const featuresShown = 10;

export function explanationText(explanation: Explanation, style: TerminalStyle): string {
  const { colour } = style;
  const lines = [
    title(explanation, style),
    ...placeLines(explanation, style),
    ...predictionLines(explanation.prediction, explanation, style),
    '',
    ...wrapped(`${explanation.method} · ${targetWords(explanation.target)}${baselineWords(explanation)}`, style),
    ...wrapped(parameterWords(explanation.parameters), style).map((line) => dim(line, colour)),
    '',
    ...heatmapLines(explanation, style),
    '',
    ...strongest(explanation, style),
    ...wrapped(accountingWords(explanation.accounting), style).map((line) => bold(line, colour)),
    ...wrapped(accountingDetails(explanation.accounting).join(' · '), style).map((line) => dim(line, colour)),
    ...wrapped(legend(explanation.target).text, style),
    ...explanation.warnings.flatMap((warning) => warningLines(warning, style)),
  ];
  return `${lines.join('\n')}\n`;
}

export function predictionText(prediction: Prediction, style: TerminalStyle): string {
  const lines = [
    title(prediction, style),
    ...placeLines(prediction, style),
    ...predictionLines(prediction.scores, { ...prediction, prediction: prediction.scores }, style),
    ...(prediction.positions === undefined ? [] : ['', ...positionLines(prediction, style)]),
  ];
  return `${lines.join('\n')}\n`;
}

function title(
  result: Pick<Explanation, 'sample' | 'model' | 'engine' | 'milliseconds'>,
  style: TerminalStyle,
): string {
  const parts = [
    shorten(visible(result.sample.title), 60),
    visible(result.model.name),
    visible(result.engine),
    milliseconds(result.milliseconds),
  ];
  return bold(parts.join(' ─ '), style.colour);
}

/** Which of its positions a model was read at, where it has several. */
function placeLines(result: Explanation | Prediction, style: TerminalStyle): string[] {
  const words = positionWords(result);
  return words === null ? [] : wrapped(`at ${words}; --position N|WORDS chooses another`, style);
}

/** `predicted  price  23.4   the file says 21.0 (error +2.4)`, one line an output. */
function quantityLines(scores: readonly ClassScore[], result: Predicted): string[] {
  const shown = scores.slice(0, quantitiesShown);
  const names = shown.map(({ label }) => shorten(visible(label), 24));
  const column = Math.max(...names.map(width), 0);
  const about = result.gold?.quantity?.output ?? 0;
  const said = quantityVerdict(result);
  const lines = shown.map((score, i) => {
    const number = visible(scoreNumber(score, result.model.unit));
    const verdict = said === null || score.class !== about ? '' : `   ${visible(shorten(said, 80))}`;
    return `${i === 0 ? 'predicted  ' : '           '}${fit(names[i] ?? '', column)}  ${number}${verdict}`.trimEnd();
  });
  if (scores.length > shown.length) lines.push(`           … ${scores.length - shown.length} more outputs`);
  return lines;
}

type Predicted = Pick<Explanation, 'gold' | 'prediction' | 'model'>;

/** `predicted  spam  0.831 ▇▇▇▇▇▇▇   gold ham ✗`, one line a class, most likely first. */
function predictionLines(scores: readonly ClassScore[], result: Predicted, { colour }: TerminalStyle): string[] {
  if (isRegression(result.model)) return quantityLines(scores, result);
  const shown = scores.slice(0, classesShown);
  const names = shown.map(({ label }) => shorten(visible(label), 24));
  const column = Math.max(...names.map(width), 0);
  const right = isRight(result);
  const mark = right === null ? '(not one of the classes)' : right ? '✓' : '✗ (misclassified)';
  const gold = result.gold === null ? '' : `   gold ${visible(shorten(result.gold.label, 24))} ${mark}`;
  const lines = shown.map((score, i) => {
    const lead = i === 0 ? 'predicted  ' : '           ';
    const number = scoreNumber(score);
    const bar = score.probability === null ? '' : blocks(score.probability * 20);
    const logit =
      score.probability === null || score.logit === null ? '' : dim(`  logit ${significant(score.logit)}`, colour);
    return `${lead}${fit(names[i] ?? '', column)}  ${number.padStart(7)} ${fit(bar, 20)}${logit}${i === 0 ? gold : ''}`.trimEnd();
  });
  const classes = Math.max(scores.length, result.model.labels.length);
  if (classes > shown.length) lines.push(`           … ${classes - shown.length} more classes`);
  return lines;
}

function strongest(explanation: Explanation, style: TerminalStyle): string[] {
  // Columns are all listed with their values already, words are not.
  if (explanation.features.kind === 'columns' && explanation.features.texts === undefined) return [];
  const top = ranking(explanation, featuresShown);
  const limit = Math.abs(top[0]?.relevance ?? 0);
  const names = top.map(({ name }) => shorten(visible(name), 30));
  const column = Math.max(...names.map(width), 0);
  return [
    ...top.map(({ feature, relevance, source }, i) => {
      const error = explanation.errors?.[feature];
      const within = error === undefined ? '' : dim(` ± ${significant(error, 2)}`.padEnd(11), style.colour);
      const value = inColour(signed(relevance).padStart(9), diverging(relevance, limit, 'dark'), style.colour);
      const place = source === null ? '' : dim(`  ${visible(placeWords(source))}`, style.colour);
      return `${value}${within}  ${fit(names[i] ?? '', column)}${place}`.trimEnd();
    }),
    '',
  ];
}

function baselineWords(explanation: Explanation): string {
  const { baseline } = explanation;
  if (baseline === null) return '';
  const said = baselineSays(explanation);
  const seen = said === '' ? '' : ` (predicted ${said})`;
  return ` · baseline ${baseline.label}${seen}`;
}

function warningLines({ message, action }: Warning, style: TerminalStyle): string[] {
  const option = action?.baseline === undefined ? '' : ` (--baseline ${action.baseline})`;
  const next = action === undefined ? '' : ` → ${action.title}${option}`;
  return wrapped(`! ${message}${next}`, style);
}

/** Breaks words at the width of the terminal; the text is made visible first. */
function wrapped(text: string, { columns }: TerminalStyle): string[] {
  const lines: string[] = [];
  for (const word of visible(text).split(' ')) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (width(last) + 1 + width(word) > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return text === '' ? [] : lines;
}
