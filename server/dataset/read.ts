/** From an address to a sample. */
import { UserError } from '../errors';
import type { Position, SampleAddress, SampleRef } from '../protocol';
import { looseText } from './field';
import { formatOf } from './format';
import type { Format, RecordFormat } from './format';
import { sha256 } from './hash';
import { nearestNames } from './nearest';
import type { ReadOptions } from './options';
import { openDataset, readRecord } from './record';
import type { OpenDataset, RecordSample } from './record';
import { readSelection, readWholeText } from './selection';
import type { Field, FileContent, Files, RawSample, RecordFile } from './types';
import { extension, fileName } from './uri';

/** Bytes that a large file's format is told by. */
const HEAD = 2 ** 17;

/**
 * Reads one sample, every character with its place.
 * @throws UserError for everything that is wrong with the address or the file; see the codes in the tests.
 */
export async function readSample(address: SampleAddress, files: Files, options: ReadOptions = {}): Promise<RawSample> {
  switch (address.kind) {
    case 'text':
      if (address.text.trim() === '')
        throw new UserError('empty-text', 'the text is empty', { next: 'give a text with at least one word' });
      return {
        kind: 'text',
        ref: { address, title: 'text', contentHash: sha256(address.text) },
        text: looseText(address.text),
      };
    case 'selection':
      return readSelection(address, await files.read(address.uri));
    case 'tensors':
      return readTensors(address, files);
    case 'file':
      return readFile(address.uri, await files.read(address.uri), options);
    case 'line':
    case 'record': {
      const dataset = recordsOf(address.uri, await opened(address.uri, files), options);
      return address.kind === 'line' ? atLine(dataset, address.line) : atRecord(dataset, address.record);
    }
  }
}

/** Which record lies at a position (caret, gutter, right click), and which of its fields. */
export async function recordAt(
  uri: string,
  position: Position,
  files: Files,
  options: ReadOptions = {},
): Promise<{ readonly ref: SampleRef; readonly sample: RecordSample; readonly field: Field | null }> {
  const dataset = recordsOf(uri, await opened(uri, files), options);
  const sample = atLine(dataset, position.line + 1, position.character);
  const inside = sample.fields.find((item) => contains(item, position)) ?? null;
  return { ref: sample.ref, sample, field: inside };
}

/** @throws UserError `column-missing`, with the nearest names. */
export function fieldNamed(sample: RecordSample, name: string): Field {
  const found = sample.fields.find((item) => item.name === name);
  if (found !== undefined) return found;
  const names = sample.fields.map((item) => item.name);
  const near = nearestNames(name, names);
  throw new UserError('column-missing', `there is no column “${name}”`, {
    where: sample.ref.title,
    next:
      near.length > 0
        ? `did you mean ${near.map((item) => `“${item}”`).join(' or ')}?`
        : `the columns are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`,
  });
}

/** A file of records; large ones stay on disk. */
export function opened(uri: string, files: Files): Promise<RecordFile> {
  return files.open?.(uri) ?? files.read(uri);
}

/** Opens a file of records; pictures and tensors have none. */
export function recordsOf(uri: string, content: RecordFile, options: ReadOptions): OpenDataset {
  const { bytes } = content;
  const format = formatOf(uri, bytes instanceof Uint8Array ? bytes : bytes.subarray(0, HEAD), options);
  if (format.kind === 'picture' || format.kind === 'npy')
    throw new UserError('no-records', `${fileName(uri)} is one sample and has no rows`, {
      where: uri,
      next: 'leave the row out',
      uri,
    });
  return openDataset(uri, content, format);
}

function atLine(dataset: OpenDataset, line: number, character?: number): RecordSample {
  const { uri, index } = dataset;
  const where = `${fileName(uri)}:${line}`;
  if (!Number.isSafeInteger(line) || line < 1)
    throw new UserError('no-such-line', 'lines are counted from 1', { where, uri });
  const hit = index.line(line - 1);
  switch (hit.kind) {
    case 'record':
      return readRecord(dataset, hit, { kind: 'line', uri, line: hit.extent.start.line + 1 });
    case 'several': {
      const under = character === undefined ? null : atCharacter(dataset, hit.first, hit.last, line - 1, character);
      if (under !== null) return under;
      throw new UserError('several-records', `line ${line} holds records ${hit.first} to ${hit.last}`, {
        where,
        next: `name one by its number, ${fileName(uri)}#${hit.first}`,
        uri,
      });
    }
    case 'header':
      throw new UserError('header-line', `line ${line} is the header, not a sample`, {
        where,
        next: 'choose a data row; if this line is data, set "header": false for the dataset',
        uri,
      });
    case 'blank':
      throw new UserError('empty-row', `line ${line} holds no record`, { where, next: 'choose a filled row', uri });
    case 'past-end':
      throw new UserError('past-the-end', `there is no line ${line}`, {
        where,
        next: `the file has ${hit.lines} lines and ${index.count()} records`,
        uri,
      });
  }
}

