/** What a model reads, from its inputs, the files beside it and the dataset's columns. */
import { basename } from 'node:path';
import { UserError } from '../errors';
import { listed } from './classes';
import type { ModelSummary } from '../compute/types';
import type { Dim, ValueType } from '../graph/types';
import type { ModelInput, TextVectorization } from '../model/types';
import type { ColumnSample } from '../workspace/guess';
import type { ColumnConfig, InputConfig, TableInputConfig } from '../workspace/types';
import type { ChosenModel } from './choose';
import type { InputKind } from './addresses';

/** Columns of the sample's dataset; null for samples that are no records. */
export type Columns = readonly ColumnSample[] | null;

/**
 * Complete input configuration: what the workspace file says, gaps filled.
 * @param fromTensors The sample is tensors: they feed a model of any kind as they are.
 * @param label Columns of the gold label, which a table model does not read.
 * Throws a UserError where nothing but a person can know.
 */
export function inferInput(
  chosen: ChosenModel,
  summary: ModelSummary,
  columns: Columns,
  label: readonly string[],
  fromTensors = false,
): InputConfig {
  const configured = chosen.config?.input;
  if (fromTensors) return { kind: 'tensor' };
  if (configured !== undefined && configured.kind !== 'text' && configured.kind !== 'image') return configured;
  const kind = configured?.kind ?? inputKind(chosen, summary, columns);
  switch (kind) {
    case 'text':
      return textInput(chosen, summary, configured?.kind === 'text' ? configured : { kind });
    case 'image': {
      const base = configured?.kind === 'image' ? configured : { kind };
      const { preprocessor } = chosen.files;
      return base.preprocessor === undefined && preprocessor !== null ? { ...base, preprocessor } : base;
    }
    case 'table':
      return tableInput(chosen, summary, columns, label);
    case 'tensor':
      return { kind };
  }
}

/** Kind of samples a model reads, without a word from the workspace file. */
export function inputKind(chosen: ChosenModel, summary: ModelSummary, columns: Columns): InputKind {
  const { inputs } = summary;
  const { tokenizer, vocabulary } = chosen.files;
  if (summary.texts !== undefined) return inputs.length === 1 ? 'text' : 'table';
  if (inputs.some(isTokenIds)) {
    if (tokenizer !== null || vocabulary !== null) return 'text';
    if (inputs.some(({ name }) => /^input_?ids$/i.test(name)))
      throw new UserError('no-tokenizer', 'The model reads token ids, and there is no tokenizer beside it.', {
        where: basename(chosen.files.model),
        next: 'Put its tokenizer.json beside it, or name a tokenizer or vocabulary in model-blame.json.',
      });
  }
  if (inputs.length === 1 && channelsOf((inputs[0] as ModelInput).type) !== null) return 'image';
  if (columns !== null && (inputs.every(isColumn) || (inputs.length === 1 && isMatrix(inputs[0] as ModelInput))))
    return 'table';
  return 'tensor';
}

/** Rank-1 or -2 integers: [batch, positions]. */
function isTokenIds({ type }: ModelInput): boolean {
  return (type.dtype === 'int64' || type.dtype === 'int32') && type.shape?.length === 2;
}

/** Channels of a picture input, from the axis that has 1, 3 or 4; null for other shapes. */
function channelsOf({ shape, dtype }: ValueType): number | null {
  if (shape?.length !== 4 || (!dtype.startsWith('float') && dtype !== 'uint8')) return null;
  const isCount = (dim: Dim | undefined): dim is number => dim === 1 || dim === 3 || dim === 4;
  if (isCount(shape[1])) return shape[1];
  return isCount(shape[3]) ? shape[3] : null;
}

/** One value a row: [batch] or [batch, 1]. */
function isColumn({ type }: ModelInput): boolean {
  return type.shape !== undefined && (type.shape.length === 1 || (type.shape.length === 2 && type.shape[1] === 1));
}

