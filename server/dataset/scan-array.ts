/** Records of a JSON file that is one array: its elements. */
import type { Extent, Mark, Scanner } from './scan';

const open = new Set([0x5b, 0x7b]);
const close = new Set([0x5d, 0x7d]);
const between = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2c]);

/** A place that moves on byte by byte. */
class Cursor {
  byte: number;
  offset: number;
  line: number;
  lineStart: number;

  constructor(
    readonly bytes: Uint8Array,
    from: Mark,
  ) {
    this.byte = from.byte;
    this.offset = from.offset;
    this.line = from.line;
    this.lineStart = from.offset - from.character;
  }

  step(): void {
    const byte = this.bytes[this.byte++] as number;
    if ((byte & 0xc0) !== 0x80) this.offset += byte >= 0xf0 ? 2 : 1;
    if (byte === 0x0a || (byte === 0x0d && this.bytes[this.byte] !== 0x0a)) {
      this.line++;
      this.lineStart = this.offset;
    }
  }

  get mark(): Mark {
    return {
      byte: this.byte,
      offset: this.offset,
      line: this.line,
      character: this.offset - this.lineStart,
    };
  }
}

/**
 * The opening bracket of the file is skipped with the white space and commas between elements. The bytes may be a piece
 * of the file: where it begins, line and column say.
 */
export const scanArrayElement: Scanner = (bytes, from): Extent | null => {
  const cursor = new Cursor(bytes, from);
  const first = from.line === 0 && from.character === 0;
  skip(cursor);
  if (first && bytes[cursor.byte] === 0x5b) {
    cursor.step();
    skip(cursor);
  }
  if (cursor.byte >= bytes.length || bytes[cursor.byte] === 0x5d) return null;
  const start = cursor.mark;
  let depth = 0;
  let inString = false;
  while (cursor.byte < bytes.length) {
    const byte = bytes[cursor.byte] as number;
    if (inString) {
      if (byte === 0x5c) cursor.step();
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (open.has(byte)) depth++;
    else if (depth === 0 && (byte === 0x2c || byte === 0x5d)) break;
    else if (close.has(byte)) depth--;
    if (cursor.byte < bytes.length) cursor.step();
  }
  const unclosed = depth > 0 || inString ? start.line : -1;
  const endByte = trimmedEnd(bytes, start.byte, cursor.byte);
  const lastLine = start.line + lineEnds(bytes, start.byte, endByte);
  return { start, endByte, lastLine, next: cursor.mark, unclosed };
};

function skip(cursor: Cursor): void {
  while (cursor.byte < cursor.bytes.length && between.has(cursor.bytes[cursor.byte] as number)) cursor.step();
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  while (end > start && between.has(bytes[end - 1] as number)) end--;
  return end;
}

function lineEnds(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++)
    if (bytes[at] === 0x0a || (bytes[at] === 0x0d && bytes[at + 1] !== 0x0a)) count++;
  return count;
}
