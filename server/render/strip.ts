/** A text as a strip of tokens: the characters in reading order, each run with its relevance. */
import type { TokenFeature, TokenFeatures } from '../protocol';

export type Segment =
  /** Characters no token covers; `read` is false outside the window that was explained. */
  | { readonly kind: 'gap'; readonly text: string; readonly read: boolean }
  /** Tokens that share characters (an emoji of several bytes) stand together; relevance is their sum. */
  | { readonly kind: 'token'; readonly text: string; readonly tokens: readonly number[]; readonly relevance: number }
  /** A run of the same special token. */
  | { readonly kind: 'special'; readonly text: string; readonly tokens: readonly number[]; readonly relevance: number };

/** Stands between runs of words that are named once more. */
const BETWEEN = ' · ';

/**
 * Tokens that go back in the text (runs of two words and more, which follow the single words) come behind it, each by
 * itself: added to the words they overlap they would hide whose value it is. Runs of characters, which follow the word
 * they are counted to, are added to it.
 * @param relevance One number per token.
 */
export function strip(features: TokenFeatures, relevance: ArrayLike<number>): Segment[] {
  const segments: Segment[] = [];
  const { text, tokens } = features;
  let cursor = 0;
  let started = false;
  let from = 0;
  let again = false;
  tokens.forEach((token, index) => {
    const value = relevance[index] ?? 0;
    const last = segments.at(-1);
    if (token.textSpan === null) {
      if (last?.kind === 'special' && last.text === token.token) {
        segments[segments.length - 1] = joined(last, last.text, index, value);
      } else segments.push({ kind: 'special', text: token.token, tokens: [index], relevance: value });
      return;
    }
    const [start, end] = token.textSpan;
    if (!again && start < cursor && last?.kind === 'token' && isSameWord(tokens[index - 1], token)) {
      segments[segments.length - 1] = joined(last, last.text, index, value);
      return;
    }
    if (!again && start < from) {
      again = true;
      if (cursor < text.length)
        segments.push({ kind: 'gap', text: text.slice(cursor), read: features.truncated === 0 });
      cursor = text.length;
    }
    from = start;
    if (again) {
      segments.push({ kind: 'gap', text: BETWEEN, read: true });
      segments.push({ kind: 'token', text: text.slice(start, end), tokens: [index], relevance: value });
      return;
    }
    if (start < cursor && last?.kind === 'token') {
      segments[segments.length - 1] = joined(last, last.text + text.slice(cursor, end), index, value);
    } else {
      if (start > cursor)
        segments.push({ kind: 'gap', text: text.slice(cursor, start), read: started || isFirst(features) });
      segments.push({
        kind: 'token',
        text: text.slice(Math.max(cursor, start), end),
        tokens: [index],
        relevance: value,
      });
    }
    cursor = Math.max(cursor, end);
    started = true;
  });
  if (cursor < text.length) segments.push({ kind: 'gap', text: text.slice(cursor), read: features.truncated === 0 });
  return segments;
}

function isSameWord(before: TokenFeature | undefined, token: TokenFeature): boolean {
  return token.word !== null && before?.word === token.word;
}

function isFirst(features: TokenFeatures): boolean {
  return features.window.index === 0;
}

function joined<Run extends Exclude<Segment, { kind: 'gap' }>>(
  last: Run,
  text: string,
  index: number,
  value: number,
): Run {
  return { ...last, text, tokens: [...last.tokens, index], relevance: last.relevance + value };
}