function atCharacter(
  dataset: OpenDataset,
  first: number,
  last: number,
  line: number,
  character: number,
): RecordSample | null {
  for (let number = first; number <= last; number++) {
    const located = dataset.index.record(number);
    if (located === null) return null;
    const sample = readRecord(dataset, located);
    const end = sample.ref.span?.range.end;
    if (end !== undefined && (end.line > line || end.character >= character)) return sample;
  }
  return null;
}

function atRecord(dataset: OpenDataset, record: number): RecordSample {
  const { uri, index } = dataset;
  const located = index.record(record);
  if (located !== null) return readRecord(dataset, located, { kind: 'record', uri, record });
  const count = index.count();
  throw new UserError('past-the-end', `there is no record ${record}`, {
    where: `${fileName(uri)}#${record}`,
    next: count === 0 ? 'the file has no records' : `records are counted from 1, and the file has ${count}`,
    uri,
  });
}

function readFile(uri: string, content: FileContent, options: ReadOptions): RawSample {
  const format: Format = formatOf(uri, content.bytes, options);
  const ref: SampleRef = {
    address: { kind: 'file', uri },
    title: fileName(uri),
    contentHash: sha256(content.bytes),
    ...(content.version === undefined ? {} : { documentVersion: content.version }),
  };
  if (format.kind === 'picture') return { kind: 'picture', ref, bytes: content.bytes };
  // The name of the only input is the model's business: it is left empty here.
  if (format.kind === 'npy') return { kind: 'tensors', ref, files: { '': content.bytes } };
  if (format.kind === 'lines') return readWholeText(uri, content);
  return onlyRecord(openDataset(uri, content, format satisfies RecordFormat));
}

/** A dataset named without a row: fine when there is one record only. */
function onlyRecord(dataset: OpenDataset): RawSample {
  const first = dataset.index.record(1);
  if (first !== null && dataset.index.record(2) === null) return readRecord(dataset, first);
  throw new UserError('row-needed', `${fileName(dataset.uri)} holds ${dataset.index.count()} records`, {
    where: dataset.uri,
    next: `name a line or a record: ${fileName(dataset.uri)}:2 or ${fileName(dataset.uri)}#1`,
    uri: dataset.uri,
  });
}

async function readTensors(
  address: Extract<SampleAddress, { readonly kind: 'tensors' }>,
  files: Files,
): Promise<RawSample> {
  const names = Object.entries(address.files);
  const contents = await Promise.all(names.map(async ([name, uri]) => [name, await files.read(uri)] as const));
  for (const [index, [name, content]] of contents.entries()) {
    const uri = names[index]?.[1] ?? '';
    if (formatOf(uri, content.bytes, {}).kind !== 'npy')
      throw new UserError('not-npy', `${fileName(uri)} is not a .npy file`, {
        where: `tensor ${name}`,
        next: 'write it with numpy.save',
        uri,
      });
  }
  const bytes = Object.fromEntries(contents.map(([name, content]) => [name, content.bytes]));
  return {
    kind: 'tensors',
    ref: {
      address,
      title: names.map(([, uri]) => fileName(uri)).join(', '),
      contentHash: sha256(contents.map(([name, content]) => `${name}:${sha256(content.bytes)}`).join('\n')),
    },
    files: bytes,
  };
}

function contains(item: Field, position: Position): boolean {
  const span = item.locate(0, item.text.length);
  if (span === null) return false;
  const { start, end } = span.range;
  const after = position.line > start.line || (position.line === start.line && position.character >= start.character);
  const before = position.line < end.line || (position.line === end.line && position.character <= end.character);
  return after && before;
}

/** Files whose rows are samples. */
export function hasRecords(uri: string): boolean {
  return ['.csv', '.tsv', '.tab', '.psv', '.jsonl', '.ndjson', '.json', '.txt'].includes(extension(uri));
}
