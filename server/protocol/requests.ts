/**
 * Custom requests and notifications between an editor (client) and the attribution server, over LSP.
 * Each is declared once: name, direction, purpose. Cancellation is LSP's own (`$/cancelRequest`).
 *
 * Typed arrays do not survive JSON: on this wire they travel as `Packed` (see `wire.ts`).
 */
import type { BaselineInfo, EngineEntry, MethodChoice, ModelEntry } from './catalogue';
import type { Explanation, LayerInfo, MethodId, Parameters, Prediction, TargetRequest } from './explanation';
import type { Range, SampleAddress, SampleRef } from './source';

/** Client → server: predict one sample. Fast; the panel shows it before relevance is there. */
export const predict = 'modelBlame/predict';
export interface PredictRequest {
  readonly address: SampleAddress;
  /** Model name of the workspace file, or a path; null lets the nearest workspace file decide. */
  readonly model: string | null;
  /** Which window of a long text; 0 by default. */
  readonly window?: number;
  /**
   * For models that predict at every position: the 0-based feature (token) meant, or words of the text. By default the
   * server chooses and says why (`Positions.because`).
   */
  readonly position?: number | string;
}
export type PredictResponse = Prediction;

/** Client → server: explain one sample. Answers with an Explanation or a `UserError`. */
export const explain = 'modelBlame/explain';
export interface ExplainRequest extends PredictRequest {
  readonly method: MethodId | null;
  readonly target: TargetRequest;
  /** Baseline id, see `choices`; null for the input kind's default. */
  readonly baseline: string | null;
  readonly parameters: Parameters;
  readonly engine?: string | null;
  /** Asks for the relevance sum at every node (`Explanation.conservation`). */
  readonly conservation?: boolean;
  /** Names the progress notifications of this request. */
  readonly progressToken?: string;
}
export type ExplainResponse = Explanation;

/** Server → client: how far a request with a `progressToken` has come. */
export const progress = 'modelBlame/progress';
export interface ProgressNotification {
  readonly token: string;
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

/** Client → server: which sample lies at a position of a document (caret, gutter, right click). */
export const resolve = 'modelBlame/resolve';
export interface ResolveRequest {
  readonly address: SampleAddress;
}
export interface ResolveResponse {
  readonly sample: SampleRef;
  /** Models that fit the sample; more than one means: ask. */
  readonly models: readonly ModelEntry[];
}

/** Client → server: methods and baselines for a model, each fitting or with the reason why not. */
export const choices = 'modelBlame/choices';
export interface ChoicesRequest {
  readonly model: string | null;
  readonly address: SampleAddress;
}
export interface ChoicesResponse {
  readonly methods: readonly MethodChoice[];
  readonly baselines: readonly BaselineInfo[];
  /** Inner values for layer methods, from input to output. */
  readonly layers: readonly LayerInfo[];
  readonly defaultMethod: MethodId;
  readonly defaultBaseline: string;
}

/** Client → server: all models the workspace knows. */
export const models = 'modelBlame/models';
export interface ModelsResponse {
  readonly models: readonly ModelEntry[];
}

/** Client → server: engines present, and why others are not. */
export const engines = 'modelBlame/engines';
export interface EnginesResponse {
  readonly engines: readonly EngineEntry[];
  readonly chosen: string;
}

/** Client → server: save a compiled program as an ordinary `.onnx` file. */
export const exportProgram = 'modelBlame/export';
export interface ExportRequest {
  readonly model: string;
  readonly method: MethodId;
  /** The method's own; what is left out has its default. */
  readonly parameters?: Parameters;
  readonly target: TargetRequest;
  readonly path: string;
}
export interface ExportResponse {
  readonly path: string;
  readonly bytes: number;
}

/** Client → server: guess a workspace file for a dataset or picture and a model (guided first run). */
export const suggest = 'modelBlame/suggest';
export interface SuggestRequest {
  readonly address: SampleAddress;
  /** Path of the model the person chose; null lists candidates only. */
  readonly modelPath: string | null;
}
export interface SuggestResponse {
  /** Model files found in the workspace folder, nearest first. */
  readonly candidates: readonly string[];
  /** Columns of the dataset, where it has any. */
  readonly columns: readonly string[];
  readonly guess: { readonly text?: string; readonly label?: string } | null;
  /** Proposed content of `model-blame.json`, merged into an existing one; null without a model. */
  readonly file: { readonly uri: string; readonly content: string } | null;
}

/**
 * Client → server: render one explanation as a document that stands alone. The result is the one `explain` gives for the
 * same fields (from the cache where it is there). Answers with the document's text.
 */
export const report = 'modelBlame/report';
export interface ReportRequest extends ExplainRequest {
  readonly format: 'html' | 'json';
}
export interface ReportResponse {
  readonly content: string;
}

/** Client → server, as `initializationOptions` and again in `workspace/didChangeConfiguration` (`settings`). */
export interface ServerSettings {
  /** Engine for requests that name none; null: the first that loads. */
  readonly engine: string | null;
  /** Bytes that models and sessions may take; null: the server's own limit. */
  readonly memoryLimit: number | null;
  /** False in an untrusted workspace: only built-in readers, no path from workspace settings. */
  readonly trusted: boolean;
}

/** Server → client: state of the compute process, for the status item and the panel. */
export const status = 'modelBlame/status';
export interface StatusNotification {
  readonly state: 'idle' | 'busy' | 'restarting' | 'failed';
  readonly engine: string | null;
  readonly model: string | null;
  readonly message: string | null;
}

/** Server → client: a model or dataset changed on disk; what is shown for it is stale. */
export const changed = 'modelBlame/changed';
export interface ChangedNotification {
  readonly uris: readonly string[];
}

/** Error data of a response: an error made for people. `range` points into a workspace file. */
export interface UserErrorData {
  readonly code: string;
  readonly what: string;
  readonly where: string | null;
  readonly next: string | null;
  readonly uri?: string;
  readonly range?: Range;
}
