/** A page that a window has once: opened, taken over when the window comes back, told things, listened to. */
import * as vscode from 'vscode';
import type { Context } from '../context';
import { isCancellation, showError, toUserError } from '../errors';
import { pageHtml, pageRoot } from './html';

export interface OnePageOptions<In> {
  readonly viewType: string;
  /** Of the tab until `setTitle`. */
  readonly title: string;
  readonly column: vscode.ViewColumn;
  /** In `dist/`; the style sheet beside the common one. */
  readonly page: { readonly script: string; readonly style: string };
  /** An error is logged and shown; a cancelled request is neither. */
  readonly receive: (message: In) => Promise<void>;
  readonly closed?: () => void;
}

export class OnePage<In, Out> implements vscode.Disposable {
  private view: vscode.WebviewPanel | null = null;
  private readonly serializer: vscode.Disposable;

  constructor(
    private readonly context: Context,
    private readonly options: OnePageOptions<In>,
  ) {
    this.serializer = vscode.window.registerWebviewPanelSerializer(options.viewType, {
      deserializeWebviewPanel: (view: vscode.WebviewPanel) => {
        // A tab that comes back after the page was opened anew: the one that is looked at stays.
        if (this.view === null) this.adopt(view);
        else view.dispose();
        return Promise.resolve();
      },
    });
  }

  get open(): boolean {
    return this.view !== null;
  }

  get visible(): boolean {
    return this.view?.visible === true;
  }

  get column(): vscode.ViewColumn | undefined {
    return this.view?.viewColumn;
  }

  /** Brings the page to the front; opens it where there is none. */
  show(): void {
    if (this.view !== null) {
      this.view.reveal(undefined, false);
      return;
    }
    const { viewType, title, column } = this.options;
    const waiting = tabsOf(viewType);
    const at = waiting[0]?.group.viewColumn ?? column;
    this.adopt(vscode.window.createWebviewPanel(viewType, title, at, { enableFindWidget: true }));
    // Tabs of an earlier window come to life when they are first looked at: until then nobody owns them.
    if (waiting.length > 0) void vscode.window.tabGroups.close(waiting);
  }

  setTitle(title: string): void {
    if (this.view !== null) this.view.title = title;
  }

  post(message: Out): void {
    void this.view?.webview.postMessage(message);
  }

  dispose(): void {
    this.serializer.dispose();
    this.view?.dispose();
  }

  private adopt(view: vscode.WebviewPanel): void {
    const { context, options } = this;
    this.view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [pageRoot(context.extensionUri)] };
    view.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'icon.png');
    const messages = view.webview.onDidReceiveMessage((message: In) => {
      options.receive(message).catch((error: unknown) => {
        if (isCancellation(error)) return;
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        context.log.error(`${options.viewType}: ${text}`);
        void showError(toUserError(error));
      });
    });
    view.onDidDispose(() => {
      messages.dispose();
      if (this.view !== view) return;
      this.view = null;
      options.closed?.();
    });
    view.webview.html = pageHtml(view.webview, context.extensionUri, options.page);
  }
}

/** The editor puts a prefix of its own before the type. */
function tabsOf(viewType: string): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(`-${viewType}`));
}
