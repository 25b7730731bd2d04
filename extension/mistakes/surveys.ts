/**
 * The surveys of this window: started, told of by the server, stopped, taken up again when the server died. One of them
 * is shown; tree, keys, page, diagnostics and status item follow `onChange`.
 */
import * as vscode from 'vscode';
import type { MistakesView, SurveyProgressNotification, SurveyStartRequest, SurveyState } from '../../server/protocol';
import { PersonalError, ServerLost, toUserError } from '../errors';
import type { Server } from '../server/server';
import type { SurveyApi } from '../server/api';
import { plainView } from './view';

/** What was asked for last: a window that comes back offers it. */
const lastKey = 'modelBlame.survey';

export type SurveyQuestion = Pick<SurveyStartRequest, 'uris' | 'model'>;

export class Surveys implements vscode.Disposable {
  private readonly states = new Map<string, SurveyState>();
  private readonly questions = new Map<string, SurveyQuestion>();
  private readonly changed = new vscode.EventEmitter<SurveyState | null>();
  private readonly viewChanged = new vscode.EventEmitter<MistakesView>();
  private readonly subscriptions: readonly { dispose(): unknown }[];
  /** Surveys that ran when the server ended. */
  private readonly broken = new Set<string>();
  private shown: string | null = null;
  private looked: MistakesView = plainView;
  private readonly told = new vscode.EventEmitter<SurveyState>();
  /** Any survey went on, ended or became stale. */
  readonly onTold = this.told.event;
  /** The survey that is shown went on, ended or became stale; or another one is shown. */
  readonly onChange = this.changed.event;
  readonly onView = this.viewChanged.event;

  constructor(
    private readonly server: Server,
    private readonly storage: vscode.Memento,
  ) {
    this.subscriptions = [
      this.changed,
      this.told,
      this.viewChanged,
      server.onSurvey((state) => this.take(state)),
      server.onStatus(({ state, message }) => {
        if (state === 'restarting' || state === 'stopped') this.broke();
        else if (state === 'failed') this.giveUp(message);
        else if (state === 'idle') void this.takeUp();
      }),
    ];
    this.setKeys();
  }

  get current(): SurveyState | null {
    return this.shown === null ? null : (this.states.get(this.shown) ?? null);
  }

  get all(): readonly SurveyState[] {
    return [...this.states.values()];
  }

  get view(): MistakesView {
    return this.looked;
  }

  /** The question of the last survey in this workspace, of an earlier window too. */
  get last(): SurveyQuestion | undefined {
    return this.storage.get<SurveyQuestion>(lastKey);
  }

  setView(change: Partial<MistakesView>): void {
    const next = { ...this.looked, ...change };
    if (JSON.stringify(next) === JSON.stringify(this.looked)) return;
    this.looked = next;
    this.viewChanged.fire(next);
  }

  show(survey: string): void {
    if (this.shown === survey) return;
    this.shown = survey;
    this.setView({ filter: plainView.filter });
    this.tell();
  }

  /** Starts a survey, or goes on with it. @throws PersonalError as `surveyStart` says. */
  async start(question: SurveyQuestion, options: Partial<SurveyStartRequest> = {}): Promise<SurveyState> {
    const state = await this.server.api.survey.start({ ...question, ...options });
    this.questions.set(state.survey, question);
    void this.storage.update(lastKey, question);
    this.states.set(state.survey, state);
    if (this.shown === state.survey) this.tell();
    else this.show(state.survey);
    return state;
  }

  async stop(survey: string): Promise<void> {
    await this.server.api.survey.cancel({ survey });
  }

  /**
   * Asks about the survey that is shown. A server that was started again does not know it: it is started there anew,
   * which costs little for what is kept on the disk.
   * @returns null while no survey is shown.
   */
  async ask<T>(question: (api: SurveyApi, survey: string) => Promise<T>): Promise<T | null> {
    const survey = this.shown;
    if (survey === null) return null;
    const { api } = this.server;
    try {
      return await question(api.survey, survey);
    } catch (error) {
      const known = this.questions.get(survey);
      const forgotten = error instanceof PersonalError && error.data.code === 'unknown-survey';
      if (known === undefined || !(forgotten || error instanceof ServerLost)) throw error;
      const { survey: again } = await this.start(known);
      return question(api.survey, again);
    }
  }

  dispose(): void {
    for (const item of this.subscriptions) item.dispose();
  }

  private take({ files, ...rest }: SurveyProgressNotification): void {
    const state = { ...rest, files: files ?? this.states.get(rest.survey)?.files ?? [] };
    this.states.set(state.survey, state);
    this.told.fire(state);
    if (state.survey === this.shown) this.tell();
  }

  private tell(): void {
    this.setKeys();
    this.changed.fire(this.current);
  }

  /** The server ended: what was running is taken up by the next one. */
  private broke(): void {
    for (const { survey, phase } of this.states.values()) if (phase === 'running') this.broken.add(survey);
  }

  private async takeUp(): Promise<void> {
    for (const survey of [...this.broken]) {
      this.broken.delete(survey);
      const question = this.questions.get(survey);
      if (question === undefined) continue;
      try {
        this.take(await this.server.api.survey.start(question));
      } catch (error) {
        const state = this.states.get(survey);
        if (state !== undefined) this.take({ ...state, phase: 'failed', error: toUserError(error) });
      }
    }
  }

  /** The server is not started again by itself: nothing runs any more, and whoever waits is told. */
  private giveUp(message: string | null): void {
    for (const state of [...this.states.values()])
      if (state.phase === 'running') {
        const what = message ?? vscode.l10n.t('The attribution server ended.');
        const next = vscode.l10n.t('Restart it, and predict again: what is known is kept.');
        this.take({ ...state, phase: 'failed', error: { code: 'server-ended', what, where: null, next } });
      }
  }

  /** Context keys of menus, keys and welcome texts. */
  private setKeys(): void {
    const state = this.current;
    const keys = {
      'modelBlame.hasSurvey': state !== null,
      'modelBlame.surveyRunning': state?.phase === 'running',
      'modelBlame.surveyStale': state?.stale !== null && state !== null,
      'modelBlame.hasLastSurvey': this.last !== undefined,
      'modelBlame.hasBefore': state?.diff !== null && state !== null,
    };
    for (const [key, value] of Object.entries(keys)) void vscode.commands.executeCommand('setContext', key, value);
  }
}
