/** A record of a dataset file with some cells replaced. Pure. */

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

/** A record of JSON with changed fields; a number stays one. @throws SyntaxError when the record is no JSON. */
export function changedObject(record: string, cells: Readonly<Record<string, string>>): string {
  const fields = JSON.parse(record) as Record<string, unknown>;
  for (const [name, text] of Object.entries(cells)) {
    const before = fields[name];
    const same = typeof before === 'string' ? before === text : String(before) === text;
    if (!same) fields[name] = typeof before === 'number' && text.trim() !== '' ? Number(text) : text;
  }
  return JSON.stringify(fields);
}

/** All cells of a record as one line of a delimited file. */
export function delimitedRow(cells: Readonly<Record<string, string>>, delimiter: ',' | '\t'): string {
  return Object.values(cells)
    .map((text) => (/[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
    .join(delimiter);
}
