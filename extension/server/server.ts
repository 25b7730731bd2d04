/** Supervises the server process: started at the first need, started again when it dies, given up with a button. */
import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError, State } from 'vscode-languageclient/node';
import type { LanguageClient } from 'vscode-languageclient/node';
import { pack, unpack } from '../../server/protocol/wire';
import * as protocol from '../../server/protocol/requests';
import { surveyProgress } from '../../server/protocol/survey';
import type {
  ChangedNotification,
  ProgressNotification,
  StatusNotification,
  SurveyProgressNotification,
} from '../../server/protocol';
import { readConfig, section, serverSettings } from '../config';
import { isUserErrorData, PersonalError, ServerLost } from '../errors';
import { createApi } from './api';
import type { ServerApi, ServerEvents } from './api';
import { createBackoff } from './backoff';
import { createClient } from './client';
import { Documents } from './documents';

export interface ServerStatus {
  readonly state: 'stopped' | 'starting' | StatusNotification['state'];
  readonly engine: string | null;
  readonly model: string | null;
  readonly message: string | null;
}

export class Server implements ServerEvents, vscode.Disposable {
  readonly api: ServerApi = createApi((method, params, token) => this.send(method, params, token));
  readonly documents = new Documents();
  private readonly progress = new vscode.EventEmitter<ProgressNotification>();
  private readonly changed = new vscode.EventEmitter<ChangedNotification>();
  private readonly surveyed = new vscode.EventEmitter<SurveyProgressNotification>();
  private readonly statusChanged = new vscode.EventEmitter<ServerStatus>();
  readonly onProgress = this.progress.event;
  readonly onChanged = this.changed.event;
  readonly onSurvey = this.surveyed.event;
  readonly onStatus = this.statusChanged.event;
  private readonly backoff = createBackoff();
  private readonly subscriptions: vscode.Disposable[] = [];
  private current: ServerStatus = { state: 'stopped', engine: null, model: null, message: null };
  private client: LanguageClient | null = null;
  private starting: Promise<LanguageClient> | null = null;
  private disposed = false;

  constructor(
    private readonly module: string,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscriptions.push(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (['server', 'tensorflow'].some((part) => event.affectsConfiguration(`${section}.${part}`)))
          void this.restart();
        else if (event.affectsConfiguration(section)) void this.tellSettings();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.tellSettings()),
    );
  }

  get status(): ServerStatus {
    return this.current;
  }

  /** Process id of the running server; undefined while none runs. */
  get pid(): number | undefined {
    return this.client?.serverProcess?.pid;
  }

  /** The running client; starts the server when needed. @throws PersonalError when it cannot be started. */
  start(): Promise<LanguageClient> {
    if (this.client !== null) return Promise.resolve(this.client);
    this.starting ??= this.launch().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  /** A person's wish: forgives earlier deaths. */
  async restart(): Promise<void> {
    this.backoff.reset();
    const wasOn = this.client !== null || this.current.state !== 'stopped';
    await this.stop();
    if (wasOn && !this.disposed) await this.start();
  }

  async stop(): Promise<void> {
    await this.starting?.catch(() => undefined);
    const client = this.client;
    this.client = null;
    this.documents.disconnect();
    this.setStatus({ state: 'stopped', message: null });
    if (client?.state === State.Running) await client.stop().catch((error: unknown) => this.log.warn(String(error)));
  }

  dispose(): void {
    this.disposed = true;
    void this.stop();
    const events = [this.progress, this.changed, this.surveyed, this.statusChanged];
    for (const item of [...this.subscriptions, this.documents, ...events]) item.dispose();
  }

  private async launch(): Promise<LanguageClient> {
    this.setStatus({ state: 'starting', message: null });
    const config = readConfig();
    const life = { ended: false };
    const client = createClient({
      module: this.module,
      config,
      log: this.log,
      died: () => {
        life.ended = true;
        if (this.client === client) this.mourn();
      },
    });
    client.onNotification(protocol.progress, (event: ProgressNotification) => this.progress.fire(event));
    client.onNotification(protocol.changed, (event: ChangedNotification) => this.changed.fire(event));
    client.onNotification(surveyProgress, (event: SurveyProgressNotification) => this.surveyed.fire(event));
    client.onNotification(protocol.status, (event: StatusNotification) => this.setStatus(event));
    const began = Date.now();
    try {
      await client.start();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.setStatus({ state: 'failed', message });
      throw new PersonalError({
        code: 'server-not-started',
        what: vscode.l10n.t('The attribution server could not be started: {0}', message),
        where: config.runtime,
        next: vscode.l10n.t('Look into the log, or name another Node in “modelBlame.server.runtime”.'),
      });
    }
    if (life.ended) throw new ServerLost(vscode.l10n.t('The attribution server ended while it started.'));
    this.client = client;
    client.serverProcess?.once('exit', (code, signal) => {
      if (life.ended) this.log.warn(`server process ended: ${signal ?? `exit code ${String(code)}`}`);
    });
    this.log.info(`server ready in ${Date.now() - began} ms, process ${client.serverProcess?.pid ?? '?'}`);
    this.documents.connect(client);
    this.setStatus({ state: 'idle', message: null });
    return client;
  }

  /** The process ended by itself. */
  private mourn(): void {
    this.client = null;
    this.documents.disconnect();
    const delay = this.backoff.next(Date.now());
    if (delay === null) {
      const message = vscode.l10n.t('The attribution server ended too often.');
      this.setStatus({ state: 'failed', message });
      void this.offerRestart(message);
      return;
    }
    this.setStatus({
      state: 'restarting',
      message: vscode.l10n.t('The attribution server ended and is started again.'),
    });
    this.starting = new Promise((resolve) => setTimeout(resolve, delay))
      .then(() => this.launch())
      .finally(() => {
        this.starting = null;
      });
    this.starting.catch((error: unknown) => this.log.error(String(error)));
  }

  private async offerRestart(message: string): Promise<void> {
    const restart = vscode.l10n.t('Restart');
    const log = vscode.l10n.t('Open Log');
    const chosen = await vscode.window.showErrorMessage(message, restart, log);
    if (chosen === restart) await this.restart();
    if (chosen === log) this.log.show();
  }

  private async send(method: string, params: unknown, token?: vscode.CancellationToken): Promise<unknown> {
    if (this.current.state === 'failed' && this.starting === null && this.client === null) this.backoff.reset();
    const client = await this.start();
    try {
      return unpack(await client.sendRequest<unknown>(method, pack(params), token));
    } catch (error) {
      if (this.client !== client) throw new ServerLost(vscode.l10n.t('The attribution server ended.'));
      if (token?.isCancellationRequested === true) throw new vscode.CancellationError();
      if (error instanceof ResponseError) {
        if (isUserErrorData(error.data)) throw new PersonalError(error.data);
        if (error.code === LSPErrorCodes.RequestCancelled || error.code === LSPErrorCodes.ServerCancelled)
          throw new vscode.CancellationError();
      }
      this.log.error(`${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      throw error;
    }
  }

  private async tellSettings(): Promise<void> {
    await this.client?.sendNotification('workspace/didChangeConfiguration', { settings: serverSettings(readConfig()) });
  }

  private setStatus(change: Partial<ServerStatus>): void {
    this.current = { ...this.current, ...change };
    this.statusChanged.fire(this.current);
  }
}
