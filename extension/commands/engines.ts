/** Which engines are there, and why others are not. */
import * as vscode from 'vscode';
import type { Context } from '../context';

export async function showEngines({ server }: Context): Promise<void> {
  const { engines, chosen } = await server.api.engines();
  const items = engines.map(({ name, available, detail }) => ({
    label: `${available ? (name === chosen ? '$(check)' : '$(circle-outline)') : '$(circle-slash)'} ${name}`,
    description: available ? detail : '',
    ...(available ? {} : { detail }),
    name,
    available,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Engines ({0} is used)', chosen),
    placeHolder: vscode.l10n.t('Choose one to use it in this workspace'),
  });
  if (picked?.available === true && picked.name !== chosen)
    await vscode.workspace.getConfiguration('modelBlame').update('engine', picked.name);
}
