/** Options of the command line: one table, parsed by `node:util`. */
import { parseArgs } from 'node:util';
import { UserError } from '../errors';

/** One option, as it is parsed and as the help shows it. */
export interface OptionDefinition {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly short?: string;
  /** What follows the option in the help: `NAME|PATH`. */
  readonly value?: string;
  readonly help: string;
}

export const OPTIONS = {
  model: { type: 'string', value: 'NAME|PATH', help: 'model of the workspace file, or a model file or export folder' },
  tensor: {
    type: 'string',
    multiple: true,
    value: 'NAME=X.npy',
    help: 'sample as tensors, one for each model input (repeatable)',
  },
  text: { type: 'string', value: '"…"', help: 'sample as text' },
  method: { type: 'string', value: 'ID', help: 'attribution method, see `model-blame methods`' },
  option: {
    type: 'string',
    multiple: true,
    value: 'KEY=VALUE',
    help: 'parameter of the method, see `model-blame methods` (repeatable)',
  },
  baseline: { type: 'string', value: 'ID', help: 'what the sample is compared with, for methods that have a baseline' },
  target: {
    type: 'string',
    value: 'LABEL|INDEX',
    help: 'class to explain, the predicted one by default; of a regression the output, the first by default',
  },
  task: {
    type: 'string',
    value: 'TASK',
    help: 'what the numbers of the model are: classification or regression; by default what model-blame.json or its file says',
  },
  contrast: { type: 'string', value: 'LABEL|INDEX', help: 'explain why the target rather than this class' },
  'output-kind': {
    type: 'string',
    value: 'KIND',
    help: 'quantity of the class: logit, probability, logProbability, or contrastToRest; value of a regression’s output',
  },
  format: {
    type: 'string',
    value: 'FORMAT',
    help: 'terminal, json, or another form of this command; by default what --out ends with',
  },
  out: {
    type: 'string',
    short: 'o',
    value: 'FILE',
    help: 'write to a file; its ending names the form (.json, .html, .png, .npy, … as far as the command has it)',
  },
  engine: { type: 'string', value: 'NAME', help: 'engine to use, see `model-blame engines`' },
  gold: {
    type: 'string',
    value: 'LABEL|INDEX',
    help: 'class the sample should have, where its own label is not meant',
  },
  remove: { type: 'string', value: 'K', help: 'replace the K most blamed features one after another (default 10)' },
  replacement: {
    type: 'string',
    value: 'KIND',
    help: 'what takes their place: baseline, sign-flip, mean or donor (default: donor where a dataset is known, else baseline)',
  },
  donors: { type: 'string', value: 'N', help: 'samples with the gold label that lend their values (default 3)' },
  dataset: { type: 'string', value: 'GLOB', help: 'all misclassified samples of these files, in place of one SAMPLE' },
  flips: { type: 'string', value: 'K', help: 'with --dataset: share that is right after 1 … K replaced features' },
  most: {
    type: 'string',
    value: 'N',
    help: 'at most so many: features that change (counterfactual), samples of --dataset (blame), explained samples (patterns)',
  },
  by: {
    type: 'string',
    value: 'VIEWS',
    help: 'what to look for, with commas: features, rules, dead, clusters, map, unusual',
  },
  cell: { type: 'string', value: 'GOLD:PREDICTED', help: 'only this cell of the confusion matrix, by label or index' },
  class: { type: 'string', value: 'LABEL|INDEX', help: 'only samples of this class' },
  of: { type: 'string', value: 'WHICH', help: 'explain samples for the class that is predicted (the default) or gold' },
  space: { type: 'string', value: 'SPACE', help: 'compare samples by heatmaps (the default) or activations' },
  groups: { type: 'string', value: 'N', help: 'number of groups; chosen by the eigenvalues where not given' },
  flagged: {
    type: 'string',
    multiple: true,
    value: 'FEATURE',
    help: 'a known shortcut besides those of model-blame.json: a word, a column, or a region x,y,width,height (repeatable)',
  },
  samples: { type: 'string', value: 'N', help: 'samples drawn, spread over the dataset (default 50)' },
  steps: { type: 'string', value: 'N', help: 'parts in which all features are removed (default 20)' },
  seed: { type: 'string', value: 'N', help: 'of what is drawn (default 0)' },
  only: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'only checks of this name; * stands for any characters (repeatable)',
  },
  accept: { type: 'boolean', help: 'accept the mistakes there are: write the files that the checks compare with' },
  'fail-above': {
    type: 'string',
    value: 'SHARE',
    help: 'exit code 1 when more than this share of the labelled samples is wrong (0.1 is 10 %)',
  },
  fresh: { type: 'boolean', help: 'predict everything again, also what is known from before' },
  slice: { type: 'string', value: 'COLUMN', help: 'accuracy for every value of this column, too' },
  sort: {
    type: 'string',
    value: 'BY',
    help: 'order of the mistakes: loss (default), confidence, surprise, entropy, margin, label-quality or position',
  },
  top: { type: 'string', value: 'N', help: 'mistakes listed, at most (default 20; 5000 for sarif)' },
  where: {
    type: 'string',
    multiple: true,
    value: 'COLUMN=VALUE',
    help: 'only samples with this value (repeatable: all must hold)',
  },
  window: { type: 'string', value: 'N', help: 'which window of a long text, from 1' },
  position: {
    type: 'string',
    value: 'N|WORDS',
    help: 'for models that predict at every position (tags, next words): which token, by number from 1 or by its words',
  },
  measure: { type: 'boolean', help: 'also how fast each is on a small network' },
  'no-color': { type: 'boolean', help: 'no colour' },
  composite: { type: 'string', value: 'NAME', help: 'composite of the program or of model-blame.json' },
  conservation: {
    type: 'boolean',
    help: 'also list what relevance arrived at every node, went on and was lost, and why; as --debug conservation',
  },
  debug: { type: 'boolean', help: 'show the stack of an error, and what is being done' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
} as const satisfies Readonly<Record<string, OptionDefinition>>;

