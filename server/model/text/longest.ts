/** How long a text may be that a model splits itself. */

/** Most tokens of one text, and most numbers where every token becomes a row as long as the vocabulary. */
const MOST_TOKENS = 2 ** 16;
const MOST_NUMBERS = 2 ** 26;

/** Tokens that are read at once. @param depth Length of the row that a token becomes, where words are counted. */
export function longestText(depth: number | undefined): number {
  return depth === undefined ? MOST_TOKENS : Math.max(512, Math.min(MOST_TOKENS, Math.floor(MOST_NUMBERS / depth)));
}
