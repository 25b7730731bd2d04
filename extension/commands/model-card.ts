/** What there is to know about a model: a read-only page, from the explorer's menu on a model file or folder. */
import * as vscode from 'vscode';
import type { Context } from '../context';

const SCHEME = 'model-blame-card';
const cards = new Map<string, string>();
let provider: vscode.Disposable | undefined;

/** @param target The file or folder of the menu; without one, a model of the workspace is asked for. */
export async function showModelCard({ server }: Context, target?: unknown): Promise<void> {
  const path = target instanceof vscode.Uri ? target.fsPath : await askForModel(server.api);
  if (path === undefined) return;
  const { card, markdown } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Reading the model…') },
    () => server.api.card({ model: path }),
  );
  provider ??= vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (uri) => cards.get(uri.query) ?? '',
  });
  cards.set(card.hash, markdown);
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${card.name.replaceAll('/', '-')}.md`, query: card.hash });
  await vscode.commands.executeCommand('markdown.showPreview', uri);
}

async function askForModel(api: Context['server']['api']): Promise<string | undefined> {
  const { models } = await api.models();
  const chosen = await vscode.window.showQuickPick(
    models.map(({ name, uri }) => ({
      label: name,
      description: vscode.workspace.asRelativePath(vscode.Uri.parse(uri)),
    })),
    { title: vscode.l10n.t('Model card'), placeHolder: vscode.l10n.t('Choose a model') },
  );
  return chosen?.label;
}
