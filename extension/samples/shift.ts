/** Keeps a sample's address on its characters while the file is edited, until the server reads it anew. */
import type { Position, Range, SampleAddress } from '../../server/protocol';

/** A replaced range and the text that took its place, as editors report it. */
export interface Edit {
  readonly range: Range;
  readonly text: string;
}

/** The address after an edit; the line of an edited row stays, lines below move with their text. */
export function shiftAddress(address: SampleAddress, edit: Edit): SampleAddress {
  switch (address.kind) {
    case 'line': {
      const place = { line: address.line - 1, character: 0 };
      return { ...address, line: shiftPosition(place, edit).line + 1 };
    }
    case 'selection': {
      const start = shiftPosition(address.range.start, edit);
      const end = shiftPosition(address.range.end, edit);
      return { ...address, range: { start, end } };
    }
    case 'record':
    case 'file':
    case 'text':
    case 'tensors':
      return address;
  }
}

/** A position after an edit: one inside the replaced text goes to the end of the new text. */
export function shiftPosition(position: Position, { range, text }: Edit): Position {
  if (isBefore(position, range.start) || same(position, range.start)) return position;
  const lines = text.split(/\r\n|\n|\r/);
  const last = lines[lines.length - 1] ?? '';
  const end: Position =
    lines.length === 1
      ? { line: range.start.line, character: range.start.character + last.length }
      : { line: range.start.line + lines.length - 1, character: last.length };
  if (isBefore(position, range.end)) return end;
  return position.line === range.end.line
    ? { line: end.line, character: end.character + position.character - range.end.character }
    : { line: position.line + end.line - range.end.line, character: position.character };
}

function same(a: Position, b: Position): boolean {
  return a.line === b.line && a.character === b.character;
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
