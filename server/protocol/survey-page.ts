/**
 * How mistakes are looked at, and the messages between the extension host and the survey page. As in `panel.ts` the
 * host owns the truth: tree, keys and page look at the same part of a survey in the same order.
 */
import type { UserErrorData } from './requests';
import type { SurveyFilter, SurveyRow, SurveyRowsResponse, SurveySort, SurveyState, SurveySummary } from './survey';

/** Groups of the tree; `change`: newly wrong and newly right. */
export const mistakeGroupings = ['pair', 'confidence', 'loss', 'file', 'change', 'none'] as const;
export type MistakeGrouping = (typeof mistakeGroupings)[number];

/** Which samples, in what order, in which groups. */
export interface MistakesView {
  readonly filter: SurveyFilter;
  readonly sort: SurveySort;
  /** Largest first; null: the sort's own direction. */
  readonly descending: boolean | null;
  readonly grouping: MistakeGrouping;
}

/** What the page keeps with `setState`. */
export interface SurveyPageState {
  readonly version: 1;
  readonly tab: string;
  readonly slice: string | null;
}

// #region to the page

export type ToSurveyPage =
  /** A survey went on, another one is shown, or none is (null). */
  | { readonly type: 'survey'; readonly state: SurveyState | null; readonly view: MistakesView }
  /** Of the whole survey; `slice` names the column whose values make the slices. */
  | { readonly type: 'summary'; readonly slice: string | null; readonly summary: SurveySummary }
  /** The page of rows that was asked for under this number, or why there is none. */
  | { readonly type: 'rows'; readonly request: number; readonly offset: number; readonly answer: SurveyRowsResponse }
  | { readonly type: 'failed'; readonly request: number; readonly error: UserErrorData }
  /** The row that was opened last, by whatever gesture. */
  | { readonly type: 'opened'; readonly position: number }
  | { readonly type: 'error'; readonly error: UserErrorData };

// #endregion
// #region from the page

/** Classes as the filter names them. */
export interface SurveyCell {
  readonly gold: number | string;
  readonly predicted: number | string;
}

export type FromSurveyPage =
  | { readonly type: 'ready' }
  /** Filter, order or groups changed: the tree follows. */
  | { readonly type: 'view'; readonly view: MistakesView }
  /** Numbers about the survey, by the values of a column too. */
  | { readonly type: 'summarize'; readonly slice: string | null }
  | { readonly type: 'rows'; readonly request: number; readonly offset: number; readonly limit: number }
  /** Jump to the row and explain it. */
  | { readonly type: 'open'; readonly row: SurveyRow; readonly focus: boolean }
  | { readonly type: 'export' }
  /** What the samples of a cell have in common; null: of all mistakes. */
  | { readonly type: 'patterns'; readonly cell: SurveyCell | null }
  | { readonly type: 'run' }
  | { readonly type: 'stop' }
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string };

// #endregion
