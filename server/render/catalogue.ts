/** Methods, models and engines as lists for a terminal. */
import { familyTitles } from './families';
import type { EnginesResponse, MethodInfo, ModelEntry } from '../protocol';
import { bold, dim, fit, width } from './ansi';
import type { TerminalStyle } from './terminal';
import { significant } from './numbers';
import { visible } from './text';
import { fileName } from './words';

/** Methods by family, in the order of their table: meaning, cost, where they mislead. */
export function methodTable(methods: readonly MethodInfo[], { colour }: TerminalStyle): string {
  const column = Math.max(...methods.map(({ id }) => id.length), 0);
  const indent = ' '.repeat(column);
  const families = [...new Set(methods.map(({ family }) => family))];
  const blocks = families.map((family) => [
    dim(familyTitles[family], colour),
    ...methods
      .filter((method) => method.family === family)
      .flatMap(({ id, means, misleads, cost }) => [
        `${bold(id.padEnd(column), colour)}  ${means}`,
        `${indent}  ${dim(`cost: ${cost}`, colour)}`,
        `${indent}  ${dim(`misleads: ${misleads}`, colour)}`,
      ]),
  ]);
  const text = blocks.map((lines) => lines.join('\n')).join('\n\n');
  return `${text}\n\nmodel-blame methods ID tells all about one, with its parameters.\n`;
}

export function methodText(info: MethodInfo, { colour }: TerminalStyle): string {
  const line = (name: string, text: string) => `  ${name.padEnd(9)} ${text}`;
  const lines = [
    `${bold(info.id, colour)} — ${info.name}`,
    line('formula', info.formula),
    line('means', info.means),
    line('needs', info.needs),
    line('misleads', info.misleads),
    line('axioms', info.axioms.join(', ') || 'none'),
    line('cost', info.cost),
    line('papers', info.papers.join(' · ')),
    ...(info.parameters.length === 0 ? [] : ['  parameters (--option name=value)']),
    ...info.parameters.map(({ name, default: value, description, choices }) => {
      const words = choices === undefined ? '' : ` (${choices.join(', ')})`;
      return `    ${name}=${String(value)}  ${description}${words}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

export function modelTable(models: readonly ModelEntry[], { colour }: TerminalStyle): string {
  if (models.length === 0)
    return 'No model is known here. Name one in model-blame.json, or give --model PATH to explain.\n';
  const names = models.map(({ name }) => visible(name));
  const column = Math.max(...names.map(width));
  const lines = models.map((model, i) => {
    const state = model.problem === null ? '' : `  ✗ ${visible(model.problem)}`;
    return `${bold(fit(names[i] ?? '', column), colour)}  ${model.inputKind ?? '?'}  ${visible(fileName(model.uri))}${state}`;
  });
  return `${lines.join('\n')}\n`;
}

export function engineTable({ engines, chosen }: EnginesResponse, { colour }: TerminalStyle): string {
  const column = Math.max(...engines.map(({ name }) => name.length), 0);
  const lines = engines.map(({ name, available, detail, throughput }) => {
    const mark = name === chosen ? '→' : available ? '✓' : '✗';
    const speed = throughput === undefined ? '' : `, ${significant(throughput)}·10⁹ operations a second`;
    return `${mark} ${bold(name.padEnd(column), colour)}  ${visible(detail)}${speed}`;
  });
  return `${lines.join('\n')}\n`;
}
