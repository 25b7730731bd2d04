/** The Patterns page: one for the window. The host asks the server, the page draws. */
import * as vscode from 'vscode';
import type {
  FromPatternsPage,
  PatternsChoice,
  PatternsPageState,
  PatternsRequest,
  PatternsSubject,
  PatternView,
  SampleAddress,
  ToPatternsPage,
} from '../../server/protocol';
import { readConfig } from '../config';
import type { Context } from '../context';
import { isCancellation, showError, toUserError } from '../errors';
import { OnePage } from '../panel/one-page';
import { pinAsCheck } from './check';
import { Flags } from './flags';

export const patternsViewType = 'modelBlame.patterns';

export class PatternsPage implements vscode.Disposable {
  private readonly page: OnePage<FromPatternsPage, ToPatternsPage>;
  private subject: PatternsSubject | null = null;
  private running: vscode.CancellationTokenSource | null = null;
  private readonly subscriptions: readonly { dispose(): unknown }[];

  private readonly flags: Flags;

  constructor(
    private readonly context: Context,
    storage: vscode.Memento,
  ) {
    this.flags = new Flags(context.server.api, storage);
    this.page = new OnePage(context, {
      viewType: patternsViewType,
      title: vscode.l10n.t('Patterns'),
      column: vscode.ViewColumn.Active,
      page: { script: 'patterns-page.js', style: 'patterns-page.css' },
      receive: (message) => this.receive(message),
      closed: () => this.running?.cancel(),
    });
    this.subscriptions = [
      this.page,
      context.server.onChanged(({ uris }) => {
        const own = new Set(this.subject?.datasets);
        // Of other files only a model's matter; which one it was, the next question finds out.
        if (uris.some((uri) => own.has(uri) || uri.endsWith('.onnx'))) this.page.post({ type: 'stale' });
        if (uris.some((uri) => uri.endsWith('/model-blame.json'))) void this.tellFlags();
      }),
    ];
  }

  /** Opens the page, or turns it to another dataset. */
  show(subject: PatternsSubject): void {
    this.subject = subject;
    const open = this.page.open;
    this.page.show();
    // A page that was just made asks when it is ready.
    if (open) void this.tell();
  }

  dispose(): void {
    this.running?.cancel();
    for (const item of this.subscriptions) item.dispose();
  }

  private async tell(): Promise<void> {
    const { subject } = this;
    if (subject === null) return;
    this.page.setTitle(vscode.l10n.t('Patterns in {0}', subject.name));
    const flagged = await this.flagged(subject);
    if (subject === this.subject) this.page.post({ type: 'subject', subject, flagged });
  }

  /** The workspace file was edited. */
  private async tellFlags(): Promise<void> {
    const { subject } = this;
    if (subject === null || !this.page.open) return;
    await this.flags.settled();
    const flagged = await this.flagged(subject);
    if (subject === this.subject) this.page.post({ type: 'flags', flagged });
  }

  /** A workspace file that is broken is an error of the question that comes next, not of this one. */
  private async flagged(subject: PatternsSubject): Promise<readonly string[]> {
    try {
      return await this.flags.of(subject);
    } catch (error) {
      this.context.log.warn(`flags: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  private async receive(message: FromPatternsPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.subject ??= subjectOf(message.state);
        await this.tell();
        return;
      case 'ask':
        await this.ask(message.view, message.choice);
        return;
      case 'cancel':
        this.running?.cancel();
        return;
      case 'reveal':
        await this.reveal(message.address);
        return;
      case 'explain':
        this.context.panels.show({ address: message.address, model: this.subject?.model ?? null });
        return;
      case 'flag':
        if (this.subject !== null) await this.flag(this.subject, message.flagged);
        return;
      case 'check':
        if (this.subject !== null)
          await pinAsCheck(this.context.server.api, message.feature, message.sample, this.subject);
    }
  }

  /** A flag that could not be written is shown as it was. */
  private async flag(subject: PatternsSubject, flagged: readonly string[]): Promise<void> {
    try {
      await this.flags.set(subject, flagged);
      this.context.mistakes.unusual.forget();
    } catch (error) {
      await showError(toUserError(error));
      this.page.post({ type: 'flags', flagged: await this.flagged(subject) });
    }
  }

  /** The latest question wins; an answer to an earlier one is dropped. */
  private async ask(view: PatternView, choice: PatternsChoice): Promise<void> {
    const { subject } = this;
    if (subject === null) return;
    await this.flags.settled();
    this.running?.cancel();
    const source = new vscode.CancellationTokenSource();
    this.running = source;
    const latest = (): boolean => this.running === source;
    const progressToken = `${process.pid}-patterns-${Date.now()}`;
    const progress = this.context.server.onProgress(({ token, done, total, message }) => {
      if (token === progressToken && latest()) this.page.post({ type: 'progress', done, total, message });
    });
    try {
      const request = { ...requestOf(subject, view, choice), progressToken };
      const answer = await this.context.server.api.patterns(request, source.token);
      if (!latest()) return;
      this.page.post({ type: 'answer', view, answer });
      // Lists beside the mistakes are no part of the answer: what goes wrong there is not shown here.
      this.context.mistakes.unusual.learn(answer).catch((error: unknown) => {
        this.context.log.warn(`unusual samples: ${error instanceof Error ? error.message : String(error)}`);
      });
    } catch (error) {
      if (!latest()) return;
      if (isCancellation(error) || source.token.isCancellationRequested) this.page.post({ type: 'cancelled', view });
      else {
        this.context.log.error(`patterns: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        this.page.post({ type: 'error', view, error: toUserError(error) });
      }
    } finally {
      progress.dispose();
      if (latest()) this.running = null;
      source.dispose();
    }
  }

  /** Beside the page: its list leads to many samples. */
  private async reveal(address: SampleAddress): Promise<void> {
    const { revealer, server } = this.context;
    if (address.kind === 'file') {
      await revealer.picture(address.uri, this.page.column);
      return;
    }
    const { span } = (await server.api.resolve({ address })).sample;
    if (span !== undefined) await revealer.row(span.uri, span.line, true, this.page.column);
  }
}

function requestOf(subject: PatternsSubject, view: PatternView, choice: PatternsChoice): PatternsRequest {
  const { target, space, clusters } = choice;
  return {
    uris: subject.datasets,
    model: subject.model,
    by: [view],
    cell: subject.cell,
    class: subject.cell === null ? choice.class : null,
    method: null,
    parameters: {},
    target,
    space,
    ...(clusters === null ? {} : { clusters }),
    engine: readConfig().engine,
  };
}

/** What a page of an earlier version kept may be anything. */
function subjectOf(state: unknown): PatternsSubject | null {
  if (typeof state !== 'object' || state === null || !('version' in state) || state.version !== 1) return null;
  const { subject } = state as PatternsPageState;
  return Array.isArray(subject.datasets) ? subject : null;
}
