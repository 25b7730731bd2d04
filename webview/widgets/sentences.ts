/** Shortening texts that people wrote. Pure. */

/** Up to the first full stop that ends a sentence: one followed by a space and a capital, or the text's end. */
export function firstSentence(text: string): string {
  const end = /[.!?](?=\s+[\p{Lu}“(]|\s*$)/u.exec(text);
  return end === null ? `${text}${text === '' ? '' : '.'}` : text.slice(0, end.index + 1);
}
