/** From a tokenizer's code point offsets to UTF-16 spans as a person reads them. */

export type Span = readonly [number, number];

const mark = /^\p{M}$/u;

/** Tokens that only say that a word begins here. */
const marker = /^[\u2581\u0120]+$/;

/**
 * @param offsets Code point ranges of the original text, one per token, in order.
 * @param tokens As the vocabulary spells them.
 * Ranges become UTF-16; white space around a token is trimmed unless it is all there is; combining marks that
 * normalisation dropped, and so lie in no token, go with the character before them. A word marker that a tokenizer
 * put before the text stands for no character, though the library gives it the first one.
 */
export function readableSpans(text: string, offsets: readonly Span[], tokens: readonly string[]): readonly Span[] {
  const units = unitOffsets(text);
  const at = (codePoint: number): number =>
    units === null ? Math.min(codePoint, text.length) : (units[Math.min(codePoint, units.length - 1)] as number);
  const raw = offsets.map(([start, end]): Span => [at(start), at(end)]);
  const covered = new Uint8Array(text.length + 1);
  for (const [start, end] of raw) covered.fill(1, start, end);
  return raw.map((span, index) => {
    const piece = text.slice(span[0], span[1]);
    if (marker.test(tokens[index] as string) && piece.trim() !== '' && !piece.includes('\u2581'))
      return [span[0], span[0]];
    return overMarks(text, trim(text, span), covered);
  });
}

/** UTF-16 offset of every code point and of the end; null when they are the same. */
function unitOffsets(text: string): Uint32Array | null {
  if (!/[\ud800-\udbff]/.test(text)) return null;
  const offsets = new Uint32Array(text.length + 1);
  let count = 0;
  let unit = 0;
  for (const character of text) {
    offsets[count++] = unit;
    unit += character.length;
  }
  offsets[count++] = unit;
  return offsets.subarray(0, count);
}

function trim(text: string, [start, end]: Span): Span {
  const piece = text.slice(start, end);
  const inner = piece.trim();
  if (inner === '' || inner.length === piece.length) return [start, end];
  const from = start + piece.indexOf(inner);
  return [from, from + inner.length];
}

function overMarks(text: string, [start, end]: Span, covered: Uint8Array): Span {
  if (start === end) return [start, end];
  let to = end;
  while (to < text.length && covered[to] === 0) {
    const character = String.fromCodePoint(text.codePointAt(to) as number);
    if (!mark.test(character)) break;
    to += character.length;
  }
  return [start, to];
}

/** Word numbers from white space, for tokenizers that know no words. */
export function wordsBySpace(text: string, spans: readonly Span[]): readonly number[] {
  let word = 0;
  let reached: number | null = null;
  return spans.map(([start, end]) => {
    if (reached !== null && /\s/.test(text.slice(reached, start))) word++;
    reached = Math.max(reached ?? 0, end);
    return word;
  });
}
