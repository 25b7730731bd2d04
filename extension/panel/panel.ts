/** One panel: a sample, a choice, the page that shows the result, and the links between page and file. */
import * as vscode from 'vscode';
import type {
  AsideKind,
  BlameResponse,
  CounterfactualResponse,
  Explanation,
  FromPage,
  PageState,
  PanelChoice,
  SampleRef,
  Tab,
  TargetRequest,
} from '../../server/protocol';
import type { Context } from '../context';
import { readConfig } from '../config';
import { featureAt, sourcesOf } from '../editor/features';
import { showError, toUserError, wantsSetup } from '../errors';
import { uriOf } from '../samples/address';
import { shiftAddress } from '../samples/shift';
import { setUp } from '../setup';
import { Asides } from './asides';
import { takeCounterfactual } from './counterfactual';
import { exportResult } from './exporting';
import { pageHtml } from './html';
import { inquire } from './inquiry';
import type { Subject } from './inquiry';
import { Outbox } from './outbox';

export const viewType = 'modelBlame.panel';
const refreshDelay = 600;

export const plainChoice: PanelChoice = { method: null, target: { kind: 'predicted' }, baseline: null, parameters: {} };

/** What tests and commands may ask a panel. */
export interface PanelState {
  readonly subject: Subject | null;
  readonly sample: SampleRef | null;
  readonly choice: PanelChoice;
  readonly explanation: Explanation | null;
  readonly pinned: boolean;
  readonly busy: boolean;
  readonly blame: BlameResponse | null;
  readonly counterfactual: CounterfactualResponse | null;
}

export class Panel implements vscode.Disposable {
  private subject: Subject | null = null;
  private sample: SampleRef | null = null;
  private choice: PanelChoice = plainChoice;
  private explanation: Explanation | null = null;
  private pinnedByPerson = false;
  /** What is said of the panel beside the sample's name. */
  private note = '';
  /** How the page looks at results: its own business, kept for it. */
  private look: PageState['view'] = {};
  private request = 0;
  private running: vscode.CancellationTokenSource | null = null;
  private caret: number | null = null;
  private refresh: NodeJS.Timeout | undefined;
  private readonly outbox: Outbox;
  private readonly asides: Asides;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly disposed = new vscode.EventEmitter<void>();
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDispose = this.disposed.event;
  /** Pinned, busy or the sample changed. */
  readonly onChange = this.changed.event;

