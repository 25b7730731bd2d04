/** Model checks for a terminal: one line for what holds, a few for what does not. */
import { bold, dim, inColour } from '../ansi';
import { milliseconds } from '../numbers';
import { visible } from '../text';
import { placeOf, summary } from './report';
import type { CheckResult } from '../../protocol';
import type { Rgb } from '../colour';
import type { TerminalStyle } from '../terminal';
import type { ChecksReport } from './report';

const marks: Readonly<Record<CheckResult['outcome'], string>> = { passed: '✓', failed: '✗', errored: '!' };
type Outcomes = Readonly<Record<CheckResult['outcome'], Rgb>>;
const onDark: Outcomes = { passed: [95, 215, 135], failed: [255, 101, 90], errored: [255, 175, 95] };
const onLight: Outcomes = { passed: [0, 110, 60], failed: [183, 25, 28], errored: [160, 90, 0] };

export function checksText({ results, cwd, milliseconds: time }: ChecksReport, style: TerminalStyle): string {
  const { colour, theme } = style;
  const colours = theme === 'light' || theme === 'highContrastLight' ? onLight : onDark;
  const lines = results.flatMap((result) => {
    const { outcome, name, message, next } = result;
    const mark = inColour(marks[outcome], colours[outcome], colour);
    const told = [...message.split('\n'), ...(next === null ? [] : [`next: ${next}`])];
    const place = outcome === 'passed' ? [] : [dim(`    ${visible(placeOf(result, cwd))}`, colour)];
    return [
      `${mark} ${bold(visible(name), colour)}`,
      ...told.map((line) => `    ${outcome === 'passed' ? dim(visible(line), colour) : visible(line)}`),
      ...place,
    ];
  });
  return `${[...lines, '', `${summary(results)} (${milliseconds(time)})`].join('\n')}\n`;
}
