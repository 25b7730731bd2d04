/**
 * Where things are: samples and the characters they are made of.
 *
 * Everything here is what an editor can use without conversion: UTF-16 columns and 0-based lines inside
 * ranges (as in the Language Server Protocol), 1-based physical lines where a person reads them.
 */

/** A position as in LSP: 0-based line, 0-based UTF-16 column. A line ends at `\n`, `\r\n` or a lone `\r`. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A half-open range as in LSP. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** The exact characters of a file that a feature was read from. */
export interface SourceSpan {
  readonly uri: string;
  /** 1-based physical line on which the span starts. */
  readonly line: number;
  readonly range: Range;
  /** UTF-16 units from the file's start; a byte-order mark counts as one. */
  readonly startOffset: number;
  readonly endOffset: number;
  /** Bytes from the file's start; a UTF-8 byte-order mark counts as three. */
  readonly startByte: number;
  readonly endByte: number;
}

/** Names one sample, the way a person or a menu does. */
export type SampleAddress =
  /** Physical line of a dataset file, 1-based; any line of a multi-line record means that record. */
  | { readonly kind: 'line'; readonly uri: string; readonly line: number }
  /** Data record of a dataset file, 1-based; the header is not counted. */
  | { readonly kind: 'record'; readonly uri: string; readonly record: number }
  /** A picture or a tensor: the whole file is the sample. */
  | { readonly kind: 'file'; readonly uri: string }
  /** A piece of a document (selected text); offsets refer to the document as the editor shows it. */
  | { readonly kind: 'selection'; readonly uri: string; readonly range: Range }
  /** Text that is in no file. */
  | { readonly kind: 'text'; readonly text: string }
  /** Tensors by model input name, each a `.npy` file. */
  | { readonly kind: 'tensors'; readonly files: Readonly<Record<string, string>> };

/** A sample that was found: what a result refers to. */
export interface SampleRef {
  readonly address: SampleAddress;
  /** Short name for titles: `reviews.csv:17`, `digit.png`, `selected text`. */
  readonly title: string;
  /** 1-based data record number, where the file has records. */
  readonly record?: number;
  /** The whole record or selection in the file; absent for pictures, tensors and text in no file. */
  readonly span?: SourceSpan;
  /** SHA-256 (hex) of the bytes the sample was read from. */
  readonly contentHash: string;
  /** Version of the open document the sample was read from; absent when it was read from disk. */
  readonly documentVersion?: number;
}
