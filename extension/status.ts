/** The status bar item: which model and engine answer, and whether something is under way or wrong. */
import * as vscode from 'vscode';
import type { Server, ServerStatus } from './server/server';

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('modelBlame.status', vscode.StatusBarAlignment.Right, 90);
  private readonly subscription: vscode.Disposable;

  constructor(server: Server) {
    this.item.name = 'Model Blame';
    this.item.command = 'modelBlame.menu';
    this.subscription = server.onStatus((status) => this.show(status));
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private show(status: ServerStatus): void {
    const { state, engine, model, message } = status;
    if (state === 'stopped') {
      this.item.hide();
      return;
    }
    this.item.text = [`${icons[state]} ${model ?? 'Model Blame'}`, ...(engine === null ? [] : [engine])].join(' · ');
    this.item.tooltip = [
      `Model Blame: ${words(state)}`,
      ...(model === null ? [] : [vscode.l10n.t('Model: {0}', model)]),
      ...(engine === null ? [] : [vscode.l10n.t('Engine: {0}', engine)]),
      ...(message === null ? [] : [message]),
    ].join('\n');
    this.item.backgroundColor =
      state === 'failed'
        ? new vscode.ThemeColor('statusBarItem.errorBackground')
        : state === 'restarting'
          ? new vscode.ThemeColor('statusBarItem.warningBackground')
          : undefined;
    this.item.accessibilityInformation = { label: this.item.tooltip.replaceAll('\n', ', ') };
    this.item.show();
  }
}

const icons: Readonly<Record<Exclude<ServerStatus['state'], 'stopped'>, string>> = {
  starting: '$(loading~spin)',
  idle: '$(lightbulb-sparkle)',
  busy: '$(loading~spin)',
  restarting: '$(sync~spin)',
  failed: '$(error)',
};

function words(state: Exclude<ServerStatus['state'], 'stopped'>): string {
  switch (state) {
    case 'starting':
      return vscode.l10n.t('starting');
    case 'idle':
      return vscode.l10n.t('ready');
    case 'busy':
      return vscode.l10n.t('working');
    case 'restarting':
      return vscode.l10n.t('starting again');
    case 'failed':
      return vscode.l10n.t('not running');
  }
}
