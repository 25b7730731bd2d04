/** The survey page: one for the window, showing what the tree shows, with numbers and a table. */
import * as vscode from 'vscode';
import type { FromSurveyPage, ToSurveyPage } from '../../server/protocol';
import type { Context } from '../context';
import { isCancellation, showError, toUserError } from '../errors';
import { pageHtml, pageRoot } from '../panel/html';
import { exportMistakes } from './exporting';
import type { Mistakes } from './mistakes';
import { run } from './run';

export const surveyViewType = 'modelBlame.survey';
/** Numbers of a running survey change twice a second; a person reads slower. */
const summaryDelay = 400;

export class SurveyPage implements vscode.Disposable {
  private view: vscode.WebviewPanel | null = null;
  private readonly subscriptions: readonly { dispose(): unknown }[];
  private slice: string | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly context: Context,
    private readonly mistakes: Mistakes,
  ) {
    const { surveys, opener } = mistakes;
    this.subscriptions = [
      surveys.onChange(() => {
        this.tell();
        this.summarizeSoon();
      }),
      surveys.onView(() => this.tell()),
      opener.onOpen(({ position }) => this.post({ type: 'opened', position })),
      vscode.window.registerWebviewPanelSerializer(surveyViewType, {
        deserializeWebviewPanel: (view: vscode.WebviewPanel) => {
          this.adopt(view);
          return Promise.resolve();
        },
      }),
    ];
  }

  get visible(): boolean {
    return this.view?.visible === true;
  }

  /** Opens the page in the first column, as the table of the dataset that it is. */
  show(): void {
    if (this.view !== null) {
      this.view.reveal(undefined, false);
      return;
    }
    this.adopt(
      vscode.window.createWebviewPanel(surveyViewType, vscode.l10n.t('Survey'), vscode.ViewColumn.One, {
        enableFindWidget: true,
      }),
    );
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const item of this.subscriptions) item.dispose();
    this.view?.dispose();
  }

  private adopt(view: vscode.WebviewPanel): void {
    this.view?.dispose();
    this.view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [pageRoot(this.context.extensionUri)] };
    view.iconPath = vscode.Uri.joinPath(this.context.extensionUri, 'media', 'icon.png');
    const messages = view.webview.onDidReceiveMessage((message: FromSurveyPage) => {
      this.receive(message).catch((error: unknown) => {
        if (isCancellation(error)) return;
        this.context.log.error(
          `survey page: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        void showError(toUserError(error));
      });
    });
    view.onDidDispose(() => {
      messages.dispose();
      if (this.view === view) this.view = null;
    });
    view.webview.html = pageHtml(view.webview, this.context.extensionUri, { script: 'survey.js', style: 'survey.css' });
  }

  private post(message: ToSurveyPage): void {
    void this.view?.webview.postMessage(message);
  }

  private tell(): void {
    const { current, view } = this.mistakes.surveys;
    if (this.view !== null)
      this.view.title = current === null ? vscode.l10n.t('Survey') : vscode.l10n.t('Survey of {0}', current.model.name);
    this.post({ type: 'survey', state: current, view });
  }

  private summarizeSoon(): void {
    if (this.view === null) return;
    // Not put off again by the next progress: a survey that runs for an hour is summarized all along.
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.summarize();
    }, summaryDelay);
  }

  private async summarize(): Promise<void> {
    const { slice } = this;
    try {
      const summary = await this.mistakes.surveys.ask((api, survey) =>
        api.summary({ survey, topK: 5, ...(slice === null ? {} : { slice }) }),
      );
      if (summary !== null && slice === this.slice) this.post({ type: 'summary', slice, summary });
    } catch (error) {
      if (!isCancellation(error)) this.post({ type: 'error', error: toUserError(error) });
    }
  }

  private async receive(message: FromSurveyPage): Promise<void> {
    const { context, mistakes } = this;
    const { surveys, opener } = mistakes;
    switch (message.type) {
      case 'ready':
        this.tell();
        await this.summarize();
        return;
      case 'view':
        surveys.setView(message.view);
        return;
      case 'summarize':
        this.slice = message.slice;
        await this.summarize();
        return;
      case 'rows':
        await this.rows(message);
        return;
      case 'open': {
        const { filter, sort, descending } = surveys.view;
        const order = { filter, sort, ...(descending === null ? {} : { descending }) };
        await opener.open(message.row, order, { focus: message.focus });
        return;
      }
      case 'export':
        await exportMistakes(surveys, surveys.view.filter);
        return;
      case 'run':
        if (surveys.last === undefined) await vscode.commands.executeCommand('modelBlame.survey');
        else await run(surveys, surveys.last);
        return;
      case 'stop':
        if (surveys.current !== null) await surveys.stop(surveys.current.survey);
        return;
      case 'log':
        context.log[message.level](`survey page: ${message.message}`);
        return;
    }
  }

  private async rows({ request, offset, limit }: Extract<FromSurveyPage, { readonly type: 'rows' }>): Promise<void> {
    const { filter, sort, descending } = this.mistakes.surveys.view;
    const direction = descending === null ? {} : { descending };
    try {
      const answer = await this.mistakes.surveys.ask((api, survey) =>
        api.rows({ survey, filter, sort, ...direction, offset, limit }),
      );
      if (answer !== null) this.post({ type: 'rows', request, offset, answer });
    } catch (error) {
      this.post({ type: 'failed', request, error: toUserError(error) });
    }
  }
}
