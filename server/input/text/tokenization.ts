/** What a tokenizer delivers, whichever it is. */

export interface Piece {
  readonly token: string;
  readonly id: number;
  /** UTF-16 span in the text, white space around it trimmed; null for tokens the tokenizer adds. */
  readonly span: readonly [number, number] | null;
  readonly word: number | null;
  readonly type: number;
}

export interface Tokenization {
  /** Added tokens before and after every window. */
  readonly prefix: readonly Piece[];
  readonly content: readonly Piece[];
  readonly suffix: readonly Piece[];
}

/** The same, ids alone. */
export interface TokenIds {
  readonly prefix: ArrayLike<number>;
  readonly content: ArrayLike<number>;
  readonly suffix: ArrayLike<number>;
  /** Token types of all of them, in order; null: all are 0. */
  readonly types: ArrayLike<number> | null;
}

export interface Tokens {
  tokenize(text: string): Promise<Tokenization>;
  /**
   * For many texts: what `tokenize` finds without spans and words, where those take longer than the ids. Of the content
   * at least the first `most` tokens, where there are as many.
   */
  ids?(text: string, most: number): TokenIds | Promise<TokenIds>;
  /** Tokens by id. */
  vocabulary(): readonly string[];
  /** Ids with a meaning, where the vocabulary has them. */
  readonly pad: SpecialToken | null;
  readonly mask: SpecialToken | null;
  readonly unknown: SpecialToken | null;
  /** Side on which short sequences are filled. */
  readonly padLeft: boolean;
  /** From files beside the tokenizer; null when nothing says. */
  readonly maxLength: number | null;
}

export interface SpecialToken {
  readonly token: string;
  readonly id: number;
}

/** Words in the order of their ids; ids without a word are left empty. */
export function byId(ids: Iterable<readonly [string, number]>): readonly string[] {
  const words: string[] = [];
  for (const [word, id] of ids) words[id] = word;
  return words;
}
