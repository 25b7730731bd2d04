/** A record of a delimited file with some cells replaced. Pure. */

export interface CellEdit {
  /** Place of the cell's characters in the record's text; inside the quotes of a quoted cell. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Everything else stays as it is. A text that needs quotes gets them, where the cell has none. */
export function changedRow(record: string, edits: readonly CellEdit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((row, { start, end, text }) => {
      const quoted = row.charAt(start - 1) === '"' && row.charAt(end) === '"';
      const needs = /[",;\t\r\n]/.test(text);
      const escaped = quoted || needs ? text.replaceAll('"', '""') : text;
      const cell = needs && !quoted ? `"${escaped}"` : escaped;
      return row.slice(0, start) + cell + row.slice(end);
    }, record);
}