  constructor(
    private readonly context: Context,
    readonly view: vscode.WebviewPanel,
  ) {
    this.outbox = new Outbox((message) => void view.webview.postMessage(message));
    this.asides = new Asides(context, (message) => this.outbox.post(message));
    this.subscriptions.push(
      view.webview.onDidReceiveMessage((message: FromPage) => {
        this.receive(message).catch((error: unknown) => this.fail(error));
      }),
      view.onDidDispose(() => this.dispose()),
      view.onDidChangeViewState(() => this.changed.fire()),
      vscode.window.onDidChangeTextEditorSelection((event) => this.followCaret(event.textEditor)),
      vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)),
      context.server.onChanged(({ uris }) => {
        const model = this.explanation?.model.uri;
        if (model !== undefined && uris.includes(model))
          this.outbox.post({ type: 'stale', reason: vscode.l10n.t('The model changed on disk.') });
        else if (this.sampleUri !== undefined && uris.includes(this.sampleUri))
          this.compareWithDisk().catch((error: unknown) => this.fail(error));
      }),
      context.server.onStatus(({ state, message }) => {
        if (state === 'restarting' && message !== null && this.running !== null)
          this.outbox.post({ type: 'notice', message });
      }),
    );
    view.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'icon.png');
    view.webview.html = pageHtml(view.webview, context.extensionUri);
  }

  get state(): PanelState {
    const { subject, sample, choice, explanation, pinned } = this;
    const [blame, counterfactual] = [this.asides.answer('blame'), this.asides.answer('counterfactual')];
    return { subject, sample, choice, explanation, pinned, busy: this.running !== null, blame, counterfactual };
  }

  get pinned(): boolean {
    return this.pinnedByPerson;
  }

  get pageView(): PageState['view'] {
    return this.look;
  }

  setPinned(pinned: boolean): void {
    this.pinnedByPerson = pinned;
    this.outbox.post({ type: 'pinned', pinned });
    this.changed.fire();
  }

  /** A word behind the sample's name in the tab, where one sample is shown twice. */
  setNote(note: string): void {
    this.note = note;
  }

  /**
   * Explains another sample. Method and baseline stay while the model does; the target goes back to the prediction.
   * @param target What is explained instead of the prediction.
   */
  show(subject: Subject, target: TargetRequest = plainChoice.target): void {
    const before = this.subject?.model ?? this.explanation?.model.name ?? null;
    const sameModel = before !== null && (subject.model === null || subject.model === before);
    const { window: _window, position: _position, ...kept } = this.choice;
    if (this.sampleUri !== undefined && this.sampleUri !== uriOf(subject.address))
      this.context.decorations.clear(this.sampleUri);
    this.choice = sameModel ? { ...withoutGold(kept), target } : { ...plainChoice, target };
    this.subject = subject;
    this.sample = null;
    this.ask();
  }

  /** Shows a view of the result, now or when it is there. */
  showTab(tab: Tab): void {
    this.outbox.post({ type: 'tab', tab });
  }

  /** The state the page kept over a reload of the window. */
  restore(state: PageState): void {
    if (state.address === null) return;
    this.choice = state.choice;
    this.pinnedByPerson = state.pinned;
    this.look = state.view;
    this.subject = { address: state.address, model: state.model };
    this.ask();
  }

  /** What the host kept of a page, pinned and view too: the page's own state may be missing or older. */
  recall(state: PageState): void {
    this.outbox.post({ type: 'pinned', pinned: state.pinned });
    this.outbox.post({ type: 'view', view: state.view });
    this.restore(state);
  }

  /** The next or previous data record of the same file. */
  step(by: 1 | -1): void {
    const record = this.sample?.record;
    const uri = this.sampleUri;
    if (record === undefined || uri === undefined || record + by < 1 || this.subject === null) return;
    this.show({ address: { kind: 'record', uri, record: record + by }, model: this.subject.model });
  }

  retry(): void {
    if (this.subject !== null) this.ask();
  }

  cancel(): void {
    this.running?.cancel();
  }

  dispose(): void {
    clearTimeout(this.refresh);
    this.cancel();
    this.asides.dispose();
    for (const item of this.subscriptions.splice(0)) item.dispose();
    if (this.sampleUri !== undefined) this.context.decorations.clear(this.sampleUri);
    this.disposed.fire();
    this.disposed.dispose();
    this.changed.dispose();
  }

  private titled(title: string): string {
    return this.note === '' ? title : `${title} (${this.note})`;
  }

  private get sampleUri(): string | undefined {
    return this.subject === null ? undefined : (uriOf(this.subject.address) ?? undefined);
  }

  /** @param changed False where the sample and the model are still those that were asked about. */
  private ask(changed = true): void {
    this.asides.forget('conservation', 'units', ...(changed ? (['blame', 'counterfactual'] as const) : []));
    this.askAndShow().catch((error: unknown) => this.fail(error));
  }

  private async askAndShow(): Promise<void> {
    const { subject, choice } = this;
    if (subject === null) return;
    clearTimeout(this.refresh);
    this.running?.cancel();
    const source = new vscode.CancellationTokenSource();
    this.running = source;
    const request = ++this.request;
    const title = this.sample?.title ?? shortTitle(subject);
    this.view.title = this.titled(title);
    this.outbox.post({ type: 'begin', request, title, choice });
    this.changed.fire();

    const latest = () => request === this.request;
    const outcome = await inquire(this.context, {
      request,
      subject,
      choice,
      token: source.token,
      post: (message) => {
        if (latest()) this.outbox.post(message);
      },
      resolved: (sample, model) => {
        if (!latest()) return;
        this.sample = sample;
        this.subject = { address: this.subject?.address ?? subject.address, model };
        this.view.title = this.titled(sample.title);
        this.changed.fire();
      },
      predicted: () => undefined,
    });
    if (!latest()) return;
    this.running = null;
    source.dispose();
    switch (outcome.kind) {
      case 'done':
        this.explanation = outcome.explanation;
        this.outbox.post({ type: 'explanation', request, explanation: outcome.explanation });
        this.context.decorations.show(outcome.explanation);
        this.caret = null;
        for (const editor of vscode.window.visibleTextEditors) this.followCaret(editor);
        break;
      case 'cancelled':
        this.outbox.post({ type: 'cancelled', request });
        break;
      case 'error':
        this.outbox.post({ type: 'error', request, error: outcome.error });
        // The page shows the error; a notification is added where it leads to another file.
        if (wantsSetup(outcome.error) || (outcome.error.uri ?? this.sampleUri) !== this.sampleUri)
          void showError(outcome.error, () => this.setUpAndRetry(subject));
        break;
    }
    this.changed.fire();
  }

  private async setUpAndRetry(subject: Subject): Promise<void> {
    if (await setUp(this.context, subject.address)) this.show({ address: subject.address, model: null });
  }

  private async receive(message: FromPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.outbox.ready();
        return;
      case 'choose':
        this.choose(message.choice);
        return;
      case 'cancel':
        this.cancel();
        return;
      case 'ask':
        await this.askAside(message.kind, message.choice, message.again);
        return;
      case 'cancelAside':
        this.asides.cancel(message.kind);
        return;
      case 'openSample':
        await this.openSample(message.sample);
        return;
      case 'counterfactual': {
        const found = this.asides.answer('counterfactual');
        if (found !== null) await takeCounterfactual(found, message);
        return;
      }
      case 'retry':
        this.retry();
        return;
      case 'reveal':
        await this.context.revealer.characters(message.source, message.focus);
        return;
      case 'revealPixel':
        await this.context.revealer.picture(message.uri);
        return;
      case 'export':
        if (this.explanation !== null)
          await exportResult(this.context, this.explanation, this.subject, this.choice, message);
        return;
      case 'pin':
        this.setPinned(message.pinned);
        return;
      case 'view':
        this.look = message.view;
        // A window that comes back may load a page twice, and the first one's own state is lost with it.
        this.outbox.keep(message);
        this.changed.fire();
        return;
      case 'log':
        this.context.log[message.level](`page: ${message.message}`);
        return;
    }
  }

  private choose(choice: PanelChoice): void {
    // Another window of a long text is another input.
    const changed = choice.window !== this.choice.window;
    const moved = choice.position !== this.choice.position;
    const { position: _position, ...elsewhere } = choice;
    // A token's number means another one in another window.
    this.choice = changed ? elsewhere : choice;
    this.ask(changed || moved);
  }

  private async askAside(kind: AsideKind, { blame }: PanelChoice, again: boolean): Promise<void> {
    if (blame !== undefined) this.choice = { ...this.choice, blame };
    this.changed.fire();
    const choice = kind === 'units' ? { ...this.choice, target: this.classAsked() } : this.choice;
    if (this.subject !== null) await this.asides.ask(kind, this.subject, choice, again);
  }

  /** A class, or one rather than another: what can be asked without a sample. */
  private classAsked(): TargetRequest {
    const { target } = this.choice;
    if (target.kind === 'contrast') return target;
    const explained = this.explanation?.target.class ?? 0;
    return { kind: 'class', class: target.kind === 'predicted' ? explained : target.class };
  }

  private async openSample({ address, span: known }: Pick<SampleRef, 'address' | 'span'>): Promise<void> {
    const uri = uriOf(address);
    const inFile = address.kind === 'record' || address.kind === 'line';
    const span = known ?? (inFile ? (await this.context.server.api.resolve({ address })).sample.span : undefined);
    if (span !== undefined) await this.context.revealer.characters(span, true);
    else if (uri !== null) await this.context.revealer.picture(uri);
  }

  private followCaret(editor: vscode.TextEditor): void {
    const uri = editor.document.uri.toString();
    if (this.explanation === null || uri !== this.sampleUri) return;
    const { active } = editor.selection;
    // With a selection, its start means the feature: a revealed token is selected up to the next one's first character.
    const place = editor.selection.isEmpty ? active : editor.selection.start;
    const feature = featureAt(sourcesOf(this.explanation.features), uri, place);
    if (feature === this.caret) return;
    this.caret = feature;
    this.outbox.post({ type: 'caret', feature });
  }

  private edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const { subject } = this;
    if (subject === null || contentChanges.length === 0 || document.uri.toString() !== this.sampleUri) return;
    const address = contentChanges.reduce((moved, edit) => shiftAddress(moved, edit), subject.address);
    this.subject = { ...subject, address };
    this.outbox.post({ type: 'stale', reason: vscode.l10n.t('The file was edited.') });
    if (!readConfig().refreshOnEdit) return;
    clearTimeout(this.refresh);
    this.refresh = setTimeout(() => this.ask(), refreshDelay);
  }

  /** A saved file often holds what was explained already: only another content counts. */
  private async compareWithDisk(): Promise<void> {
    const { subject, sample } = this;
    if (subject === null || sample === null || this.running !== null) return;
    const found = await this.context.server.api.resolve({ address: subject.address }).catch(() => null);
    if (this.subject !== subject || found?.sample.contentHash === sample.contentHash) return;
    this.outbox.post({ type: 'stale', reason: vscode.l10n.t('The file changed on disk.') });
    if (found !== null && readConfig().refreshOnEdit) this.ask();
  }

  private fail(error: unknown): void {
    this.context.log.error(error instanceof Error ? error : String(error));
    void showError(toUserError(error));
  }
}

/** The class a sample should be, as a person said, holds for that sample alone. */
function withoutGold(choice: PanelChoice): PanelChoice {
  return choice.blame === undefined ? choice : { ...choice, blame: { ...choice.blame, gold: null } };
}

/** A title until the server has resolved the sample. */
function shortTitle({ address }: Subject): string {
  switch (address.kind) {
    case 'line':
      return `${fileName(address.uri)}:${address.line}`;
    case 'record':
      return `${fileName(address.uri)}#${address.record}`;
    case 'file':
      return fileName(address.uri);
    case 'selection':
    case 'text':
      return vscode.l10n.t('selected text');
    case 'tensors':
      return Object.values(address.files).map(fileName).join(', ');
  }
}

function fileName(uri: string): string {
  return vscode.Uri.parse(uri).path.split('/').pop() ?? uri;
}
