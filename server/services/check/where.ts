/** Which samples belong to a slice: conditions on columns. */
import { UserError } from '../../errors';
import { nearestNames } from '../../dataset';
import type { RawSample } from '../../dataset/types';
import type { Condition, Scalar, SliceConfig } from '../../workspace/checkTypes';

/** @throws UserError `no-columns` for a sample that is no row, `column-missing`. */
export function fits(sample: RawSample, where: SliceConfig['where']): boolean {
  const conditions = Object.entries(where ?? {});
  if (conditions.length === 0) return true;
  if (sample.kind !== 'record')
    throw new UserError('no-columns', '"where" is about columns, and this sample has none.', {
      where: sample.ref.title,
      next: 'Narrow the glob instead, or write "gold" or "predicted".',
    });
  return conditions.every(([column, condition]) => {
    const field = sample.fields.find(({ name }) => name === column);
    if (field !== undefined) return holds(field.text, condition);
    const names = sample.fields.map(({ name }) => name);
    const near = nearestNames(column, names);
    throw new UserError('column-missing', `There is no column "${column}".`, {
      where: sample.ref.title,
      next: near.length > 0 ? `Did you mean "${near.join('" or "')}"?` : `Columns: ${names.slice(0, 12).join(', ')}.`,
    });
  });
}

export function holds(text: string, condition: Scalar | readonly Scalar[] | Condition): boolean {
  if (Array.isArray(condition)) return (condition as readonly Scalar[]).some((value) => same(text, value));
  if (typeof condition !== 'object') return same(text, condition);
  const { not, atLeast, atMost, above, below, contains, matches } = condition as Condition;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return (
    (not === undefined || ![not].flat().some((one) => same(text, one))) &&
    (atLeast === undefined || value >= atLeast) &&
    (atMost === undefined || value <= atMost) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below) &&
    (contains === undefined || text.toLowerCase().includes(contains.toLowerCase())) &&
    (matches === undefined || new RegExp(matches, 'u').test(text))
  );
}

/** A number is compared as a number: `1` is `1.0`. */
function same(text: string, value: Scalar): boolean {
  if (typeof value === 'number') return text.trim() !== '' && Number(text) === value;
  return text === String(value);
}
