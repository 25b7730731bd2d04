/** Entry of the extension host. Nothing is started here: the server runs from the first question on. */
import * as vscode from 'vscode';
import { registerTools } from './assistant/tools';
import { registerCommands } from './commands';
import { Context } from './context';
import { registerTerminalLinks } from './failures/links';
import { showError, toUserError } from './errors';

/** What other extensions and tests may look at. */
export interface Exports {
  readonly context: Context;
}

let context: Context | undefined;

export function activate(extension: vscode.ExtensionContext): Exports {
  try {
    context = new Context(extension);
    registerCommands(context, extension.subscriptions);
    const owned = context;
    checkWorkspaceFiles(owned, extension);
    extension.subscriptions.push(registerTools(owned), registerTerminalLinks(owned));
    extension.subscriptions.push({ dispose: () => owned.dispose() });
    return { context };
  } catch (error) {
    void showError(toUserError(error));
    throw error;
  }
}

/** An open `model-blame.json` or file of model checks is checked by the server: it is started for that too. */
function checkWorkspaceFiles({ server, log }: Context, { subscriptions }: vscode.ExtensionContext): void {
  const look = (document: vscode.TextDocument) => {
    if (document.uri.scheme === 'file' && /(^|\/)model-blame\.json$|\.modelcheck\.json$/.test(document.uri.path))
      server.start().catch((error: unknown) => log.error(String(error)));
  };
  vscode.workspace.textDocuments.forEach(look);
  subscriptions.push(vscode.workspace.onDidOpenTextDocument(look));
}

export async function deactivate(): Promise<void> {
  await context?.server.stop();
}
