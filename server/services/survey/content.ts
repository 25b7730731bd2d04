/** What lies in the records of a survey: cells, text, and conditions on them. One pass over the files for a question. */
import { UserError } from '../../errors';
import { decode } from '../../dataset/decode';
import { readFields } from '../../dataset/record';
import { nearestNames } from '../../dataset';
import { breathing } from '../../survey/slices';
import type { RecordSample } from '../../dataset';
import type { Edition } from './survey';
import type { Part } from './parts';

/** Values of a column, as numbers into a list. */
export interface ColumnCodes {
  readonly values: readonly string[];
  /** One per sample. */
  readonly codes: Uint32Array;
}

/** Characters of a text that a list shows. */
const TEXT_SHOWN = 300;

const kept = new WeakMap<Edition, Map<string, Promise<ColumnCodes>>>();

/** Values of a column over all samples, trimmed; '' where a record has no such cell. */
export function columnCodes(edition: Edition, column: string, signal?: AbortSignal): Promise<ColumnCodes> {
  const columns = kept.get(edition) ?? new Map<string, Promise<ColumnCodes>>();
  kept.set(edition, columns);
  const known = columns.get(column) ?? readColumn(edition, column, signal);
  columns.set(column, known);
  known.catch(() => columns.delete(column));
  return known;
}

async function readColumn(edition: Edition, column: string, signal?: AbortSignal): Promise<ColumnCodes> {
  checkColumn(edition, column);
  const values = [''];
  const byValue = new Map([['', 0]]);
  const codes = new Uint32Array(edition.sheet.predictions.length);
  const breathe = breathing(signal);
  for (const part of edition.parts)
    for (const [at, sample] of samplesOf(part)) {
      const value = (sample?.fields.find(({ name }) => name === column)?.text ?? '').trim();
      let code = byValue.get(value);
      if (code === undefined) {
        code = values.length;
        byValue.set(value, code);
        values.push(value);
      }
      codes[at] = code;
      await breathe();
    }
  return { values, codes };
}

/** JSON records carry their own keys: there anything goes. */
function checkColumn({ parts }: Edition, column: string): void {
  const headers = parts.map(({ records }) => records?.columns ?? null);
  const known = headers.flatMap((names) => names ?? []);
  if (known.includes(column) || parts.some(({ records }) => records !== null && records.columns === null)) return;
  const near = nearestNames(column, known);
  throw new UserError('column-missing', `There is no column "${column}".`, {
    next:
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : known.length > 0
          ? `Columns: ${[...new Set(known)].slice(0, 12).join(', ')}.`
          : 'Files that are one sample have no columns.',
  });
}

/** Records that cannot be read have no cells. */
function* samplesOf({ records, first }: Part): Generator<[number, RecordSample | null]> {
  if (records === null) return;
  for (const located of records.index.from(1)) {
    const at = first + located.record - 1;
    try {
      yield [at, readFields(records, located)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      yield [at, null];
    }
  }
}

/** 1 for samples whose record (or path) holds the text, in any case. */
export async function textMask({ parts, sheet }: Edition, text: string, signal?: AbortSignal): Promise<Uint8Array> {
  const mask = new Uint8Array(sheet.predictions.length);
  const wanted = text.toLowerCase();
  const breathe = breathing(signal);
  for (const { records, first, uri } of parts) {
    await breathe();
    if (records === null) {
      mask[first] = decodeURI(uri).toLowerCase().includes(wanted) ? 1 : 0;
      continue;
    }
    const { bytes } = records.content;
    for (const { record, extent } of records.index.from(1)) {
      const raw = bytes.subarray(extent.start.byte, extent.endByte);
      if (Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('utf8').toLowerCase().includes(wanted))
        mask[first + record - 1] = 1;
      await breathe();
    }
  }
  return mask;
}

export interface Content {
  /** The beginning of what a person reads of a sample. */
  readonly text: string | null;
  readonly cells: Readonly<Record<string, string>> | null;
  /** Its label as it is spelled. */
  readonly gold: string | null;
}

/** Null for what a sample does not have. */
export function contentAt({ uri, records, first, dataset, gold }: Part, at: number): Content {
  if (records === null) return { text: null, cells: null, gold: gold.labelOfFile(uri) };
  const located = records.index.record(at - first + 1);
  if (located === null) return { text: null, cells: null, gold: null };
  try {
    const sample = readFields(records, located);
    const { fields } = sample;
    const cells = Object.fromEntries(fields.map(({ name, text }) => [name, text]));
    const named = dataset?.text === undefined ? undefined : cells[dataset.text];
    const shown =
      named ??
      fields
        .filter(({ name }) => !gold.columns.includes(name))
        .map(({ name, text }) => (fields.length > 2 ? `${name} ${text}` : text))
        .join(' · ');
    return { text: shorten(shown), cells, gold: gold.label(sample) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { text: shorten(raw(records, located.extent.start.byte, located.extent.endByte)), cells: null, gold: null };
  }
}

function raw(records: NonNullable<Part['records']>, start: number, end: number): string {
  try {
    return decode(records.content.bytes, start, Math.min(end, start + 4 * TEXT_SHOWN), records.uri, '');
  } catch {
    return '';
  }
}

function shorten(text: string): string {
  return text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text;
}
