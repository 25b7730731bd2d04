/** The label of a record, of one column or of one column a class. */
import { markOf } from '../workspace/labels';
import type { Field } from '../dataset/types';
import type { SourceSpan } from '../protocol';

/**
 * The label that a record has in its columns; null for none. Of one column a class: the class that is marked, several
 * marked ones as a JSON array, and a mark that is neither 0 nor 1 with its column, so that it is no class.
 */
export function labelIn(fields: readonly Field[], columns: readonly string[]): string | null {
  const cell = (column: string): string | undefined => fields.find(({ name }) => name === column)?.text;
  const [only, second] = columns;
  if (only === undefined) return null;
  if (second === undefined) {
    const text = cell(only) ?? '';
    return text.trim() === '' ? null : text;
  }
  const marked: string[] = [];
  for (const column of columns) {
    const text = cell(column);
    if (text === undefined) return null;
    const mark = markOf(text);
    if (mark === null) return `${column}: ${text}`;
    if (mark) marked.push(column);
  }
  return marked.length > 1 ? JSON.stringify(marked) : (marked[0] ?? null);
}

/** The cell with the label; of marks, the first that is set. Null where there is none. */
export function placeIn(fields: readonly Field[], columns: readonly string[]): SourceSpan | null {
  const cells = columns.flatMap((column) => fields.find(({ name }) => name === column) ?? []);
  const cell = columns.length === 1 ? cells[0] : cells.find(({ text }) => markOf(text) !== false);
  return cell?.locate(0, cell.text.length) ?? null;
}
