/** What a model reads, in the units a person looks at; relevance has one number for each. */
import type { SourceSpan } from './source';

/** One token of a text model. */
export interface TokenFeature {
  /** The token as the vocabulary spells it (`##ing`, `Ġgood`). */
  readonly token: string;
  /** The characters of the sample the token stands for, as a person reads them; empty for special tokens. */
  readonly text: string;
  readonly id: number;
  /** Index of the word the token belongs to; null for special tokens. */
  readonly word: number | null;
  readonly special: boolean;
  /** UTF-16 span inside the sample's (unescaped) text; null for special tokens. */
  readonly textSpan: readonly [number, number] | null;
  readonly source: SourceSpan | null;
}

export interface TokenFeatures {
  readonly kind: 'tokens';
  readonly tokens: readonly TokenFeature[];
  /** The text the model read, unescaped. */
  readonly text: string;
  /** Tokens of the text beyond the window that was explained; 0 when everything was read. */
  readonly truncated: number;
  /** Window that was explained and how many the text has. */
  readonly window: {
    readonly index: number;
    readonly count: number;
    /** Tokens at its beginning and end that the windows before and after read as well; absent where there is one. */
    readonly shared?: readonly [number, number];
    /**
     * From and to before which token this window counts where windows are added up: every token of the text belongs
     * to exactly one window. Absent where there is one.
     */
    readonly own?: readonly [number, number];
  };
}

/**
 * The pixels a model read. Relevance is row-major, `height × width`, in the model's input frame.
 * A model pixel (u, v) shows the original pixels around
 * `(originX + (u + 0.5) · scaleX, originY + (v + 0.5) · scaleY)`.
 */
export interface PixelFeatures {
  readonly kind: 'pixels';
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** What the model saw after resizing and cropping, before normalisation: RGBA bytes, `height × width × 4`. */
  readonly picture: Uint8ClampedArray;
  readonly original: { readonly width: number; readonly height: number };
  readonly placement: {
    readonly originX: number;
    readonly originY: number;
    readonly scaleX: number;
    readonly scaleY: number;
  };
  readonly uri: string | null;
}

/** One column of a table row, or one word of a column that is text. */
export interface ColumnFeature {
  readonly name: string;
  /** The cell as the file spells it, unescaped; of text, the characters of the word. */
  readonly text: string;
  readonly type: 'number' | 'category' | 'text';
  /** Of text: UTF-16 span of the word inside the cell's (unescaped) text; absent where the cell has none. */
  readonly span?: readonly [number, number];
  /** The number the model read, for numeric columns. */
  readonly value: number | null;
  readonly source: SourceSpan | null;
}

export interface ColumnFeatures {
  readonly kind: 'columns';
  /** In the model's order; a column that is text has one for each of its words, at least one. */
  readonly columns: readonly ColumnFeature[];
  /** Cells of the columns that are text; absent where none is. */
  readonly texts?: readonly TextCell[];
}

/** A cell that the model read as text. */
export interface TextCell {
  readonly name: string;
  /** What the model read, unescaped. */
  readonly text: string;
  /** The whole cell. */
  readonly source: SourceSpan | null;
}

/** Elements of plain tensors, inputs in the model's order, each row-major. */
export interface ElementFeatures {
  readonly kind: 'elements';
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export type Features = TokenFeatures | PixelFeatures | ColumnFeatures | ElementFeatures;

/**
 * UTF-16 span of a word from its tokens: parts of it follow each other; runs of characters that were counted beside it,
 * and may reach beyond it, add nothing. Null where no token stands for characters.
 */
export function wordSpan(tokens: readonly Pick<TokenFeature, 'textSpan'>[]): readonly [number, number] | null {
  return tokens.reduce<readonly [number, number] | null>((word, { textSpan }) => {
    if (word === null || textSpan === null) return word ?? textSpan;
    return textSpan[0] >= word[1] ? [word[0], textSpan[1]] : word;
  }, null);
}

/** A column of a row with all of its features. */
export interface RowColumn extends Omit<ColumnFeature, 'span'> {
  readonly features: readonly number[];
  /** Of text: its words as a text of their own, in the order of `features`; null for numbers and categories. */
  readonly words: TokenFeatures | null;
}

/** One for each column that the model reads; words of one text together. */
export function rowColumns({ columns, texts = [] }: ColumnFeatures): readonly RowColumn[] {
  const places = new Map<string, number[]>();
  columns.forEach(({ name }, index) => {
    const known = places.get(name);
    if (known === undefined) places.set(name, [index]);
    else known.push(index);
  });
  return [...places].flatMap(([name, features]): readonly RowColumn[] => {
    const cell = texts.find((text) => text.name === name);
    if (cell !== undefined) {
      const words = features.filter((index) => columns[index]?.span !== undefined);
      const type = 'text';
      return [{ ...cell, type, value: null, features, words: asTokens(columns, words, cell.text) }];
    }
    return features.map((index) => ({ ...(columns[index] as ColumnFeature), features: [index], words: null }));
  });
}

function asTokens(columns: readonly ColumnFeature[], words: readonly number[], text: string): TokenFeatures {
  const tokens = words.map((index, word): TokenFeature => {
    const { text: token, span, source } = columns[index] as ColumnFeature;
    return { token, text: token, id: 0, word, special: false, textSpan: span ?? null, source };
  });
  return { kind: 'tokens', tokens, text, truncated: 0, window: { index: 0, count: 1 } };
}

/** How much of a text was read, one sentence without a full stop; null where all of it was. */
export function windowNote({ tokens, truncated, window }: TokenFeatures): string | null {
  if (truncated === 0 && window.count <= 1) return null;
  const [before, after] = window.shared ?? [0, 0];
  const neighbours = [
    ...(before > 0 ? [`the first ${before} also in the window before`] : []),
    ...(after > 0 ? [`the last ${after} also in the next`] : []),
  ];
  const place = window.count > 1 ? `Window ${window.index + 1} of ${window.count}: the` : 'The';
  const overlap = neighbours.length > 0 ? ` (${neighbours.join(', ')})` : '';
  const rest = truncated > 0 ? `; ${truncated} tokens of the text lie outside` : '';
  return `${place} model read ${tokens.length} tokens${overlap}${rest}`;
}
