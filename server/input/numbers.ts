/** Numbers as data files spell them, whatever the machine's language. */

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number, or null when the text is none: a decimal point, no separators of thousands, no NaN, no infinity. */
export function parseNumber(text: string): number | null {
  const trimmed = text.trim();
  if (!decimal.test(trimmed)) return null;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : null;
}

/** What a person may have meant by a text that is no number. */
export function numberHint(text: string): string {
  if (/^\s*[+-]?\d+(\.\d{3})*,\d+\s*$/.test(text)) return 'write a decimal point instead of the comma';
  if (/^\s*[+-]?\d{1,3}(,\d{3})+(\.\d+)?\s*$/.test(text)) return 'leave out the commas between thousands';
  if (/\d\s*[%€$£]|[€$£]\s*\d/.test(text)) return 'leave out the unit';
  return 'correct the cell, or set "type": "category" for the column';
}
