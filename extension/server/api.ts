/** The attribution server as the rest of the extension sees it: typed requests, events, nothing of LSP. */
import type { CardRequest, CardResponse } from '../../server/protocol';
import type { CancellationToken, Event } from 'vscode';
import type {
  BlameRequest,
  BlameResponse,
  ChangedNotification,
  CheckRequest,
  CheckResult,
  ChecksRequest,
  ChecksResponse,
  ChoicesRequest,
  ChoicesResponse,
  CounterfactualRequest,
  CounterfactualResponse,
  EnginesResponse,
  ExplainRequest,
  Explanation,
  ExportRequest,
  ExportResponse,
  LocateRequest,
  LocateResponse,
  ModelsResponse,
  PatternsRequest,
  PatternsResponse,
  Prediction,
  PredictRequest,
  ProgressNotification,
  ReportRequest,
  ReportResponse,
  ResolveRequest,
  ResolveResponse,
  ShortcutsRequest,
  ShortcutsResponse,
  SuggestRequest,
  SuggestResponse,
  SurveyProgressNotification,
  SurveyRequests,
  UnitsRequest,
  UnitsResponse,
} from '../../server/protocol';
import * as blaming from '../../server/protocol/blame';
import * as checking from '../../server/protocol/checks';
import * as failures from '../../server/protocol/failures';
import { patterns, shortcuts } from '../../server/protocol/patterns';
import * as cards from '../../server/protocol/card';
import * as protocol from '../../server/protocol/requests';
import { surveyRequests } from '../../server/protocol/survey';
import * as unitsOf from '../../server/protocol/units';

/**
 * Every request starts the server when it does not run.
 * @throws PersonalError what the server says is wrong; CancellationError; ServerLost when the process ended.
 */
export interface ServerApi {
  resolve(request: ResolveRequest, token?: CancellationToken): Promise<ResolveResponse>;
  predict(request: PredictRequest, token?: CancellationToken): Promise<Prediction>;
  explain(request: ExplainRequest, token?: CancellationToken): Promise<Explanation>;
  choices(request: ChoicesRequest, token?: CancellationToken): Promise<ChoicesResponse>;
  models(): Promise<ModelsResponse>;
  card(request: CardRequest, token?: CancellationToken): Promise<CardResponse>;
  engines(): Promise<EnginesResponse>;
  suggest(request: SuggestRequest, token?: CancellationToken): Promise<SuggestResponse>;
  exportProgram(request: ExportRequest, token?: CancellationToken): Promise<ExportResponse>;
  report(request: ReportRequest, token?: CancellationToken): Promise<ReportResponse>;
  blame(request: BlameRequest, token?: CancellationToken): Promise<BlameResponse>;
  counterfactual(request: CounterfactualRequest, token?: CancellationToken): Promise<CounterfactualResponse>;
  units(request: UnitsRequest, token?: CancellationToken): Promise<UnitsResponse>;
  checks(request: ChecksRequest, token?: CancellationToken): Promise<ChecksResponse>;
  check(request: CheckRequest, token?: CancellationToken): Promise<CheckResult>;
  locate(request: LocateRequest, token?: CancellationToken): Promise<LocateResponse>;
  patterns(request: PatternsRequest, token?: CancellationToken): Promise<PatternsResponse>;
  shortcuts(request: ShortcutsRequest, token?: CancellationToken): Promise<ShortcutsResponse>;
  readonly survey: SurveyApi;
}

/** Requests about whole datasets; see `server/protocol/survey.ts`. */
export type SurveyApi = {
  readonly [Name in keyof SurveyRequests]: (
    ...asked: [...Parameters<SurveyRequests[Name]>, token?: CancellationToken]
  ) => Promise<ReturnType<SurveyRequests[Name]>>;
};

export interface ServerEvents {
  readonly onProgress: Event<ProgressNotification>;
  readonly onChanged: Event<ChangedNotification>;
  readonly onSurvey: Event<SurveyProgressNotification>;
}

type Send = (method: string, params: unknown, token?: CancellationToken) => Promise<unknown>;

/** Gives the untyped wire its types; `send` unpacks typed arrays and errors. */
export function createApi(send: Send): ServerApi {
  const request =
    <R>(method: string) =>
    (params: object, token?: CancellationToken): Promise<R> =>
      send(method, params, token) as Promise<R>;
  const survey = Object.fromEntries(
    Object.entries(surveyRequests).map(([name, method]) => [
      name,
      name === 'list' ? () => send(method, {}) : request(method),
    ]),
  ) as unknown as SurveyApi;
  return {
    resolve: request(protocol.resolve),
    predict: request(protocol.predict),
    explain: request(protocol.explain),
    choices: request(protocol.choices),
    models: () => send(protocol.models, {}) as Promise<ModelsResponse>,
    card: request(cards.card),
    engines: () => send(protocol.engines, {}) as Promise<EnginesResponse>,
    suggest: request(protocol.suggest),
    exportProgram: request(protocol.exportProgram),
    report: request(protocol.report),
    blame: request(blaming.blame),
    counterfactual: request(blaming.counterfactual),
    units: request(unitsOf.units),
    patterns: request(patterns),
    shortcuts: request(shortcuts),
    survey,
    checks: request(checking.checks),
    check: request(checking.check),
    locate: request(failures.locate),
  };
}
