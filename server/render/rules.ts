/** Which rule each node gets, as a table for a terminal. */
import type { Parameters, RulesResponse } from '../protocol';
import { bold, dim, fit, width } from './ansi';
import type { TerminalStyle } from './terminal';
import { visible } from './text';
import { parameterWords } from './words';

/** The composite, or the rule with its numbers: whichever was asked for. */
function told(parameters: Parameters): Parameters {
  const { composite, rule, residual, activation, fold, ...numbers } = parameters;
  const common = {
    ...(residual === undefined ? {} : { residual }),
    ...(activation === undefined ? {} : { activation }),
  };
  if (composite !== undefined && composite !== 'none') return { composite, ...common };
  return { ...(rule === undefined ? {} : { rule }), ...numbers, ...common, ...(fold === undefined ? {} : { fold }) };
}

/** From the input to the logits; layers that a composite gives rules to stand out. */
export function rulesText({ model, parameters, rows, unmatched }: RulesResponse, { colour }: TerminalStyle): string {
  const names = rows.map(({ node }) => visible(node));
  const columns = [
    Math.min(Math.max(...names.map(width), 4), 48),
    Math.max(...rows.map(({ op }) => op.length), 8),
    Math.max(...rows.map(({ rule }) => (rule ?? '✗ none').length), 4),
  ] as const;
  const lines = rows.map(({ op, rule, detail, linear }, index) => {
    const cells = [fit(names[index] ?? '', columns[0]), op.padEnd(columns[1]), (rule ?? '✗ none').padEnd(columns[2])];
    const line = `${cells.join('  ')}  ${visible(detail)}`.trimEnd();
    return linear || rule === null ? line : dim(line, colour);
  });
  const missing = rows.filter(({ rule }) => rule === null).length;
  return [
    bold(`${visible(model)} ─ ${visible(parameterWords(told(parameters)))}`, colour),
    '',
    bold(
      `${fit('node', columns[0])}  ${'operator'.padEnd(columns[1])}  ${'rule'.padEnd(columns[2])}`.trimEnd(),
      colour,
    ),
    ...lines,
    ...(unmatched.length === 0 ? [] : ['', `! No layer matches ${visible(unmatched.join(', '))}.`]),
    ...(missing === 0 ? [] : ['', `✗ ${missing} node${missing === 1 ? ' has' : 's have'} no rule: LRP refuses this.`]),
    '',
  ].join('\n');
}
