/** Samples as they lie in files, every character with its place. */
import type { SampleRef, SourceSpan } from '../protocol';

/** How files are read: unsaved buffers of the editor win over the disk. */
export interface Files {
  /** Whole file; `version` when it came from an open document. Rejects with a UserError when it cannot be read. */
  read(uri: string): Promise<FileContent>;
  /** A file of records, which may be too large for memory; left out: as `read`. */
  open?(uri: string): Promise<RecordFile>;
}

/** Bytes in memory or on disk. */
export interface Bytes {
  readonly length: number;
  /** Those from `start` to before `end`; not to be written to. */
  subarray(start: number, end: number): Uint8Array;
}

export interface RecordFile {
  readonly bytes: Bytes;
  readonly version?: number;
}

export interface FileContent {
  /** Bytes as on disk (an open document: its text in UTF-8, with the BOM the file has). */
  readonly bytes: Uint8Array;
  readonly version?: number;
}

/** A piece of text with the way back to its characters. */
export interface SourceText {
  /** Unescaped: what a model reads. */
  readonly text: string;
  /**
   * The source of a UTF-16 range of `text`; whole characters only (a range inside a surrogate pair or an escape
   * is widened). Null when the text is in no file.
   */
  locate(start: number, end: number): SourceSpan | null;
}

export interface Field extends SourceText {
  /** Column name or JSON key. */
  readonly name: string;
  /** Value type in the file: JSON numbers, booleans and null are told apart; CSV fields are strings. */
  readonly type: 'string' | 'number' | 'boolean' | 'null' | 'other';
}

export type RawSample =
  | { readonly kind: 'record'; readonly ref: SampleRef; readonly fields: readonly Field[] }
  | { readonly kind: 'text'; readonly ref: SampleRef; readonly text: SourceText }
  | { readonly kind: 'picture'; readonly ref: SampleRef; readonly bytes: Uint8Array }
  | { readonly kind: 'tensors'; readonly ref: SampleRef; readonly files: Readonly<Record<string, Uint8Array>> };