function isMatrix({ type }: ModelInput): boolean {
  return (
    type.shape?.length === 2 && (type.dtype.startsWith('float') || type.dtype === 'string' || type.dtype === 'int64')
  );
}

function textInput(
  chosen: ChosenModel,
  summary: ModelSummary,
  base: Extract<InputConfig, { kind: 'text' }>,
): InputConfig {
  const { tokenizer, vocabulary } = chosen.files;
  if (summary.texts !== undefined && summary.inputs.length > 1)
    throw new UserError('text-beside-columns', 'The model reads more than one text.', {
      where: listed(summary.inputs.map(({ name }) => name)),
      next: 'Describe it as a table in model-blame.json: "kind": "table", its texts as columns of "type": "text".',
    });
  // A model that splits its text itself knows best, unless the workspace file says otherwise.
  if (summary.texts !== undefined) return base;
  const named = base.tokenizer !== undefined || base.vocabulary !== undefined;
  if (!named && tokenizer === null && vocabulary === null)
    throw new UserError('no-tokenizer', 'A text model needs its tokenizer, and there is none beside it.', {
      where: basename(chosen.files.model),
      next: 'Put its tokenizer.json beside it, or name a tokenizer or vocabulary in model-blame.json.',
    });
  return {
    ...(named || tokenizer === null ? {} : { tokenizer }),
    ...(named || vocabulary === null ? {} : { vocabulary }),
    ...base,
  };
}

function tableInput(
  chosen: ChosenModel,
  summary: ModelSummary,
  columns: Columns,
  label: readonly string[],
): TableInputConfig {
  const readable = (columns ?? []).filter(({ name }) => !label.includes(name));
  const { inputs } = summary;
  const first = inputs[0] as ModelInput;
  // What a model was made to read empty cells as.
  const empty = (type: ColumnConfig['type']): Pick<ColumnConfig, 'missing'> =>
    type === 'number' && summary.readsMissing === true ? { missing: 'NaN' } : {};
  if (inputs.length > 1)
    return {
      kind: 'table',
      columns: inputs.map((input) => {
        const column = matching(chosen, input, readable, summary.texts ?? []);
        return { ...column, ...empty(column.type) };
      }),
    };

  const width = first.type.shape?.[1];
  const type = first.type.dtype === 'string' ? ('category' as const) : ('number' as const);
  const numeric = readable.filter(({ values }) => values.every(isNumber));
  const isText = type === 'category';
  const chosenColumns =
    typeof width === 'number' ? [readable, numeric].find((list) => list.length === width) : isText ? readable : numeric;
  if (chosenColumns === undefined || chosenColumns.length === 0)
    throw new UserError(
      'columns-unclear',
      `The model reads ${width ?? 'some'} values a row, the dataset has ${readable.length} columns besides the label (${numeric.length} of numbers).`,
      {
        where: basename(chosen.files.model),
        next: 'Name them: "input": { "kind": "table", "columns": [ … ] } in model-blame.json.',
      },
    );
  return { kind: 'table', columns: chosenColumns.map(({ name }) => ({ name, type, ...empty(type) })) };
}

/** The column an input is named after: exactly, else without regard to case and punctuation. */
function matching(
  chosen: ChosenModel,
  input: ModelInput,
  columns: readonly ColumnSample[],
  texts: readonly TextVectorization[],
): ColumnConfig {
  const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
  const column =
    columns.find(({ name }) => name === input.name) ?? columns.find(({ name }) => plain(name) === plain(input.name));
  if (column === undefined)
    throw new UserError('column-missing', `No column is named like the model's input "${input.name}".`, {
      where: basename(chosen.files.model),
      next: `Columns: ${listed(columns.map(({ name }) => name))}. Name them in model-blame.json.`,
    });
  const other = input.type.dtype === 'string' ? 'category' : 'number';
  const type = texts.some((text) => text.input === input.name) ? 'text' : other;
  return { name: column.name, type, input: input.name };
}

function isNumber(value: string): boolean {
  return value.trim() === '' || Number.isFinite(Number(value));
}
