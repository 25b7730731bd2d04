/** From UTF-16 offsets in a decoded piece of a file to places in the file. */
import type { SourceSpan } from '../protocol';
import type { Mark } from './scan';

/** UTF-16 units between two remembered byte counts. */
const STRIDE = 512;

/** Source of a range of the piece, whole characters only. */
export type Locator = (start: number, end: number) => SourceSpan;

/**
 * @param text The piece, decoded.
 * @param begin Where the piece begins in its file; asked on first use.
 * Line starts and byte counts are made on first use, once for the piece.
 */
export function createLocator(uri: string, text: string, begin: () => Mark): Locator {
  let index: PieceIndex | undefined;
  let origin: Mark | undefined;
  return (start, end) => {
    index ??= indexPiece(text);
    origin ??= begin();
    const [from, to] = wholeCharacters(text, start, end);
    const head = placeOf(text, index, origin, from);
    const tail = placeOf(text, index, origin, to);
    return {
      uri,
      line: head.line + 1,
      range: {
        start: { line: head.line, character: head.character },
        end: { line: tail.line, character: tail.character },
      },
      startOffset: head.offset,
      endOffset: tail.offset,
      startByte: head.byte,
      endByte: tail.byte,
    };
  };
}

/** Widens over surrogate pairs and `\r\n`, and clamps to the text. */
export function wholeCharacters(text: string, start: number, end: number): readonly [number, number] {
  const from = Math.min(Math.max(0, start), text.length);
  const to = Math.min(Math.max(from, end), text.length);
  // An empty range stays empty: it moves before the character it would cut.
  if (from === to) return splits(text, from) ? [from - 1, from - 1] : [from, from];
  return [splits(text, from) ? from - 1 : from, splits(text, to) ? to + 1 : to];
}

function splits(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return false;
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return (before === 13 && after === 10) || (isHigh(before) && isLow(after));
}

interface PieceIndex {
  /** Offsets of line starts after the first. */
  readonly lines: readonly number[];
  /** UTF-8 bytes before every `STRIDE`-th unit. */
  readonly bytes: readonly number[];
}

function indexPiece(text: string): PieceIndex {
  const lines: number[] = [];
  const bytes: number[] = [];
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    if (at % STRIDE === 0) bytes.push(count);
    const code = text.charCodeAt(at);
    count += unitBytes(text, at, code);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) lines.push(at + 1);
  }
  if (text.length % STRIDE === 0) bytes.push(count);
  return { lines, bytes };
}

function placeOf(text: string, index: PieceIndex, origin: Mark, offset: number): Mark {
  const line = upperBound(index.lines, offset);
  const lineStart = line === 0 ? -origin.character : (index.lines[line - 1] as number);
  const known = Math.floor(offset / STRIDE);
  let byte = index.bytes[known] as number;
  for (let at = known * STRIDE; at < offset; at++) byte += unitBytes(text, at, text.charCodeAt(at));
  return {
    byte: origin.byte + byte,
    offset: origin.offset + offset,
    line: origin.line + line,
    character: offset - lineStart,
  };
}

/** UTF-8 bytes of one UTF-16 unit: a pair counts four on its first half, a lone half three as U+FFFD would. */
function unitBytes(text: string, at: number, code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  if (isHigh(code) && isLow(text.charCodeAt(at + 1))) return 4;
  if (isLow(code) && at > 0 && isHigh(text.charCodeAt(at - 1))) return 0;
  return 3;
}

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

/** Number of entries that are at most `value`. */
function upperBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
