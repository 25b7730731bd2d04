/** Model checks as Markdown: a table for a pull request or a job's summary, and what failed below it. */
import { visible } from '../text';
import { placeOf, summary } from './report';
import type { CheckResult } from '../../protocol';
import type { ChecksReport } from './report';

const marks: Readonly<Record<CheckResult['outcome'], string>> = { passed: '✅', failed: '❌', errored: '⚠️' };

export function checksMarkdown({ results, cwd }: ChecksReport): string {
  const rows = results.map(({ outcome, name, measured, model }) =>
    [marks[outcome], cell(name), cell(measured?.actual ?? ''), cell(measured?.expected ?? ''), cell(model)].join(' | '),
  );
  const details = results
    .filter(({ outcome }) => outcome !== 'passed')
    .flatMap((result) => {
      const { outcome, name, message, next } = result;
      const fence = '`'.repeat(Math.max(3, ...[...message.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
      return [
        '',
        `#### ${marks[outcome]} ${plain(name)}`,
        '',
        `\`${visible(placeOf(result, cwd))}\``,
        '',
        `${fence}text`,
        visible(next === null ? message : `${message}\n${next}`, { keepLayout: true }),
        fence,
      ];
    });
  return [
    `### Model checks: ${summary(results)}`,
    '',
    '| | Check | Measured | Asked | Model |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    ...details,
    '',
  ].join('\n');
}

function plain(text: string): string {
  return visible(text).replace(/[\\`*_{}[\]<>#|&]/g, (one) => `&#${one.charCodeAt(0)};`);
}

function cell(text: string): string {
  return text === '' ? '–' : plain(text);
}
