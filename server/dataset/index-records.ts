/** Finding a record by number or by line: one pass over the bytes, remembered in steps. */
import { scanArrayElement } from './scan-array';
import { scannerOver } from './paged';
import { delimitedScanner, scanLine, textStart } from './scan';
import type { Extent, Mark, Scanner } from './scan';
import type { RecordFormat } from './format';
import type { Bytes } from './types';

/** Data records between two remembered places. */
const STEP = 64;
/** Records whose places are kept: files of that many are counted and then read in one pass. */
const KEPT = 4096;
/** Bytes looked at together in counting lines. */
const PIECE = 2 ** 20;

export interface Located {
  /** 1-based data record. */
  readonly record: number;
  readonly extent: Extent;
}

export type LineHit =
  | ({ readonly kind: 'record' } & Located)
  | { readonly kind: 'header' }
  | { readonly kind: 'blank' }
  /** Several records share the line (JSON arrays). */
  | { readonly kind: 'several'; readonly first: number; readonly last: number }
  | { readonly kind: 'past-end'; readonly lines: number };

export interface RecordIndex {
  readonly header: Extent | null;
  /** Null when there are fewer records. */
  record(number: number): Located | null;
  /** What is on a 0-based physical line. */
  line(line: number): LineHit;
  count(): number;
  /** Records from `first` on, in order. */
  from(first: number): Generator<Located>;
}

const known = new WeakMap<Bytes, Map<string, RecordIndex>>();

/** The index of a file's content; made once for the same bytes and dialect. @param uri For errors. */
export function recordIndex(uri: string, bytes: Bytes, format: RecordFormat): RecordIndex {
  const key = JSON.stringify(format);
  const forBytes = known.get(bytes) ?? new Map<string, RecordIndex>();
  known.set(bytes, forBytes);
  const index = forBytes.get(key) ?? createIndex(uri, bytes, format);
  forBytes.set(key, index);
  return index;
}

function createIndex(uri: string, bytes: Bytes, format: RecordFormat): RecordIndex {
  const scan = scannerOver(uri, bytes, scannerOf(format));
  const begin = textStart(bytes.subarray(0, 3));
  const header = format.kind === 'delimited' && format.header ? nextFilled(bytes, scan, begin) : null;
  /** `marks[k]`: where the search for data record `k · STEP + 1` begins. */
  const marks: Mark[] = [header?.next ?? begin];
  const kept: Extent[] = [];
  let total: number | undefined;

  function* walk(step: number): Generator<Located> {
    let mark = marks[step] as Mark;
    for (let record = step * STEP + 1; ; record++) {
      const extent = kept[record - 1] ?? (total === record - 1 ? null : nextFilled(bytes, scan, mark));
      if (extent === null) {
        total = record - 1;
        return;
      }
      if (kept.length === record - 1 && kept.length < KEPT) kept.push(extent);
      mark = extent.next;
      if (record % STEP === 0 && marks.length === record / STEP) marks.push(mark);
      yield { record, extent };
    }
  }

  function record(number: number): Located | null {
    if (number < 1 || !Number.isSafeInteger(number) || (total !== undefined && number > total)) return null;
    const step = Math.min(Math.floor((number - 1) / STEP), marks.length - 1);
    for (const item of walk(step)) if (item.record === number) return item;
    return null;
  }

  function line(wanted: number): LineHit {
    if (header !== null && wanted >= header.start.line && wanted <= header.lastLine) return { kind: 'header' };
    let hit: Located | undefined;
    let last = 0;
    const before = marks.findLastIndex((mark) => mark.line < wanted || (mark.line === wanted && mark.character === 0));
    for (const item of walk(Math.max(0, before))) {
      if (item.extent.start.line > wanted) break;
      if (item.extent.lastLine < wanted) continue;
      hit ??= item;
      last = item.record;
    }
    if (hit !== undefined)
      return hit.record === last ? { kind: 'record', ...hit } : { kind: 'several', first: hit.record, last };
    const lines = lineCount(bytes);
    return wanted < lines ? { kind: 'blank' } : { kind: 'past-end', lines };
  }

  function count(): number {
    if (total === undefined) exhaust(walk(marks.length - 1));
    return total ?? 0;
  }

  function* from(first: number): Generator<Located> {
    const step = Math.min(Math.floor((Math.max(1, first) - 1) / STEP), marks.length - 1);
    for (const item of walk(step)) if (item.record >= first) yield item;
  }

  return { header, record, line, count, from };
}

function exhaust(items: Iterator<unknown>): void {
  while (items.next().done !== true);
}

/** Blank lines are no records. */
function nextFilled(bytes: Bytes, scan: (from: Mark) => Extent | null, from: Mark): Extent | null {
  for (let extent = scan(from); extent !== null; extent = scan(extent.next)) if (!blank(bytes, extent)) return extent;
  return null;
}

function blank(bytes: Bytes, { start, endByte }: Extent): boolean {
  return bytes.subarray(start.byte, endByte).every((byte) => byte === 0x20 || byte === 0x09);
}

/** Physical lines as an editor numbers them: an empty one after a last line end counts. */
function lineCount(bytes: Bytes): number {
  let [count, before] = [1, 0];
  for (let from = 0; from < bytes.length; from += PIECE)
    for (const byte of bytes.subarray(from, Math.min(bytes.length, from + PIECE))) {
      if (byte === 13 || (byte === 10 && before !== 13)) count++;
      before = byte;
    }
  return count;
}

function scannerOf(format: RecordFormat): Scanner {
  switch (format.kind) {
    case 'delimited':
      return delimitedScanner(format.delimiter);
    case 'json-array':
      return scanArrayElement;
    case 'json-lines':
    case 'lines':
      return scanLine;
  }
}
