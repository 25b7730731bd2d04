/** One record of an opened dataset: its fields, each with its place. */
import { isUtf8 } from 'node:buffer';
import { UserError } from '../errors';
import type { SampleAddress, SampleRef } from '../protocol';
import { decode } from './decode';
import { columnNames, delimitedFields } from './delimited';
import { field, plainText } from './field';
import type { RecordFormat } from './format';
import { sha256 } from './hash';
import { jsonFields } from './json';
import { createLocator } from './positions';
import type { Locator } from './positions';
import type { Located, RecordIndex } from './index-records';
import { recordIndex } from './index-records';
import type { Extent, Mark } from './scan';
import type { Bytes, Field, RawSample, RecordFile } from './types';
import { fileName } from './uri';

export interface OpenDataset {
  readonly uri: string;
  readonly content: RecordFile;
  readonly format: RecordFormat;
  readonly index: RecordIndex;
  /** Names from the header; null where records carry their own or have none. */
  readonly columns: readonly string[] | null;
}

export type RecordSample = Extract<RawSample, { readonly kind: 'record' }>;

/** @throws UserError when the header cannot be read. */
export function openDataset(uri: string, content: RecordFile, format: RecordFormat): OpenDataset {
  const index = recordIndex(uri, content.bytes, format);
  return { uri, content, format, index, columns: columnsOf(uri, content.bytes, format, index) };
}

function columnsOf(uri: string, bytes: Bytes, format: RecordFormat, index: RecordIndex): readonly string[] | null {
  if (format.kind === 'lines') return ['text'];
  if (format.kind !== 'delimited' || !format.header || index.header === null) return null;
  const where = `${fileName(uri)}, header`;
  const { text, locate } = piece(uri, bytes, index.header, where);
  return columnNames(text, format.delimiter, locate, where);
}

/** Bytes beside an element of an array that are looked at for a neighbour on its line. */
const BESIDE = 256;

/** `reviews.csv:17`; `rows.json#16` where the line holds other records, too: read again, it names the same one. */
export function recordTitle({ uri, content, format }: OpenDataset, { record, extent }: Located): string {
  const name = `${fileName(uri)}:${extent.start.line + 1}`;
  if (format.kind !== 'json-array') return name;
  const { byte, line } = extent.start;
  const before = latin1(content.bytes, Math.max(0, byte - BESIDE), byte);
  const after = extent.lastLine > line ? '' : latin1(content.bytes, extent.endByte, extent.endByte + BESIDE);
  const shared = /[}\]][^\n\r]*$/.test(before) || /^[^\n\r]*[{[]/.test(after);
  return shared ? `${fileName(uri)}#${record}` : name;
}

function latin1(bytes: Bytes, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, Math.min(end, bytes.length))).toString('latin1');
}

/** Fields of a record that was found, and what a result says about it. */
export function readRecord(dataset: OpenDataset, located: Located, address?: SampleAddress): RecordSample {
  const { uri, content, format } = dataset;
  const { extent, record } = located;
  const title = recordTitle(dataset, located);
  if (extent.unclosed >= 0)
    throw new UserError(
      format.kind === 'delimited' ? 'malformed-quoting' : 'malformed-json',
      `${format.kind === 'delimited' ? 'the quote' : 'the bracket or string'} opened on line ${extent.unclosed + 1} is never closed`,
      {
        where: title,
        next: format.kind === 'delimited' ? 'double every quote inside a quoted field ("")' : 'close it',
        uri,
        range: {
          start: { line: extent.unclosed, character: 0 },
          end: { line: extent.unclosed, character: 2 ** 31 - 1 },
        },
      },
    );
  const { text, locate } = piece(uri, content.bytes, extent, title);
  const ref: SampleRef = {
    address: address ?? { kind: 'record', uri, record },
    title,
    record,
    span: locate(0, text.length),
    contentHash: sha256(content.bytes.subarray(extent.start.byte, extent.endByte)),
    ...(content.version === undefined ? {} : { documentVersion: content.version }),
  };
  return { kind: 'record', ref, fields: fieldsOf(dataset, text, locate, title) };
}

/** The same for many records: without the record's own place and hash, which take longer than its fields. */
export function readFields(dataset: OpenDataset, located: Located): RecordSample {
  const { uri, content } = dataset;
  const { extent, record } = located;
  // What is wrong with it is said by reading it as a whole.
  if (extent.unclosed >= 0) return readRecord(dataset, located);
  const title = recordTitle(dataset, located);
  const { text, locate } = piece(uri, content.bytes, extent, title);
  const ref: SampleRef = { address: { kind: 'record', uri, record }, title, record, contentHash: '' };
  return { kind: 'record', ref, fields: fieldsOf(dataset, text, locate, title) };
}

function fieldsOf(dataset: OpenDataset, text: string, locate: Locator, where: string): readonly Field[] {
  const { format } = dataset;
  switch (format.kind) {
    case 'delimited':
      return delimitedFields(text, format.delimiter, dataset.columns, locate, where);
    case 'json-lines':
    case 'json-array':
      return jsonFields(text, locate, where);
    case 'lines':
      return [field('text', 'string', plainText(text, 0, locate))];
  }
}

function piece(uri: string, bytes: Bytes, extent: Extent, where: string): { text: string; locate: Locator } {
  const text = decode(bytes, extent.start.byte, extent.endByte, uri, where);
  return { text, locate: createLocator(uri, text, () => trueMark(bytes, extent.start)) };
}

const clean = new WeakMap<Uint8Array, boolean>();

/**
 * Counting lead bytes is exact for valid UTF-8 only: where a file is broken elsewhere, decode what is before. Not in
 * files that are too large to be held: no editor shows those as text that an offset could be compared with.
 */
function trueMark(bytes: Bytes, mark: Mark): Mark {
  if (!(bytes instanceof Uint8Array)) return mark;
  const valid = clean.get(bytes) ?? isUtf8(bytes);
  clean.set(bytes, valid);
  if (valid) return mark;
  const before = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, mark.byte));
  return { ...mark, offset: before.length };
}
