/** Which column feeds which elements of which model input. */
import { UserError } from '../../errors';
import type { ColumnConfig, TableInputConfig } from '../../workspace/types';
import type { TextVectorization } from '../../model/types';
import { describeInput } from '../model-input';
import type { InputSpec } from '../model-input';
import { wordReader } from './words';
import type { WordReader } from './words';

export interface Slot {
  readonly column: number;
  /** Category of a one-hot slot; null when the value itself is fed. */
  readonly category: string | null;
}

/** One model input and what its elements are, in order. */
export interface PlannedInput {
  readonly input: InputSpec;
  /** Of a text, its column alone. */
  readonly slots: readonly Slot[];
  /** Of a text: what it is fed, one id a token; null for numbers and categories. */
  readonly words: WordReader | null;
  /** Of a text: the id that stands for no word. */
  readonly pad: number;
}

/**
 * @param texts How the model splits the inputs that are texts.
 * @throws UserError `no-columns`, `column-without-input`, `input-without-column`, `wrong-column-count`,
 *   `categories-missing`, `column-is-text`, `column-is-no-text`.
 */
export function planInputs(
  config: TableInputConfig,
  inputs: readonly InputSpec[],
  texts: readonly TextVectorization[],
): readonly PlannedInput[] {
  if (config.columns.length === 0)
    throw new UserError('no-columns', 'no columns are named', {
      where: '"input": "columns"',
      next: 'list the columns in the order the model reads them',
    });
  const targets = config.columns.map((column) => targetOf(column, config.columns, inputs));
  return inputs.map((input) => {
    const text = texts.find((item) => item.input === input.name);
    const slots = config.columns.flatMap((column, index) => {
      if (targets[index] !== input) return [];
      checkText(column, input, text !== undefined);
      return slotsOf(column, index, input);
    });
    if (text === undefined) check(input, slots);
    else checkOne(input, slots, config.columns);
    return { input, slots, words: text === undefined ? null : wordReader(text, input), pad: text?.pad ?? 0 };
  });
}

/** Both ways: what the model splits is called a text, and what is called a text is split. */
function checkText({ name, type }: ColumnConfig, input: InputSpec, isText: boolean): void {
  if (isText === (type === 'text')) return;
  throw isText
    ? new UserError('column-is-text', `column “${name}” is a ${type}, and the model splits it into words`, {
        where: describeInput(input),
        next: 'write "type": "text"',
      })
    : new UserError('column-is-no-text', `column “${name}” is text, and nothing says how the model splits it`, {
        where: describeInput(input),
        next:
          input.type.dtype === 'string'
            ? 'write "type": "category" where the model reads whole cells'
            : 'export the model with its vectorizer, or name columns of numbers',
      });
}

function checkOne(input: InputSpec, slots: readonly Slot[], columns: readonly ColumnConfig[]): void {
  if (slots.length === 1) return;
  const names = slots.map(({ column }) => `“${columns[column]?.name ?? ''}”`).join(', ');
  throw new UserError(
    slots.length === 0 ? 'input-without-column' : 'wrong-column-count',
    slots.length === 0
      ? `no column feeds the input “${input.name}”`
      : `several columns (${names}) feed the text “${input.name}”`,
    { where: describeInput(input), next: 'name the input in exactly one of the columns' },
  );
}

/** Named by the configuration, else by the column's own name, else the only input without a name match. */
function targetOf(column: ColumnConfig, columns: readonly ColumnConfig[], inputs: readonly InputSpec[]): InputSpec {
  const named = inputs.find((input) =>
    column.input === undefined ? sameName(input.name, column.name) : input.name === column.input,
  );
  if (named !== undefined) return named;
  const free = inputs.filter(
    (input) =>
      !columns.some((item) => (item.input === undefined ? sameName(input.name, item.name) : item.input === input.name)),
  );
  const [only] = free;
  if (column.input === undefined && only !== undefined && free.length === 1) return only;
  throw new UserError('column-without-input', `column “${column.name}” feeds no input of the model`, {
    where: `the model reads ${inputs.map(describeInput).join('; ')}`,
    next: 'name the input: "input" of the column',
  });
}

/** Exporters write `hours-per-week` as `hours_per_week`. */
function sameName(input: string, column: string): boolean {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '_');
  return plain(input) === plain(column);
}

function slotsOf(column: ColumnConfig, index: number, input: InputSpec): readonly Slot[] {
  if (column.categories !== undefined && input.type.dtype !== 'string')
    return column.categories.map((category) => ({ column: index, category }));
  if (column.type === 'category' && input.type.dtype !== 'string')
    throw new UserError('categories-missing', `column “${column.name}” is a category, and its input reads numbers`, {
      where: describeInput(input),
      next: 'list its "categories" in the model\'s order',
    });
  return [{ column: index, category: null }];
}

function check(input: InputSpec, slots: readonly Slot[]): void {
  if (slots.length === 0)
    throw new UserError('input-without-column', `no column feeds the input “${input.name}”`, {
      where: describeInput(input),
      next: 'name the input in one of the columns',
    });
  const { shape } = input.type;
  if (shape === undefined) return;
  if (shape.length < 1 || shape.length > 2)
    throw new UserError('wrong-input-shape', 'this input does not hold table rows', {
      where: describeInput(input),
      next: 'table models read [batch, columns]',
    });
  const width = shape.length === 1 ? 1 : shape[1];
  if (typeof width === 'number' && width !== slots.length)
    throw new UserError('wrong-column-count', `the model reads ${width} values, the columns give ${slots.length}`, {
      where: describeInput(input),
      next: 'list all columns the model was trained with, with their categories',
    });
}
