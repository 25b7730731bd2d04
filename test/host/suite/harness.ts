/** A few lines of test runner: the host has no node:test results to offer to the outside. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Exports } from '../../../extension/main';
import type { Panel } from '../../../extension/panel/panel';

export interface Result {
  readonly name: string;
  readonly error: string | null;
}

export type Tests = Readonly<Record<string, () => Promise<void> | void>>;

export async function runAll(groups: readonly Tests[]): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const [name, body] of groups.flatMap((tests) => Object.entries(tests))) {
    try {
      await withTimeout(body(), 3 * PATIENCE);
      results.push({ name, error: null });
    } catch (error) {
      results.push({ name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    await tidy();
  }
  return results;
}

/** Milliseconds after which something hangs: the machine may be busy. */
const PATIENCE = 100_000;

export const extensionId = 'model-blame.model-blame';

export async function activated(): Promise<Exports> {
  const extension = vscode.extensions.getExtension<Exports>(extensionId);
  assert.ok(extension !== undefined, `${extensionId} is not installed`);
  return extension.activate();
}

export function file(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(folder !== undefined, 'no folder is open');
  return vscode.Uri.joinPath(folder, name);
}

export async function openFile(name: string, selection?: vscode.Range): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(file(name), {
    preview: false,
    viewColumn: vscode.ViewColumn.One,
    ...(selection === undefined ? {} : { selection }),
  });
}

/** Waits until a value is there that is not undefined. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  milliseconds = PATIENCE,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The current panel once it shows an explanation of this sample. */
export async function explained(title: string): Promise<Panel> {
  const { context } = await activated();
  return until(`explanation of ${title}`, () => {
    const panel = context.panels.current;
    const state = panel?.state;
    return state?.busy === false && state.explanation?.sample.title === title ? panel : undefined;
  });
}

async function tidy(): Promise<void> {
  const { context } = await activated();
  for (const panel of context.panels.all) panel.view.dispose();
  // Closing an edited file would ask whether to save it.
  for (const document of vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty)) {
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

async function withTimeout(body: Promise<void> | void, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([body, late]);
  } finally {
    clearTimeout(timer);
  }
}
