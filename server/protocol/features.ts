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

/** One column of a table row. */
export interface ColumnFeature {
  readonly name: string;
  /** The cell as the file spells it, unescaped. */
  readonly text: string;
  readonly type: 'number' | 'category';
  /** The number the model read, for numeric columns. */
  readonly value: number | null;
  readonly source: SourceSpan | null;
}

export interface ColumnFeatures {
  readonly kind: 'columns';
  readonly columns: readonly ColumnFeature[];
}

/** Elements of plain tensors, inputs in the model's order, each row-major. */
export interface ElementFeatures {
  readonly kind: 'elements';
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export type Features = TokenFeatures | PixelFeatures | ColumnFeatures | ElementFeatures;

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
