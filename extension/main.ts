/** Entry of the extension host. Nothing is started here: the server runs from the first question on. */
import type * as vscode from 'vscode';
import { registerCommands } from './commands';
import { Context } from './context';
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
    extension.subscriptions.push({ dispose: () => owned.dispose() });
    return { context };
  } catch (error) {
    void showError(toUserError(error));
    throw error;
  }
}

export async function deactivate(): Promise<void> {
  await context?.server.stop();
}
