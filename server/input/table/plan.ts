/** Which column feeds which elements of which model input. */
import { UserError } from '../../errors';
import type { ColumnConfig, TableInputConfig } from '../../workspace/types';
import { describeInput } from '../model-input';
import type { InputSpec } from '../model-input';

export interface Slot {
  readonly column: number;
  /** Category of a one-hot slot; null when the value itself is fed. */
  readonly category: string | null;
}

/** One model input and what its elements are, in order. */
export interface PlannedInput {
  readonly input: InputSpec;
  readonly slots: readonly Slot[];
}

/** @throws UserError `no-columns`, `column-without-input`, `input-without-column`, `wrong-column-count`, `categories-missing`. */
export function planInputs(config: TableInputConfig, inputs: readonly InputSpec[]): readonly PlannedInput[] {
  if (config.columns.length === 0)
    throw new UserError('no-columns', 'no columns are named', {
      where: '"input": "columns"',
      next: 'list the columns in the order the model reads them',
    });
  const targets = config.columns.map((column) => targetOf(column, config.columns, inputs));
  return inputs.map((input) => {
    const slots = config.columns.flatMap((column, index) =>
      targets[index] === input ? slotsOf(column, index, input) : [],
    );
    check(input, slots);
    return { input, slots };
  });
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
