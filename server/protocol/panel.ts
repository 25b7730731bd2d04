/**
 * Messages between the extension host and the page in the panel (`postMessage`, structured clone:
 * typed arrays travel as they are). The host owns the truth; the page draws it and reports gestures.
 */
import type { BlameResponse, CounterfactualResponse, ReplacementId } from './blame';
import type { ChoicesResponse, UserErrorData } from './requests';
import type { Explanation, MethodId, Parameters, Prediction, TargetRequest } from './explanation';
import type { SampleAddress, SampleRef, SourceSpan } from './source';
import type { UnitsResponse } from './units';

/** What the person chose in the panel's controls; sent back with every change. */
export interface PanelChoice {
  readonly method: MethodId | null;
  readonly target: TargetRequest;
  readonly baseline: string | null;
  readonly parameters: Parameters;
  readonly window?: number;
  /** Feature (token) whose prediction is meant, for models that predict at every position; absent: the server's choice. */
  readonly position?: number;
  /** How blame is asked for; absent until a person changed it. */
  readonly blame?: BlameChoice;
}

/** The choices of the Blame tab. */
export interface BlameChoice {
  /** Class the sample should have; null: its own gold label. */
  readonly gold: number | null;
  /** `auto` is the method's own choice. */
  readonly signal: 'auto' | 'prior' | 'own' | 'contrast';
  readonly form: 'integrated' | 'gradient' | 'first-layer';
  /** Null: the server's own choice, donors where there is a dataset. */
  readonly replacement: ReplacementId | null;
  /** Baseline id; null: the default of the method or of the replacement. */
  readonly baseline: string | null;
  /** Features removed, at most. */
  readonly remove: number;
}

/** Where a question beside the explanation stands; null: not asked for this sample. */
export type Aside<T> =
  | null
  | { readonly phase: 'busy'; readonly done: number; readonly total: number; readonly message: string }
  | { readonly phase: 'done'; readonly result: T }
  | { readonly phase: 'error'; readonly error: UserErrorData }
  | { readonly phase: 'cancelled' };

/** Questions beside the explanation, each with its own answer and cancel. */
export type AsideKind = 'blame' | 'counterfactual' | 'conservation' | 'units';

/** Views of a result. */
export type Tab = 'explain' | 'blame';

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
  /**
   * Answers to questions beside the explanation. They belong to the sample that is shown: the host takes them back
   * (null) when it shows another one.
   */
  | { readonly type: 'blame'; readonly state: Aside<BlameResponse> }
  | { readonly type: 'counterfactual'; readonly state: Aside<CounterfactualResponse> }
  /** The explanation once more, with its sum at every node. */
  | { readonly type: 'conservation'; readonly state: Aside<Explanation> }
  /** The explained class over the dataset: its units, and the samples that excite them. */
  | { readonly type: 'units'; readonly state: Aside<UnitsResponse> }
  /** A command asks for a view. */
  | { readonly type: 'tab'; readonly tab: Tab }
  /** Pinned or not, when a command changed it. */
  | { readonly type: 'pinned'; readonly pinned: boolean }
  /** How an earlier page looked at results: its own state may be lost with it. */
  | { readonly type: 'view'; readonly view: PageState['view'] }
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
  /** Ask beside the explanation; `choice` holds how. What is answered or under way already is not asked again. */
  | { readonly type: 'ask'; readonly kind: AsideKind; readonly choice: PanelChoice; readonly again: boolean }
  | { readonly type: 'cancelAside'; readonly kind: AsideKind }
  /** Go to another sample's place: its row, its file. */
  | { readonly type: 'openSample'; readonly sample: Pick<SampleRef, 'address' | 'span'> }
  /** Take the counterfactual away: as a row on the clipboard, or into a file (pictures: `png`). */
  | { readonly type: 'counterfactual'; readonly to: 'clipboard' | 'file'; readonly png?: Uint8Array }
  /** A token or cell was activated: put the cursor on its characters. `focus` moves the keyboard there too. */
  | { readonly type: 'reveal'; readonly source: SourceSpan; readonly focus: boolean }
  /** A pixel was activated, in original picture coordinates. */
  | { readonly type: 'revealPixel'; readonly uri: string; readonly x: number; readonly y: number }
  /** Refresh after `stale` or an error. */
  | { readonly type: 'retry' }
  | { readonly type: 'export'; readonly format: 'png' | 'json' | 'html'; readonly png?: Uint8Array }
  | { readonly type: 'pin'; readonly pinned: boolean }
  /** Results are looked at in another way: kept for the page that follows this one. */
  | { readonly type: 'view'; readonly view: PageState['view'] }
  /** For the log channel. */
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string };

// #endregion
