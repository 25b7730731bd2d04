/** Fields of one delimited record (RFC 4180): quotes double inside quotes, and only at a field's start they open. */
import { UserError } from '../errors';
import { field, plainText, escapedText } from './field';
import type { UnitMap } from './field';
import type { Locator } from './positions';
import type { Field } from './types';

/** A field as it lies in the record's text. */
export interface Cell {
  /** Unquoted, unescaped. */
  readonly text: string;
  /** Offset of the content in the record's text, inside the quotes. */
  readonly start: number;
  readonly end: number;
  readonly escaped: boolean;
}

/** What is wrong with a record's quotes; offsets in the record's text. */
export interface QuoteProblem {
  readonly opened: number;
  readonly at: number;
}

/** Cells of a record, or the first quoting problem. */
export function splitRecord(record: string, delimiter: string): readonly Cell[] | QuoteProblem {
  const cells: Cell[] = [];
  let at = 0;
  for (;;) {
    if (record[at] === '"') {
      const close = closingQuote(record, at);
      if (close < 0) return { opened: at, at: record.length };
      const raw = record.slice(at + 1, close);
      const escaped = raw.includes('""');
      cells.push({ text: escaped ? raw.replaceAll('""', '"') : raw, start: at + 1, end: close, escaped });
      const opened = at;
      at = close + 1;
      if (at < record.length && record[at] !== delimiter) return { opened, at };
    } else {
      const found = record.indexOf(delimiter, at);
      const end = found < 0 ? record.length : found;
      cells.push({ text: record.slice(at, end), start: at, end, escaped: false });
      at = end;
    }
    if (at >= record.length) return cells;
    at++;
  }
}

function closingQuote(record: string, opened: number): number {
  for (let at = record.indexOf('"', opened + 1); at >= 0; at = record.indexOf('"', at + 2))
    if (record[at + 1] !== '"') return at;
  return -1;
}

/**
 * Fields by column name.
 * @throws UserError `malformed-quoting`, naming the line where the quote opened; `too-many-fields`.
 */
export function delimitedFields(
  record: string,
  delimiter: string,
  columns: readonly string[] | null,
  locate: Locator,
  where: string,
): readonly Field[] {
  const cells = cellsOf(record, delimiter, locate, where);
  const extra = columns === null ? [] : cells.slice(columns.length).filter((cell) => cell.text !== '');
  if (columns !== null && extra.length > 0)
    throw new UserError('too-many-fields', `this row has ${cells.length} fields, the header has ${columns.length}`, {
      where,
      next: `put fields that contain “${show(delimiter)}” into double quotes`,
    });
  const kept = columns === null ? cells : cells.slice(0, columns.length);
  return kept.map((cell, index) => {
    const source = cell.escaped
      ? escapedText(cell.text, cell.start, () => doubledQuotes(record.slice(cell.start, cell.end)), locate)
      : plainText(cell.text, cell.start, locate);
    return field(columns?.[index] ?? `column ${index + 1}`, 'string', source);
  });
}

/** Names from a header record; empty ones are called by number, repeated ones are told apart. */
export function columnNames(record: string, delimiter: string, locate: Locator, where: string): readonly string[] {
  const seen = new Map<string, number>();
  return cellsOf(record, delimiter, locate, where).map((cell, index) => {
    const name = cell.text.trim() === '' ? `column ${index + 1}` : cell.text.trim();
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

function cellsOf(record: string, delimiter: string, locate: Locator, where: string): readonly Cell[] {
  const cells = splitRecord(record, delimiter);
  if (!('opened' in cells)) return cells;
  const opened = locate(cells.opened, cells.opened + 1);
  const broken = locate(cells.at, cells.at);
  throw new UserError(
    'malformed-quoting',
    cells.at >= record.length
      ? `the quote opened on line ${opened.line} is never closed`
      : `text follows the closing quote of a field that opened on line ${opened.line}`,
    {
      where: `${where}, line ${broken.line}, column ${broken.range.start.character + 1}`,
      next: 'double every quote inside a quoted field ("")',
      uri: opened.uri,
      range: opened.range,
    },
  );
}

/** `""` is one unit of text and two of source. */
function doubledQuotes(raw: string): UnitMap {
  const map = new Uint32Array(raw.length + 1);
  let unit = 0;
  for (let at = 0; at < raw.length; at++) {
    map[unit++] = at;
    if (raw[at] === '"') at++;
  }
  map[unit] = raw.length;
  return map.subarray(0, unit + 1);
}

function show(delimiter: string): string {
  return delimiter === '\t' ? 'tab' : delimiter;
}
