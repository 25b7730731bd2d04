/** Words and patterns of a check as regular expressions. */

/** Whole words, whatever their case: no letter, digit or underscore beside them. */
export function wordsPattern(words: readonly string[]): RegExp {
  const alternatives = [...words].sort((a, b) => b.length - a.length).map(escaped);
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${alternatives.join('|')})(?![\\p{L}\\p{N}_])`, 'giu');
}

export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** UTF-16 ranges of all matches; empty ones are left out. */
export function matches(text: string, pattern: RegExp): readonly (readonly [number, number])[] {
  return [...text.matchAll(pattern)]
    .filter(([found]) => found !== '')
    .map((match) => [match.index, match.index + match[0].length] as const);
}
