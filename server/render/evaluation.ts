/** Evaluation of explanations: a table for a terminal, and for Markdown. */
import type { EvaluatedMethod, EvaluateResponse, MeanWithError } from '../protocol';
import { bold, dim } from './ansi';
import { milliseconds, percent, significant } from './numbers';
import type { TerminalStyle } from './terminal';
import { visible } from './text';

interface Column {
  readonly title: string;
  readonly cell: (method: EvaluatedMethod) => string;
}

const columns: readonly Column[] = [
  { title: 'area ↑', cell: ({ area }) => withError(area) },
  { title: 'deletion ↓', cell: ({ deletion }) => number(deletion) },
  { title: 'insertion ↑', cell: ({ insertion }) => number(insertion) },
  { title: 'comprehens. ↑', cell: ({ comprehensiveness }) => number(comprehensiveness) },
  { title: 'sufficiency ↓', cell: ({ sufficiency }) => number(sufficiency) },
  { title: 'faithfulness ↑', cell: ({ faithfulness }) => number(faithfulness) },
  { title: 'flips ↑', cell: ({ flips }) => percent(flips.mean) },
  { title: 'Gini', cell: ({ gini }) => number(gini) },
  {
    title: 'time',
    cell: ({ milliseconds: time }) => (time === null ? '–' : milliseconds(time)),
  },
];

export function evaluationText(answer: EvaluateResponse, { colour }: TerminalStyle): string {
  const names = answer.methods.map(({ method }) => method);
  const first = Math.max(...names.map(({ length }) => length), 6);
  const cells = answer.methods.map((method) => columns.map(({ cell }) => cell(method)));
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => (row[i] ?? '').length)));
  const row = (name: string, texts: readonly string[]): string =>
    `${name.padEnd(first)}  ${texts.map((text, i) => text.padStart(widths[i] ?? 0)).join('  ')}`.trimEnd();
  return [
    bold(visible(`${answer.model.name} ─ ${countWords(answer)} ─ ${milliseconds(answer.milliseconds)}`), colour),
    ...protocolWords(answer),
    '',
    bold(
      row(
        '',
        columns.map(({ title }) => title),
      ),
      colour,
    ),
    ...answer.methods.map(({ method }, i) => {
      const line = row(method, cells[i] ?? []);
      return method === 'random' ? dim(line, colour) : line;
    }),
    '',
    ...noteWords(answer),
    '',
  ].join('\n');
}

export function evaluationMarkdown(answer: EvaluateResponse): string {
  const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  return [
    `# Explanations of ${visible(answer.model.name)}`,
    '',
    `${visible(countWords(answer))}. ${protocolWords(answer).join(' ')}`,
    '',
    row(['method', ...columns.map(({ title }) => title)]),
    row(['---', ...columns.map(() => '---:')]),
    ...answer.methods.map((method) => row([`\`${method.method}\``, ...columns.map(({ cell }) => cell(method))])),
    '',
    ...noteWords(answer).map((line) => `- ${line}`),
    '',
  ].join('\n');
}

function countWords({ dataset, samples, total, seed }: EvaluateResponse): string {
  return samples < total
    ? `${samples} of ${total} samples of ${dataset} (seed ${seed})`
    : `${samples} ${samples === 1 ? 'sample' : 'samples'} of ${dataset}`;
}

/** Who wins hangs on these: they stand beside every figure. */
function protocolWords({ steps, replacement, sets }: EvaluateResponse): string[] {
  return [
    `Score: probability of the predicted class. Removed: all features in ${steps} steps, replaced by ${visible(replacement.label)}; equal relevance by lot.`,
    `Comprehensiveness, sufficiency: mean over 1, 5, 10, 20, 50 %. Flips: after 10 %. Faithfulness: ${sets} random sets of a fifth.`,
  ];
}

function noteWords({ methods, left, skipped }: EvaluateResponse): string[] {
  return [
    ...methods.flatMap(({ method, overRandom }) =>
      overRandom === null || isBetter(overRandom)
        ? []
        : [`${method}: no better than an order by lot (area ${difference(overRandom)} over it)`],
    ),
    ...methods.flatMap(({ method, failed }) =>
      failed === null ? [] : [`${method}: ${failed.samples} not explained: ${visible(failed.reason)}`],
    ),
    ...(skipped === null ? [] : [`${skipped.samples} left out: ${visible(skipped.reason)}`]),
    ...left.map(({ method, reason }) => `${method} left out: ${visible(reason)}`),
  ];
}

/** By more than two standard errors. */
function isBetter({ mean, error }: MeanWithError): boolean {
  return error === null ? mean > 0 : mean > 2 * error;
}

const difference = ({ mean, error }: MeanWithError): string =>
  `${significant(mean)}${error === null ? '' : ` ± ${significant(error, 2)}`}`;

function withError(value: MeanWithError): string {
  return `${value.mean.toFixed(3)}${value.error === null ? '' : ` ± ${value.error.toFixed(3)}`}`.replaceAll('-', '−');
}

function number(value: MeanWithError | null): string {
  return value === null ? '–' : value.mean.toFixed(3).replace('-', '−');
}
