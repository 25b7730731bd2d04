/** All panels: one is reused, a pinned one stays as it is and the next sample gets another. */
import * as vscode from 'vscode';
import type { Explanation, PageState, TargetRequest } from '../../server/protocol';
import { section } from '../config';
import type { Context } from '../context';
import { pageRoot } from './html';
import type { Subject } from './inquiry';
import type { PanelMemory, Shown } from './memory';
import { Panel, viewType } from './panel';

export class Panels implements vscode.Disposable {
  private readonly open = new Set<Panel>();
  private readonly explained = new vscode.EventEmitter<Explanation>();
  /** A panel shows a new explanation. */
  readonly onExplained = this.explained.event;
  /** One sample under an earlier model and the present one. */
  private pair: readonly [Panel, Panel] | null = null;
  private readonly subscriptions: readonly vscode.Disposable[];
  private closing = false;

  constructor(
    private readonly context: Context,
    private readonly memory: PanelMemory,
  ) {
    const serializer = vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (view: vscode.WebviewPanel, state: unknown) => {
        view.webview.options = this.webviewOptions();
        const panel = this.adopt(view);
        // Ours is written at every change; the editor keeps the page's own only when a window is closed in order.
        const known = this.memory.recall(view.title);
        if (known !== undefined && (this.memory.isOne(view.title) || !isPageState(state))) panel.recall(known);
        else if (isPageState(state)) panel.restore(state);
        return Promise.resolve();
      },
    });
    // The server heard of it first: it was made, and listens, before.
    const engine = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${section}.engine`)) for (const panel of this.all) panel.retry();
    });
    this.subscriptions = [serializer, engine];
  }

  get all(): readonly Panel[] {
    return [...this.open];
  }

  /** The panel in front, else the one that would be reused, else any. */
  get current(): Panel | undefined {
    const panels = this.all;
    return (
      panels.find((panel) => panel.view.active) ??
      panels.find((panel) => !panel.pinned && panel.view.visible) ??
      panels.find((panel) => !panel.pinned) ??
      panels[0]
    );
  }

  /** Explains a sample beside the file, in the panel that is not pinned. The keyboard stays where it is. */
  show(subject: Subject): Panel {
    const free = this.all.find((panel) => !panel.pinned);
    const panel = free ?? this.create();
    if (free !== undefined && !free.view.visible) free.view.reveal(free.view.viewColumn, true);
    panel.show(subject);
    return panel;
  }

  /**
   * Explains one sample twice, side by side beside the file: under an earlier state of the model and under the present
   * one. Both stay when other samples are explained, and both explain the same class, so that they can be compared.
   */
  showBoth(before: Subject, now: Subject, target: TargetRequest): readonly [Panel, Panel] {
    const usable = this.pair?.every((panel) => this.open.has(panel)) === true;
    if (!usable) for (const panel of this.pair ?? []) panel.view.dispose();
    const [left, right] =
      usable && this.pair !== null
        ? this.pair
        : [this.create(vscode.ViewColumn.Two), this.create(vscode.ViewColumn.Three)];
    this.pair = [left, right];
    for (const [panel, subject, note] of [
      [left, before, vscode.l10n.t('before')],
      [right, now, vscode.l10n.t('now')],
    ] as const) {
      panel.setPinned(true);
      panel.setNote(note);
      if (!panel.view.visible) panel.view.reveal(panel.view.viewColumn, true);
      panel.show(subject, target);
      panel.showTab('explain');
    }
    return this.pair;
  }

  /** The window closes: what is remembered stays for its return. */
  dispose(): void {
    this.closing = true;
    for (const item of this.subscriptions) item.dispose();
    this.explained.dispose();
    for (const panel of this.all) panel.dispose();
  }

  private create(column = this.usualColumn()): Panel {
    const view = vscode.window.createWebviewPanel(
      viewType,
      'Model Blame',
      { viewColumn: column, preserveFocus: true },
      { ...this.webviewOptions(), enableFindWidget: true },
    );
    return this.adopt(view);
  }

  /** Beside a pinned panel: as another tab of its column, not as a third column. */
  private usualColumn(): vscode.ViewColumn {
    return this.all[0]?.view.viewColumn ?? vscode.ViewColumn.Beside;
  }

  private adopt(view: vscode.WebviewPanel): Panel {
    const panel = new Panel(this.context, view);
    this.open.add(panel);
    let last: Explanation | null = null;
    panel.onChange(() => {
      const { explanation } = panel.state;
      if (explanation !== null && explanation !== last) {
        last = explanation;
        this.explained.fire(explanation);
      }
      this.setKeys();
      this.remember();
    });
    panel.onDispose(() => {
      this.open.delete(panel);
      this.setKeys();
      this.remember();
    });
    this.setKeys();
    return panel;
  }

  private remember(): void {
    if (this.closing) return;
    this.memory.remember(
      this.all.flatMap(({ view, state, pinned, pageView }): readonly Shown[] => {
        const { subject, choice } = state;
        if (subject === null) return [];
        return [{ title: view.title, address: subject.address, model: subject.model, choice, pinned, view: pageView }];
      }),
    );
  }

  /** Context keys of the menus in the panel's title. */
  private setKeys(): void {
    const active = this.all.find((panel) => panel.view.active);
    const keys = {
      'modelBlame.panelPinned': active?.pinned ?? false,
      'modelBlame.panelHasRecords': active?.state.sample?.record !== undefined,
      'modelBlame.panelOpen': this.open.size > 0,
    };
    for (const [key, value] of Object.entries(keys)) void vscode.commands.executeCommand('setContext', key, value);
  }

  private webviewOptions(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [pageRoot(this.context.extensionUri)] };
  }
}

function isPageState(state: unknown): state is PageState {
  return typeof state === 'object' && state !== null && 'version' in state && state.version === 1 && 'address' in state;
}
