/** What the front doors (language server, command line) offer; the same numbers for both. */
import type {
  BlameRequest,
  BlameResponse,
  CardRequest,
  CheckRequest,
  CheckResult,
  ChecksRequest,
  ChecksResponse,
  CounterfactualRequest,
  CounterfactualResponse,
  ChoicesRequest,
  ChoicesResponse,
  EnginesResponse,
  EvaluateRequest,
  EvaluateResponse,
  ExplainRequest,
  Explanation,
  ExportRequest,
  ExportResponse,
  FlipsRequest,
  FlipsResponse,
  LocateRequest,
  LocateResponse,
  ModelCard,
  ModelsResponse,
  PatternsRequest,
  PatternsResponse,
  Prediction,
  PredictRequest,
  ResolveRequest,
  ResolveResponse,
  RulesRequest,
  RulesResponse,
  ShortcutsRequest,
  ShortcutsResponse,
  SuggestRequest,
  SuggestResponse,
  UnitsRequest,
  UnitsResponse,
} from '../protocol';
import type { Surveys } from './survey/surveys';
import type { Problem } from '../workspace/problem';

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number, message: string) => void;
}

export interface Services {
  resolve(request: ResolveRequest): Promise<ResolveResponse>;
  predict(request: PredictRequest, options?: RequestOptions): Promise<Prediction>;
  explain(request: ExplainRequest, options?: RequestOptions): Promise<Explanation>;
  /** A class asked about without a sample: its most influential units, and what excites them. */
  units(request: UnitsRequest, options?: RequestOptions): Promise<UnitsResponse>;
  blame(request: BlameRequest, options?: RequestOptions): Promise<BlameResponse>;
  flips(request: FlipsRequest, options?: RequestOptions): Promise<FlipsResponse>;
  /** How well several methods say what the model does when features are removed, over samples of a dataset. */
  evaluate(request: EvaluateRequest, options?: RequestOptions): Promise<EvaluateResponse>;
  counterfactual(request: CounterfactualRequest, options?: RequestOptions): Promise<CounterfactualResponse>;
  /** Model checks of the workspace. */
  checks(request: ChecksRequest): Promise<ChecksResponse>;
  check(request: CheckRequest, options?: RequestOptions): Promise<CheckResult>;
  /** What a model says about every sample of datasets. */
  readonly surveys: Surveys;
  /** What many explained samples of a dataset have in common. */
  patterns(request: PatternsRequest, options?: RequestOptions): Promise<PatternsResponse>;
  /** What is flagged as a shortcut in a dataset. */
  shortcuts(request: ShortcutsRequest): Promise<ShortcutsResponse>;
  /** What there is to know about one model. */
  card(request: CardRequest): Promise<ModelCard>;
  /** Samples that a failure's text names. */
  locate(request: LocateRequest): Promise<LocateResponse>;
  choices(request: ChoicesRequest): Promise<ChoicesResponse>;
  /** Which rule LRP gives to every node of a model, without running it. */
  rules(request: RulesRequest): Promise<RulesResponse>;
  models(): Promise<ModelsResponse>;
  /** @param measure Also how fast each is. */
  engines(measure?: boolean): Promise<EnginesResponse>;
  exportProgram(request: ExportRequest): Promise<ExportResponse>;
  suggest(request: SuggestRequest): Promise<SuggestResponse>;
  /** What is wrong with a workspace file that only the files it names can say; `text` may not be saved yet. */
  problems(uri: string, text: string): Promise<readonly Problem[]>;
  /** An open document's text wins over the disk until it is closed (`null`). */
  document(uri: string, text: string | null, version?: number): void;
  dispose(): Promise<void>;
}
