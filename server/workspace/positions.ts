/** Offsets of a text as editor positions. */
import type { Position, Range } from '../protocol';

/** Position of a UTF-16 offset; a line ends at `\n`, `\r\n` or a lone `\r`, as in VS Code. */
export function positionAt(text: string, offset: number): Position {
  let line = 0;
  let start = 0;
  for (let at = 0; at < Math.min(offset, text.length); at++) {
    const unit = text[at];
    if (unit === '\n' || (unit === '\r' && text[at + 1] !== '\n')) {
      line++;
      start = at + 1;
    }
  }
  return { line, character: Math.min(offset, text.length) - start };
}

export function rangeAt(text: string, offset: number, length: number): Range {
  return { start: positionAt(text, offset), end: positionAt(text, offset + length) };
}
