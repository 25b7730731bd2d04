/** Keeps marked rows on their text while a file is edited. Pure. */
import { shiftPosition } from '../samples/shift';
import type { Edit } from '../samples/shift';

/**
 * Rows after an edit. @param lines 0-based lines on which the rows begin, ascending.
 * @returns For every row its new line, or null where the edit touched its own line: what was said of it is over.
 */
export function shiftRows(lines: readonly number[], edit: Edit): readonly (number | null)[] {
  const { start, end } = edit.range;
  // An insertion of whole lines in front of a row leaves the row as it is.
  const wholeLines = start.character === 0 && end.character === 0 && (edit.text === '' || /[\r\n]$/.test(edit.text));
  return lines.map((line) => {
    const touched = wholeLines ? line >= start.line && line < end.line : line >= start.line && line <= end.line;
    if (touched) return null;
    if (line < start.line) return line;
    // Behind the edit: it moves with the text. A row that begins where the edit ends moves by all of it.
    return shiftPosition({ line, character: 1 }, edit).line;
  });
}