export type OptionName = keyof typeof OPTIONS;

/** What a command takes. */
export interface Syntax {
  readonly name: string;
  readonly options: readonly OptionName[];
  /** Positional arguments as the help shows them, `[SAMPLE]`; none when left out. */
  readonly positional?: string;
  /** Any number of positional arguments. */
  readonly several?: boolean;
}

/** Parsed options, by name. */
export interface Values {
  one(name: OptionName): string | undefined;
  all(name: OptionName): readonly string[];
  flag(name: OptionName): boolean;
}

export interface Parsed {
  readonly values: Values;
  readonly positionals: readonly string[];
}

/** @throws UserError `wrong-use` for unknown options, missing values and arguments that are too many. */
export function parse(command: Syntax, args: readonly string[]): Parsed {
  const names: readonly OptionName[] = [...command.options, 'debug', 'help'];
  const options = Object.fromEntries(
    names.map((name) => {
      const { type, multiple, short } = OPTIONS[name] as OptionDefinition;
      return [name, { type, multiple: multiple ?? false, ...(short === undefined ? {} : { short }) }];
    }),
  );
  let parsed;
  try {
    parsed = parseArgs({
      args: withConservation(args, names),
      options,
      allowPositionals: true,
      strict: true,
      tokens: true,
    });
  } catch (cause) {
    throw wrongUse(firstSentence(cause), command, cause);
  }
  for (const name of names) {
    const given = parsed.tokens.filter((token) => token.kind === 'option' && token.name === name).length;
    const { multiple, type } = OPTIONS[name] as OptionDefinition;
    if (given > 1 && multiple !== true && type === 'string') throw wrongUse(`--${name} is given twice`, command);
  }
  if (
    (parsed.positionals.length > 1 && command.several !== true) ||
    (command.positional === undefined && parsed.positionals.length > 0)
  )
    throw wrongUse(
      command.positional === undefined ? 'there is an argument too many' : 'one sample at a time',
      command,
      undefined,
      parsed.positionals.at(-1),
    );
  const values = parsed.values as Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  return {
    positionals: parsed.positionals,
    values: {
      one(name) {
        const value = values[name];
        return typeof value === 'string' ? value : undefined;
      },
      all(name) {
        const value = values[name];
        return Array.isArray(value) ? (value as readonly string[]) : [];
      },
      flag: (name) => values[name] === true,
    },
  };
}

/** `--debug conservation` is the option `--conservation`, for commands that have it. */
function withConservation(args: readonly string[], names: readonly OptionName[]): string[] {
  if (!names.includes('conservation')) return [...args];
  const at = args.indexOf('--debug');
  if (at >= 0 && args[at + 1] === 'conservation')
    return [...args.slice(0, at), '--conservation', ...args.slice(at + 2)];
  return args.map((arg) => (arg === '--debug=conservation' ? '--conservation' : arg));
}

/** An error of use, with the way to the help. */
export function wrongUse(what: string, command: Syntax, cause?: unknown, where?: string): UserError {
  return new UserError('wrong-use', what, {
    next: `see model-blame ${command.name} --help`,
    ...(where === undefined ? {} : { where }),
    cause,
  });
}

/** Node's own words, without its advice about `--` (which reads badly in one line). */
function firstSentence(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split(/\. (?=[A-Z])|\n/)[0] ?? text).replace(/\.$/, '');
}

/** Splits `key=value`. */
export function pair(given: string, option: OptionName, command: Syntax): readonly [string, string] {
  const at = given.indexOf('=');
  if (at <= 0)
    throw wrongUse(`--${option} wants ${(OPTIONS[option] as OptionDefinition).value ?? ''}`, command, undefined, given);
  return [given.slice(0, at), given.slice(at + 1)];
}

/** One of a few words. */
export function choice<Word extends string>(
  given: string | undefined,
  option: OptionName,
  words: readonly Word[],
  command: Syntax,
): Word | undefined {
  if (given === undefined) return undefined;
  const word = words.find((one) => one.toLowerCase() === given.toLowerCase());
  if (word === undefined) throw wrongUse(`--${option} is one of ${words.join(', ')}`, command, undefined, given);
  return word;
}
