/** Which engines are there and why others are not, and the choice of one: a setting, after which panels ask again. */
import * as vscode from 'vscode';
import type { EngineEntry } from '../../server/protocol';
import { readConfig, section } from '../config';
import type { Context } from '../context';

interface Item extends vscode.QuickPickItem {
  /** Null: the first that can be used. */
  readonly engine: EngineEntry | null;
}

export async function showEngines({ server }: Context): Promise<void> {
  const { engines, chosen } = await server.api.engines();
  const { engine: wanted } = readConfig();
  const mark = (yes: boolean): string => (yes ? '$(check)' : '$(circle-outline)');
  const [usable, others] = [true, false].map((yes) => engines.filter(({ available }) => available === yes));
  const items: Item[] = [
    { label: `${mark(wanted === null)} auto`, description: vscode.l10n.t('takes {0} here', chosen), engine: null },
    ...(usable ?? []).map((engine) => itemOf(engine, mark(wanted === engine.name))),
    { label: vscode.l10n.t('Not usable here'), kind: vscode.QuickPickItemKind.Separator, engine: null },
    ...(others ?? []).map((engine) => itemOf(engine, mark(wanted === engine.name))),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Engines ({0} is used)', wanted ?? chosen),
    placeHolder: vscode.l10n.t('Choose one to use it in this workspace'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) return;
  if (picked.engine?.available === false) {
    const { name, detail } = picked.engine;
    void vscode.window.showWarningMessage(vscode.l10n.t('Engine {0} cannot be used here: {1}', name, detail));
    return;
  }
  const name = picked.engine?.name ?? null;
  if (name !== wanted) await vscode.workspace.getConfiguration(section).update('engine', name ?? undefined);
  // Where the user's own settings name an engine, “auto” has to be said.
  if (name === null && readConfig().engine !== null)
    await vscode.workspace.getConfiguration(section).update('engine', 'auto');
}

function itemOf(engine: EngineEntry, mark: string): Item {
  const { name, available, detail } = engine;
  return available
    ? { label: `${mark} ${name}`, description: detail, engine }
    : { label: `$(circle-slash) ${name}`, detail, engine };
}
