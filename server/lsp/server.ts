/** The language server: requests in, answers and notifications out. Everything it knows is in the services. */
import { basename, dirname } from 'node:path';
import {
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  TextDocuments,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { pack } from '../protocol';
import * as protocol from '../protocol';
import { isDiagnosed, isWorkspaceFile, toDiagnostic, workspaceDiagnostics } from './diagnostics';
import { isExpected, toResponseError } from './errors';
import { checkParams, surveyShapes } from './params';
import { throttledProgress } from './progress';
import { defaultSettings, readSettings } from './settings';
import { isFileUri, toPath, toUri } from '../workspace/uris';
import { cardMarkdown } from '../render/card';
import type { CancellationToken, Connection, InitializeParams, InitializeResult } from 'vscode-languageserver/node';
import type { ServerServices } from '../services';
import type { RequestOptions } from '../services/types';
import type { ServerSettings, StatusNotification, SurveyProgressNotification, SurveyRequests } from '../protocol';
import type { RequestShape } from './params';

/** What `main.ts` puts behind the server. */
export interface Backend {
  readonly services: ServerServices;
  /** Renders an explanation as a page that stands alone. */
  html(explanation: protocol.Explanation, method: protocol.MethodInfo | null): Promise<string>;
  /** Explanation as JSON with relevance as plain numbers. */
  json(explanation: protocol.Explanation): string;
}

export interface BackendOptions {
  readonly settings: ServerSettings;
  readonly folders: readonly string[];
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void;
  /** State of the compute process. */
  readonly status: (state: 'ready' | 'restarting' | 'failed', message: string | null) => void;
}

/** Files whose changes make results stale. */
const WATCHED = [
  'onnx',
  'csv',
  'tsv',
  'jsonl',
  'ndjson',
  'json',
  'txt',
  'npy',
  'png',
  'jpg',
  'jpeg',
  'data',
  'onnx_data',
];
const watched = new RegExp(`\\.(${WATCHED.join('|')})$`);

export function serve(connection: Connection, start: (options: BackendOptions) => Backend): void {
  let settings = defaultSettings;
  let folders: readonly string[] = [];
  let backend: Backend | null = null;
  let watches = false;
  let watchesSingle = false;
  /** Watched by themselves: files some answer was made from, whose names do not say so (weights beside a model). */
  const single = new Set<string>();
  /** Revisions of surveys whose files the client was told. */
  const filesTold = new Map<string, number>();
  let running = 0;
  let status: StatusNotification = { state: 'idle', engine: null, model: null, message: null };
  const documents = new TextDocuments(TextDocument);

  const log: BackendOptions['log'] = (level, message) => {
    if (level === 'error') connection.console.error(message);
    else if (level === 'warn') connection.console.warn(message);
    else if (level === 'info') connection.console.info(message);
    else connection.console.debug(message);
  };
  const tell = (change: Partial<StatusNotification>): void => {
    const next = { ...status, ...change };
    if (JSON.stringify(next) === JSON.stringify(status)) return;
    status = next;
    void connection.sendNotification(protocol.status, status);
  };
  const ready = (): Backend => {
    if (backend !== null) return backend;
    backend = start({
      settings,
      folders,
      log,
      status: (state, message) => tell({ state: state === 'ready' ? (running > 0 ? 'busy' : 'idle') : state, message }),
    });
    backend.services.surveys.listen((state) => {
      const known = filesTold.get(state.survey) === state.revision;
      filesTold.set(state.survey, state.revision);
      const progress: SurveyProgressNotification = known ? { ...state, files: null } : state;
      void connection.sendNotification(protocol.surveyProgress, pack(progress));
    });
    return backend;
  };

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    settings = readSettings(params.initializationOptions, settings);
    folders = (params.workspaceFolders ?? [])
      .map(({ uri }) => uri)
      .filter(isFileUri)
      .map(toPath);
    const watching = params.capabilities.workspace?.didChangeWatchedFiles;
    watches = watching?.dynamicRegistration === true;
    watchesSingle = watches && watching?.relativePatternSupport === true;
    return {
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
      serverInfo: { name: 'model-blame' },
    };
  });
  connection.onInitialized(() => {
    if (watches)
      void connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: `**/*.{${WATCHED.join(',')}}` }],
      });
    connection.onNotification('workspace/didChangeWorkspaceFolders', (params: unknown) => {
      const { event } = params as { event: { added: { uri: string }[]; removed: { uri: string }[] } };
      const removed = new Set(event.removed.map(({ uri }) => toPath(uri)));
      const added = event.added
        .map(({ uri }) => uri)
        .filter(isFileUri)
        .map(toPath);
      folders = [...folders.filter((folder) => !removed.has(folder)), ...added];
      backend?.services.configure({ folders });
    });
  });

  /** Files or documents changed: once they rest, surveys are compared with them. */
  let resting: NodeJS.Timeout | null = null;
  const refresh = (): void => {
    if (backend === null) return;
    if (resting !== null) clearTimeout(resting);
    resting = setTimeout(() => {
      resting = null;
      backend?.services.surveys
        .refresh()
        .catch((error: unknown) => log('error', `surveys: ${error instanceof Error ? error.message : String(error)}`));
    }, 300);
  };

  connection.onNotification(DidChangeConfigurationNotification.type, ({ settings: changed }) => {
    settings = readSettings(changed, settings);
    backend?.services.configure({ trusted: settings.trusted, engine: settings.engine });
    for (const document of documents.all()) publish(document);
  });
  connection.onNotification(DidChangeWatchedFilesNotification.type, ({ changes }) => {
    backend?.services.invalidate();
    refresh();
    const uris = changes
      .map(({ uri }) => uri)
      .filter((uri) => isDiagnosed(uri) || backend?.services.uses(uri) === true);
    if (uris.length > 0) void connection.sendNotification(protocol.changed, { uris });
    for (const document of documents.all()) publish(document);
  });

  const publish = (document: TextDocument): void => {
    if (!isDiagnosed(document.uri)) return;
    const diagnostics = workspaceDiagnostics(document.uri, document.getText(), folders, settings.trusted);
    const { uri, version } = document;
    void connection.sendDiagnostics({ uri, version, diagnostics });
    if (backend === null || !isWorkspaceFile(uri)) return;
    // What the files say that it names comes after what it says itself.
    void backend.services.problems(uri, document.getText()).then(
      (problems) => {
        if (problems.length === 0 || documents.get(uri)?.version !== version) return;
        void connection.sendDiagnostics({ uri, version, diagnostics: [...diagnostics, ...problems.map(toDiagnostic)] });
      },
      (error: unknown) => {
        log('error', `${uri}: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
  };
  documents.onDidChangeContent(({ document }) => {
    ready().services.document(document.uri, document.getText(), document.version);
    if (ready().services.uses(document.uri)) refresh();
    publish(document);
  });
  documents.onDidClose(({ document }) => {
    ready().services.document(document.uri, null);
    if (ready().services.uses(document.uri)) refresh();
    if (isDiagnosed(document.uri)) void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });
  documents.listen(connection);

  /** One request: parameters checked, cancellation and progress bound, errors made for the wire. */
  const on = (
    method: string,
    shape: RequestShape,
    handle: (services: ServerServices, params: unknown, options: RequestOptions) => Promise<unknown>,
  ): void => {
    connection.onRequest(method, async (...args: unknown[]) => {
      // A client that names no token of its own sends its parameters by position, with a null behind them.
      const raw = args[0];
      const token = args.at(-1) as CancellationToken;
      const began = performance.now();
      const controller = new AbortController();
      const listener = token.onCancellationRequested(() => controller.abort());
      if (token.isCancellationRequested) controller.abort();
      try {
        const params = checkParams(shape, raw);
        running++;
        tell({ state: 'busy' });
        const answer = await handle(ready().services, params, optionsOf(params, controller.signal));
        log('debug', `${method}: ${(performance.now() - began).toFixed(0)} ms`);
        if (watchesSingle) watchUsed();
        return pack(answer);
      } catch (error) {
        if (!isExpected(error))
          log('error', `${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        return toResponseError(error);
      } finally {
        listener.dispose();
        running = Math.max(0, running - 1);
        if (running === 0 && status.state === 'busy') tell({ state: 'idle' });
      }
    });
  };
  const watchUsed = (): void => {
    const fresh = ready()
      .services.used()
      .filter((uri) => isFileUri(uri) && !watched.test(uri) && !single.has(uri));
    if (fresh.length === 0) return;
    const watchers = fresh.map((uri) => {
      single.add(uri);
      const path = toPath(uri);
      // A name is no pattern: what would be read as one stands for any character.
      return { globPattern: { baseUri: toUri(dirname(path)), pattern: basename(path).replace(/[*?[\]{}!]/g, '?') } };
    });
    void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  };
  const optionsOf = (params: unknown, signal: AbortSignal): RequestOptions => {
    const token = (params as { readonly progressToken?: string } | null)?.progressToken;
    if (token === undefined) return { signal };
    return {
      signal,
      progress: throttledProgress(token, (event) => void connection.sendNotification(protocol.progress, event)),
    };
  };
  /** Shows in the status item which engine and model answered last. */
  const noted = <R extends { readonly engine: string; readonly model: { readonly name: string } }>(answer: R): R => {
    tell({ engine: answer.engine, model: answer.model.name });
    return answer;
  };

  on(protocol.resolve, 'resolve', (services, params) => services.resolve(params as protocol.ResolveRequest));
  on(protocol.predict, 'predict', async (services, params, options) =>
    noted(await services.predict(params as protocol.PredictRequest, options)),
  );
  on(protocol.explain, 'explain', async (services, params, options) =>
    noted(await services.explain(params as protocol.ExplainRequest, options)),
  );
  on(protocol.report, 'report', async (services, params, options) => {
    const { format, ...request } = params as protocol.ReportRequest;
    const explanation = await services.explain(request, options);
    if (format === 'json') return { content: ready().json(explanation) };
    const { methods } = await services.choices(request);
    const info = methods.find((choice) => choice.info.id === explanation.method)?.info ?? null;
    return { content: await ready().html(explanation, info) };
  });
  on(protocol.units, 'units', (services, params, options) => services.units(params as protocol.UnitsRequest, options));
  on(protocol.blame, 'blame', async (services, params, options) => {
    const answer = await services.blame(params as protocol.BlameRequest, options);
    noted(answer.explanation);
    return answer;
  });
  on(protocol.flips, 'flips', (services, params, options) => services.flips(params as protocol.FlipsRequest, options));
  on(protocol.shortcuts, 'shortcuts', (services, params) => services.shortcuts(params as protocol.ShortcutsRequest));
  on(protocol.locate, 'locate', (services, params) => services.locate(params as protocol.LocateRequest));
  on(protocol.checks, 'checks', (services, params) => services.checks(params as protocol.ChecksRequest));
  on(protocol.check, 'check', (services, params, options) => services.check(params as protocol.CheckRequest, options));
  on(protocol.counterfactual, 'counterfactual', (services, params, options) =>
    services.counterfactual(params as protocol.CounterfactualRequest, options),
  );
  for (const [name, method] of Object.entries(protocol.surveyRequests) as [keyof SurveyRequests, string][])
    on(method, surveyShapes[name], ({ surveys }, params, options) => {
      const answer = surveys[name] as (params: unknown, options: RequestOptions) => unknown;
      return Promise.resolve(answer(params, options));
    });
  on(protocol.patterns, 'patterns', (services, params, options) =>
    services.patterns(params as protocol.PatternsRequest, options),
  );
  on(protocol.choices, 'choices', (services, params) => services.choices(params as protocol.ChoicesRequest));
  on(protocol.models, 'nothing', (services) => services.models());
  on(protocol.card, 'card', async (services, params): Promise<protocol.CardResponse> => {
    const found = await services.card(params as protocol.CardRequest);
    return { card: found, markdown: cardMarkdown(found) };
  });
  on(protocol.engines, 'nothing', (services) => services.engines());
  on(protocol.suggest, 'suggest', (services, params) => services.suggest(params as protocol.SuggestRequest));
  on(protocol.exportProgram, 'export', (services, params) => services.exportProgram(params as protocol.ExportRequest));

  connection.onShutdown(async () => {
    await backend?.services.dispose();
    backend = null;
  });
  connection.listen();
}
