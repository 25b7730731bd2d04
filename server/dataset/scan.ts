/**
 * Finding records in bytes. Nothing is decoded: UTF-8 keeps line ends, quotes and delimiters as single bytes,
 * and UTF-16 lengths follow from lead bytes. So a large file costs one pass over bytes and no map of characters.
 */

/** A place in a file, by all its measures at once. */
export interface Mark {
  readonly byte: number;
  /** UTF-16 units from the file's start, a byte-order mark counted as one. */
  readonly offset: number;
  /** 0-based physical line. */
  readonly line: number;
  /** UTF-16 column in that line, as an editor counts: without the byte-order mark. */
  readonly character: number;
}

/** Where a record lies. */
export interface Extent {
  readonly start: Mark;
  /** End of the record's own bytes, before its line end. */
  readonly endByte: number;
  /** 0-based physical line of its last character. */
  readonly lastLine: number;
  /** Where the next one may begin. */
  readonly next: Mark;
  /** Line (0-based) where a quote or bracket was opened that is never closed; -1 when all is well. */
  readonly unclosed: number;
}

/** Next record from `from` on, or null at the end of the file. */
export type Scanner = (bytes: Uint8Array, from: Mark) => Extent | null;

const LF = 10;
const CR = 13;
const QUOTE = 34;

/** Start of the text: after a UTF-8 byte-order mark, if there is one. */
export function textStart(bytes: Uint8Array): Mark {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return { byte: marked ? 3 : 0, offset: marked ? 1 : 0, line: 0, character: 0 };
}

/** One physical line is one record (plain text, JSON lines). */
export const scanLine: Scanner = (bytes, from) => scanDelimited(bytes, from, -1);

/** Records of a delimited file: a line end inside quotes belongs to the record (RFC 4180). */
export function delimitedScanner(delimiter: string): Scanner {
  const code = delimiter.charCodeAt(0);
  return (bytes, from) => scanDelimited(bytes, from, code);
}

/** With a negative delimiter quotes mean nothing. */
function scanDelimited(bytes: Uint8Array, from: Mark, delimiter: number): Extent | null {
  const length = bytes.length;
  if (from.byte >= length) return null;
  const quotes = delimiter >= 0;
  let at = from.byte;
  let offset = from.offset;
  let line = from.line;
  let lineStart = from.offset - from.character;
  let fieldStart = true;
  let opened = -1;
  for (; at < length; at++) {
    const byte = bytes[at] as number;
    if (byte === LF || byte === CR) {
      const width = byte === CR && bytes[at + 1] === LF ? 2 : 1;
      if (opened < 0) {
        const next = { byte: at + width, offset: offset + width, line: line + 1, character: 0 };
        return { start: from, endByte: at, lastLine: line, next, unclosed: -1 };
      }
      at += width - 1;
      offset += width;
      line++;
      lineStart = offset;
      continue;
    }
    if ((byte & 0xc0) !== 0x80) offset += byte >= 0xf0 ? 2 : 1;
    if (!quotes) continue;
    if (opened >= 0) {
      if (byte !== QUOTE) continue;
      if (bytes[at + 1] === QUOTE) {
        at++;
        offset++;
      } else opened = -1;
    } else if (byte === QUOTE && fieldStart) {
      opened = line;
      fieldStart = false;
    } else fieldStart = byte === delimiter;
  }
  const next = { byte: length, offset, line, character: offset - lineStart };
  return { start: from, endByte: length, lastLine: line, next, unclosed: opened };
}

/** Start of a 0-based physical line, or the last line when there are fewer. */
export function lineStart(bytes: Uint8Array, line: number): Mark {
  let mark = textStart(bytes);
  while (mark.line < line) {
    const extent = scanLine(bytes, mark);
    if (extent === null || extent.next.line === mark.line) return mark;
    mark = extent.next;
  }
  return mark;
}
