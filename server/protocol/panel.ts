/**
 * Messages between the extension host and the page in the panel (`postMessage`, structured clone:
 * typed arrays travel as they are). The host owns the truth; the page draws it and reports gestures.
 */
import type { ChoicesResponse, UserErrorData } from './requests';
import type { Explanation, MethodId, Parameters, Prediction, TargetRequest } from './explanation';
import type { SampleAddress, SourceSpan } from './source';

/** What the person chose in the panel's controls; sent back with every change. */
export interface PanelChoice {
  readonly method: MethodId | null;
  readonly target: TargetRequest;
  readonly baseline: string | null;
  readonly parameters: Parameters;
  readonly window?: number;
}

/** What the page keeps with `setState`; a panel serializer is given it back after a reload. */
export interface PageState {
  readonly version: 1;
  /** The sample last shown; null while none was. */
  readonly address: SampleAddress | null;
  /** Name of the model it was explained with. */
  readonly model: string | null;
  readonly choice: PanelChoice;
  readonly pinned: boolean;
  /** How results are looked at (word or token, image view, …): the page's own business. */
  readonly view: Readonly<Record<string, string | number | boolean>>;
}

// #region to the page

/** Every result carries `request`, counted up by the host; the page drops what is older than the latest. */
export type ToPage =
  /** A request began: show the sample's title and a busy state, keep the old picture dimmed. */
  | { readonly type: 'begin'; readonly request: number; readonly title: string; readonly choice: PanelChoice }
  | { readonly type: 'choices'; readonly request: number; readonly choices: ChoicesResponse }
  | { readonly type: 'prediction'; readonly request: number; readonly prediction: Prediction }
  | { readonly type: 'explanation'; readonly request: number; readonly explanation: Explanation }
  | {
      readonly type: 'progress';
      readonly request: number;
      readonly done: number;
      readonly total: number;
      readonly message: string;
    }
  | { readonly type: 'error'; readonly request: number; readonly error: UserErrorData }
  /** The request was cancelled by the person: no error, the busy state ends. */
  | { readonly type: 'cancelled'; readonly request: number }
  /** The caret in the file moved onto this feature (token, column); null: onto none. */
  | { readonly type: 'caret'; readonly feature: number | null }
  /** Sample, model or server changed since the result was made: say so and offer to ask again. */
  | { readonly type: 'stale'; readonly reason: string }
  /** Pinned or not, when a command changed it. */
  | { readonly type: 'pinned'; readonly pinned: boolean }
  /** The compute process died and is being restarted. */
  | { readonly type: 'notice'; readonly message: string };

// #endregion
// #region from the page

export type FromPage =
  /** The page's script runs and listens; `state` is what it kept with `setState`. */
  | { readonly type: 'ready' }
  /** Controls changed: explain again. */
  | { readonly type: 'choose'; readonly choice: PanelChoice }
  | { readonly type: 'cancel' }
  /** A token or cell was activated: put the cursor on its characters. `focus` moves the keyboard there too. */
  | { readonly type: 'reveal'; readonly source: SourceSpan; readonly focus: boolean }
  /** A pixel was activated, in original picture coordinates. */
  | { readonly type: 'revealPixel'; readonly uri: string; readonly x: number; readonly y: number }
  /** Refresh after `stale` or an error. */
  | { readonly type: 'retry' }
  | { readonly type: 'export'; readonly format: 'png' | 'json' | 'html'; readonly png?: Uint8Array }
  | { readonly type: 'pin'; readonly pinned: boolean }
  /** For the log channel. */
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string };

// #endregion
