/** A counterfactual for a terminal, and as a row of a CSV file. */
import type { ClassScore, CounterfactualResponse } from '../protocol';
import { bold, dim, fit, width } from './ansi';
import { milliseconds } from './numbers';
import { scoreNumber } from './scores';
import type { TerminalStyle } from './terminal';
import { shorten, visible } from './text';

const changesShown = 30;

export function counterfactualText(answer: CounterfactualResponse, { colour }: TerminalStyle): string {
  const { sample, model, gold, before, after, changes, result } = answer;
  const shown = changes.slice(0, changesShown);
  const names = shown.map(({ name }) => shorten(visible(name), 32));
  const column = Math.max(0, ...names.map(width));
  return [
    bold(`${visible(sample.title)} ─ ${visible(model.name)} ─ ${milliseconds(answer.milliseconds)}`, colour),
    `before  ${scoreWords(before[0])}`,
    `after   ${scoreWords(after[0])}${after[0]?.class === gold.class ? '  ✓' : ''}`,
    '',
    bold(
      `what would make it ${visible(gold.label)}: ${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`,
      colour,
    ),
    ...shown.map(
      ({ from, to }, i) =>
        `  ${fit(names[i] ?? '', column)}  ${visible(shorten(from, 30))} → ${to === '' ? '(left out)' : visible(shorten(to, 30))}`,
    ),
    ...(changes.length > shown.length ? [dim(`  … ${changes.length - shown.length} more`, colour)] : []),
    ...(result.kind === 'text' ? ['', visible(shorten(result.text, 1000))] : []),
    dim(`${answer.evaluations} model evaluations`, colour),
    '',
  ].join('\n');
}

function scoreWords(score: ClassScore | undefined): string {
  if (score === undefined) return '';
  return `${visible(score.label)}  ${scoreNumber(score)}`;
}

/** Header and row (RFC 4180); null for what is no row. */
export function rowCsv(result: CounterfactualResponse['result']): string | null {
  const cells =
    result.kind === 'columns' ? result.cells : result.kind === 'text' ? (result.cells ?? { text: result.text }) : null;
  if (cells === null) return null;
  const line = (values: readonly string[]): string => values.map(quoted).join(',');
  return `${line(Object.keys(cells))}\n${line(Object.values(cells))}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
