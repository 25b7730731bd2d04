/** Help texts, made from the tables of commands and options. */
import type { CommandEntry } from './types';
import { OPTIONS } from './options';
import type { OptionDefinition, OptionName } from './options';

export function overview(commands: readonly CommandEntry[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'model-blame: which tokens, pixels or columns drove a prediction.',
    '',
    'Usage: model-blame COMMAND [OPTIONS]',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'model-blame COMMAND --help tells more; --version shows the version.',
    'Exit codes: 0 fine, 1 a failed check or a defect of the program, 2 wrong use or bad input, 130 interrupted.',
    '',
  ].join('\n');
}

export function commandHelp(command: CommandEntry): string {
  const usage = ['model-blame', command.name, command.positional, '[OPTIONS]'].filter((part) => part !== undefined);
  const names: readonly OptionName[] = [...command.options, 'debug', 'help'];
  const left = names.map((name) => [name, optionUse(name)] as const);
  const width = Math.max(...left.map(([, use]) => use.length));
  return [
    `Usage: ${usage.join(' ')}`,
    '',
    command.description,
    '',
    'Options:',
    ...left.map(([name, use]) => `  ${use.padEnd(width)}  ${OPTIONS[name].help}`),
    ...(command.examples.length > 0 ? ['', 'Examples:', ...command.examples.map((example) => `  ${example}`)] : []),
    '',
  ].join('\n');
}

function optionUse(name: OptionName): string {
  const { short, value } = OPTIONS[name] as OptionDefinition;
  const long = short === undefined ? `    --${name}` : `-${short}, --${name}`;
  return value === undefined ? long : `${long} ${value}`;
}
