/** What a click on the status bar item offers. */
import * as vscode from 'vscode';
import type { Context } from '../context';

export async function showMenu({ server }: Context): Promise<void> {
  const { status } = server;
  const items = [
    { label: vscode.l10n.t('$(search) Find Misclassified Samples…'), command: 'modelBlame.survey' },
    { label: vscode.l10n.t('$(output) Show Log'), command: 'modelBlame.showLog' },
    { label: vscode.l10n.t('$(symbol-class) Choose Model…'), command: 'modelBlame.chooseModel' },
    { label: vscode.l10n.t('$(server-process) Show Engines…'), command: 'modelBlame.showEngines' },
    { label: vscode.l10n.t('$(paintcan) Toggle Colours in the File'), command: 'modelBlame.toggleDecorations' },
    { label: vscode.l10n.t('$(debug-restart) Restart Server'), command: 'modelBlame.restartServer' },
    { label: vscode.l10n.t('$(gear) Settings'), command: 'settings' },
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: ['Model Blame', status.model, status.engine, status.message].filter((part) => part !== null).join(' · '),
  });
  if (chosen === undefined) return;
  if (chosen.command === 'settings')
    await vscode.commands.executeCommand('workbench.action.openSettings', '@ext:model-blame.model-blame');
  else await vscode.commands.executeCommand(chosen.command);
}
