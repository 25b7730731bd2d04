/** The survey page: one for the window, showing what the tree shows, with numbers and a table. */
import * as vscode from 'vscode';
import type { FromSurveyPage, ToSurveyPage } from '../../server/protocol';
import type { Context } from '../context';
import { isCancellation, toUserError } from '../errors';
import { OnePage } from '../panel/one-page';
import { subjectOfSurvey } from '../patterns/subject';
import { exportMistakes } from './exporting';
import type { Mistakes } from './mistakes';
import { run } from './run';

export const surveyViewType = 'modelBlame.survey';
/** Numbers of a running survey change twice a second; a person reads slower. */
const summaryDelay = 400;

export class SurveyPage implements vscode.Disposable {
  private readonly page: OnePage<FromSurveyPage, ToSurveyPage>;
  private readonly subscriptions: readonly { dispose(): unknown }[];
  private slice: string | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly context: Context,
    private readonly mistakes: Mistakes,
  ) {
    const { surveys, opener } = mistakes;
    // In the first column: it is the table of the dataset.
    this.page = new OnePage(context, {
      viewType: surveyViewType,
      title: vscode.l10n.t('Survey'),
      column: vscode.ViewColumn.One,
      page: { script: 'survey.js', style: 'survey.css' },
      receive: (message) => this.receive(message),
    });
    this.subscriptions = [
      this.page,
      surveys.onChange(() => {
        this.tell();
        this.summarizeSoon();
      }),
      surveys.onView(() => this.tell()),
      opener.onOpen(({ position }) => this.page.post({ type: 'opened', position })),
    ];
  }

  get visible(): boolean {
    return this.page.visible;
  }

  show(): void {
    this.page.show();
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const item of this.subscriptions) item.dispose();
  }

  private tell(): void {
    const { current, view } = this.mistakes.surveys;
    this.page.setTitle(current === null ? vscode.l10n.t('Survey') : vscode.l10n.t('Survey of {0}', current.model.name));
    this.page.post({ type: 'survey', state: current, view });
  }

  private summarizeSoon(): void {
    if (!this.page.open) return;
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
      if (summary !== null && slice === this.slice) this.page.post({ type: 'summary', slice, summary });
    } catch (error) {
      if (!isCancellation(error)) this.page.post({ type: 'error', error: toUserError(error) });
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
      case 'patterns':
        if (surveys.current !== null) context.patterns.show(subjectOfSurvey(surveys.current, message.cell));
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
      if (answer !== null) this.page.post({ type: 'rows', request, offset, answer });
    } catch (error) {
      this.page.post({ type: 'failed', request, error: toUserError(error) });
    }
  }
}
