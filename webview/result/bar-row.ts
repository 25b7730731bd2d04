import type { SourceSpan } from '../../server/protocol/source';

/** One row of a list of signed bars. */
export interface BarRow {
  readonly name: string;
  /** A second column: the cell's value, a position. */
  readonly detail: string;
  readonly relevance: number | null;
  readonly dim: boolean;
  readonly source: SourceSpan | null;
  readonly features: readonly number[];
}
