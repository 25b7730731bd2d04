/** A row's cells as the model's columns read them. */
import { fieldNamed, nearestNames } from '../../dataset';
import type { Field, RecordSample } from '../../dataset';
import { UserError } from '../../errors';
import type { ColumnConfig } from '../../workspace/types';
import { numberHint, parseNumber } from '../numbers';

export interface Cell {
  readonly field: Field;
  /** Number, category or text. */
  readonly value: number | string;
}

/** @throws UserError `column-missing`, `empty-cell`, `not-a-number`, `unknown-category`: column, row, value. */
export function readCell(sample: RecordSample, column: ColumnConfig): Cell {
  const field = fieldNamed(sample, column.name);
  const where = `${sample.ref.title}, column “${column.name}”`;
  if (field.type === 'other')
    throw new UserError('not-a-value', 'the cell is a list or an object', { where, next: 'choose another column' });
  const text = field.text.trim() === '' ? column.missing : field.text;
  if (text === undefined)
    throw new UserError('empty-cell', 'the cell is empty', {
      where,
      next: `fill it, or give the column a value for empty cells: "missing" (${column.type === 'text' ? '"" for text without words' : '"NaN" where the model reads missing numbers'})`,
    });
  return {
    field,
    value: valueOf(text, field, column, where),
  };
}

function valueOf(text: string | number, field: Field, column: ColumnConfig, where: string): Cell['value'] {
  switch (column.type) {
    case 'number':
      return toNumber(text, field, where);
    case 'category':
      return toCategory(String(text), column, where);
    case 'text':
      return String(text);
  }
}

function toNumber(value: string | number, field: Field, where: string): number {
  if (typeof value === 'number') return value;
  if (field.text.trim() === '' && /^nan$/i.test(value)) return NaN;
  if (field.type === 'boolean') return Number(field.text === 'true');
  const number = parseNumber(value);
  if (number !== null) return number;
  throw new UserError('not-a-number', `“${value.slice(0, 40)}” is not a number`, { where, next: numberHint(value) });
}

/** As the categories spell it; white space around a cell means nothing unless a category has it too. */
function toCategory(text: string, column: ColumnConfig, where: string): string {
  const { categories } = column;
  if (categories === undefined || categories.includes(text)) return text;
  if (categories.includes(text.trim())) return text.trim();
  const near = nearestNames(text, categories);
  throw new UserError('unknown-category', `“${text.slice(0, 40)}” is not a category of the column`, {
    where,
    next:
      near.length > 0
        ? `did you mean “${near.join('” or “')}”?`
        : `it has ${categories.slice(0, 8).join(', ')}${categories.length > 8 ? ', …' : ''}`,
  });
}
