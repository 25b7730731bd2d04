/** Inspect while coding: a status item that says what a rewritten model got right and wrong anew. */
import * as vscode from 'vscode';
import type { SurveyState } from '../../server/protocol';
import { readConfig } from '../config';
import type { Surveys } from './surveys';
import { count } from './words';

export class ModelChanges implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('modelBlame.changes', vscode.StatusBarAlignment.Right, 89);
  private readonly subscription: vscode.Disposable;
  /** The change a person has looked at. */
  private seen = '';

  constructor(private readonly surveys: Surveys) {
    this.item.name = vscode.l10n.t('Model Blame: Model Changes');
    this.subscription = surveys.onChange((state) => this.show(state));
  }

  /** What the item says; empty while it is hidden. */
  get text(): string {
    return this.shown ? this.item.text : '';
  }
  private shown = false;

  /** One click lists what changed. */
  list(): void {
    const state = this.surveys.current;
    if (state === null) return;
    this.seen = keyOf(state);
    const { only: _only, ...filter } = this.surveys.view.filter;
    this.surveys.setView({ grouping: 'change', filter: { ...filter, only: 'wrong' } });
    this.show(state);
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private show(state: SurveyState | null): void {
    const said = state === null ? null : this.say(state);
    this.shown = said !== null;
    if (said === null) {
      this.item.hide();
      return;
    }
    this.item.text = said.text;
    this.item.tooltip = said.tooltip;
    this.item.command = said.command;
    this.item.accessibilityInformation = { label: said.text.replace(/\$\([\w~-]+\)\s*/g, '') };
    this.item.show();
  }

  private say(
    state: SurveyState,
  ): { readonly text: string; readonly tooltip: string; readonly command: string } | null {
    const { stale, diff, phase, model, done, total } = state;
    if (readConfig().onModelChange === 'off') return null;
    if (phase === 'running')
      return diff === null && stale === null
        ? null
        : {
            text: `$(sync~spin) ${vscode.l10n.t('{0}: {1} of {2}', model.name, count(done), count(total))}`,
            tooltip: vscode.l10n.t('The changed model predicts the samples again.'),
            command: 'modelBlame.mistakesView.focus',
          };
    if (stale === 'model')
      return {
        text: `$(refresh) ${vscode.l10n.t('model changed: predict again')}`,
        tooltip: vscode.l10n.t('{0} was rewritten. What the Mistakes view shows is of before.', model.name),
        command: 'modelBlame.mistakes.recompute',
      };
    if (diff === null || keyOf(state) === this.seen) return null;
    const { newlyRight, newlyWrong } = diff;
    return {
      text: `$(git-compare) ${vscode.l10n.t('model changed: {0} newly right, {1} newly wrong', count(newlyRight), count(newlyWrong))}`,
      tooltip: vscode.l10n.t('Of {0} samples that both states of {1} predicted', count(diff.compared), model.name),
      command: 'modelBlame.mistakes.showChanges',
    };
  }
}

function keyOf({ survey, model, diff }: SurveyState): string {
  return [survey, model.hash, diff?.against.hash ?? ''].join(' ');
}
