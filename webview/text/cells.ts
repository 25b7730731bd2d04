/** Tokens to what is drawn: one cell per word or per token, in reading order, with the text between them. Pure. */
import { wordSpan } from '../../server/protocol/features';
import type { TokenFeature, TokenFeatures } from '../../server/protocol/features';
import type { SourceSpan } from '../../server/protocol/source';

export interface Cell {
  /** The characters drawn, without white space at either end; a special token's own name. */
  readonly text: string;
  /** Text of the sample between the previous cell and this one. */
  readonly before: string;
  /** Indices of the tokens the cell stands for. */
  readonly features: readonly number[];
  /** Σ of their relevance; null while there is none. */
  readonly relevance: number | null;
  readonly special: boolean;
  readonly source: SourceSpan | null;
}

export interface Cells {
  readonly cells: readonly Cell[];
  /** Text after the last cell that belongs to no token of this window. */
  readonly after: string;
}

/**
 * Groups tokens to cells. Words sum over their subwords; with single tokens, tokens that share one span (byte-level
 * pieces of one emoji) are one cell, as no part of the character can be pointed at. Equal special tokens in a row
 * (padding) are one cell. Tokens that go back in the text (runs of two words and more, which follow the single words;
 * runs of characters, which follow the word they are of) come behind it.
 */
export function cellsOf(features: TokenFeatures, relevance: Float32Array | null, unit: 'word' | 'token'): Cells {
  const { tokens, text } = features;
  const cells: Cell[] = [];
  const behind: Omit<Cell, 'before'>[] = [];
  let cursor = 0;
  let begun = 0;
  for (let from = 0; from < tokens.length;) {
    let to = from + 1;
    while (to < tokens.length && belongTogether(tokens[to - 1], tokens[to], unit)) to += 1;
    const group = tokens.slice(from, to);
    const indices = group.map((_, offset) => from + offset);
    const sum = relevance === null ? null : indices.reduce((total, index) => total + (relevance[index] ?? 0), 0);
    const span = wordSpan(group);
    if (span === null) {
      cells.push({
        text: group[0]?.token ?? '',
        before: '',
        features: indices,
        relevance: sum,
        special: true,
        source: null,
      });
    } else {
      const { word = null } = group[0] ?? {};
      if (span[0] < begun || (span[0] < cursor && word !== null && word === tokens[from - 1]?.word)) {
        const own = text.slice(...trimmed(text, ...span));
        behind.push({
          text: own,
          features: indices,
          relevance: sum,
          special: false,
          source: sourceOf(within(group, span)),
        });
        from = to;
        continue;
      }
      begun = span[0];
      const [start, end] = trimmed(text, Math.max(span[0], cursor), Math.max(span[1], cursor));
      cells.push({
        text: start < end ? text.slice(start, end) : (group[0]?.token ?? ''),
        before: text.slice(cursor, start),
        features: indices,
        relevance: sum,
        special: false,
        source: sourceOf(within(group, span)),
      });
      cursor = Math.max(cursor, end);
    }
    from = to;
  }
  if (behind.length === 0) return { cells, after: text.slice(cursor) };
  const again = behind.map((cell, index): Cell => ({ ...cell, before: `${index === 0 ? text.slice(cursor) : ''} · ` }));
  return { cells: [...cells, ...again], after: '' };
}

/** Largest |relevance| of the cells that stand for text: special tokens must not wash the text out. */
export function textLimit(cells: readonly Cell[]): number {
  const of = (list: readonly Cell[]): number =>
    list.reduce((most, cell) => Math.max(most, Math.abs(cell.relevance ?? 0)), 0);
  const limit = of(cells.filter((cell) => !cell.special));
  return limit > 0 ? limit : of(cells);
}

/** The smallest span that covers all of the given ones; null when there is none. */
export function sourceOf(group: readonly TokenFeature[]): SourceSpan | null {
  const spans = group.map((token) => token.source).filter((source) => source !== null);
  const first = spans.reduce<SourceSpan | null>((a, b) => (a !== null && a.startOffset <= b.startOffset ? a : b), null);
  const last = spans.reduce<SourceSpan | null>((a, b) => (a !== null && a.endOffset >= b.endOffset ? a : b), null);
  if (first === null || last === null) return null;
  return {
    ...first,
    range: { start: first.range.start, end: last.range.end },
    endOffset: last.endOffset,
    endByte: last.endByte,
  };
}

/** Runs of characters that are counted to a word may reach beyond it. */
function within(group: readonly TokenFeature[], [start, end]: readonly [number, number]): readonly TokenFeature[] {
  return group.filter(({ textSpan }) => textSpan !== null && textSpan[0] >= start && textSpan[1] <= end);
}

function belongTogether(a: TokenFeature | undefined, b: TokenFeature | undefined, unit: 'word' | 'token'): boolean {
  if (a === undefined || b === undefined) return false;
  if (a.textSpan === null || b.textSpan === null) return a.textSpan === b.textSpan && a.token === b.token;
  if (unit === 'word' && a.word !== null) return a.word === b.word;
  return a.textSpan[0] === b.textSpan[0] && a.textSpan[1] === b.textSpan[1];
}

/** White space at the ends of a span (`Ġ` and `▁` tokens carry it) stays outside the coloured cell. */
function trimmed(text: string, start: number, end: number): readonly [number, number] {
  let [from, to] = [start, end];
  while (from < to && /\s/u.test(text.charAt(from))) from += 1;
  while (to > from && /\s/u.test(text.charAt(to - 1))) to -= 1;
  return from < to ? [from, to] : [start, end];
}

/**
 * Direction of a text: that of its first letter. (The browser's own `dir=auto` looks again at every node that is
 * added, which makes a long text quadratic.)
 */
export function directionOf(text: string): 'ltr' | 'rtl' {
  const first = /\p{L}/u.exec(text)?.[0] ?? '';
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u.test(first) ? 'rtl' : 'ltr';
}
