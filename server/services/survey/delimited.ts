/** Writing delimited records (RFC 4180). */

/** Quoted only where it has to be. */
export function delimitedCell(text: string, delimiter = ','): string {
  return text.includes(delimiter) || /["\r\n]/.test(text) || text !== text.trim()
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

/** One record, without its line end. A single empty cell is quoted: an empty line is no record. */
export function delimitedLine(cells: readonly string[], delimiter = ','): string {
  if (cells.length === 1 && cells[0] === '') return '""';
  return cells.map((cell) => delimitedCell(cell, delimiter)).join(delimiter);
}
