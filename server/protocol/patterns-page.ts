/** Messages between the extension host and the Patterns page (`postMessage`, structured clone). */
import type { PatternFeature, PatternsResponse, PatternSpace, PatternTarget, PatternView } from './patterns';
import type { UserErrorData } from './requests';
import type { SampleAddress } from './source';

/** What the page is about; given by the command, kept across reloads. */
export interface PatternsSubject {
  readonly model: string | null;
  /** Files of the dataset, as `file:` URIs. */
  readonly datasets: readonly string[];
  /** For the title: `data/test.csv`. */
  readonly name: string;
  readonly cell: { readonly gold: number | string; readonly predicted: number | string } | null;
}

/** What a person chose on the page. */
export interface PatternsChoice {
  readonly target: PatternTarget;
  readonly space: PatternSpace;
  /** Index of a class; null: all. Where a cell is given, it wins. */
  readonly class: number | null;
  /** Number of groups; null: chosen by the eigenvalues. */
  readonly clusters: number | null;
  readonly flagged: readonly string[];
}

/** What the page keeps with `setState`. */
export interface PatternsPageState {
  readonly version: 1;
  readonly subject: PatternsSubject;
  readonly choice: PatternsChoice;
  readonly view: PatternView;
}

// #region host → page
export type ToPatternsPage =
  /** `flagged`: what was flagged as a shortcut in this dataset before. */
  | { readonly type: 'subject'; readonly subject: PatternsSubject; readonly flagged: readonly string[] }
  /** The workspace file flags other features now. */
  | { readonly type: 'flags'; readonly flagged: readonly string[] }
  | { readonly type: 'progress'; readonly done: number; readonly total: number; readonly message: string }
  | { readonly type: 'answer'; readonly view: PatternView; readonly answer: PatternsResponse }
  | { readonly type: 'error'; readonly view: PatternView; readonly error: UserErrorData }
  | { readonly type: 'cancelled'; readonly view: PatternView }
  /** Model or dataset changed on disk: what is shown is of before. */
  | { readonly type: 'stale' };
// #endregion

// #region page → host
export type FromPatternsPage =
  | { readonly type: 'ready'; readonly state: PatternsPageState | null }
  /** The latest wins. */
  | { readonly type: 'ask'; readonly view: PatternView; readonly choice: PatternsChoice }
  | { readonly type: 'cancel' }
  /** Puts the cursor on the row, or opens the picture. */
  | { readonly type: 'reveal'; readonly address: SampleAddress }
  | { readonly type: 'explain'; readonly address: SampleAddress }
  /** All features that are flagged as shortcuts of this dataset now. */
  | { readonly type: 'flag'; readonly flagged: readonly string[] }
  /** Writes a model check that the class does not rest on the feature. @param sample One that has it. */
  | { readonly type: 'check'; readonly feature: PatternFeature; readonly sample: SampleAddress };
// #endregion
