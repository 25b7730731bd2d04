/** Errors on their way to a person: what is wrong, where, what next; with buttons for the next step. */
import * as vscode from 'vscode';
import type { UserErrorData } from '../server/protocol';

/** An error made for people: the server's, or one of the extension's own. */
export class PersonalError extends Error {
  override readonly name = 'PersonalError';
  constructor(readonly data: UserErrorData) {
    super(sentence(data));
  }
}

/** The server process ended while a request was under way. */
export class ServerLost extends Error {
  override readonly name = 'ServerLost';
}

export function isCancellation(error: unknown): boolean {
  return error instanceof vscode.CancellationError;
}

export function isUserErrorData(value: unknown): value is UserErrorData {
  return typeof value === 'object' && value !== null && 'code' in value && 'what' in value;
}

/** Any thrown thing as data for a person; an unexpected one names the log. */
export function toUserError(error: unknown): UserErrorData {
  if (error instanceof PersonalError) return error.data;
  return {
    code: 'internal',
    what: error instanceof Error ? error.message : String(error),
    where: null,
    next: vscode.l10n.t('This is a defect of Model Blame; the log has the details.'),
  };
}

/** `what — where — next`, on one line. */
export function sentence(error: UserErrorData): string {
  return [error.what, error.where, error.next].filter((part) => part !== null && part !== '').join(' — ');
}

/** Codes that mean: no model fits the sample yet. The guided set-up is the way out. */
const setupCodes = new Set(['no-model', 'text-column-unclear']);

export function wantsSetup(error: UserErrorData): boolean {
  return setupCodes.has(error.code);
}

/**
 * Shows an error with the buttons that lead on. Resolves when the person chose or closed it.
 * @param setUp Starts the guided set-up, where there is a sample to start from.
 */
export async function showError(error: UserErrorData, setUp?: () => Promise<unknown>): Promise<void> {
  const openFile = vscode.l10n.t('Open File');
  const openLog = vscode.l10n.t('Open Log');
  const setup = vscode.l10n.t('Set Up…');
  const buttons = [
    ...(wantsSetup(error) && setUp !== undefined ? [setup] : []),
    ...(error.uri === undefined ? [] : [openFile]),
    openLog,
  ];
  const chosen = await vscode.window.showErrorMessage(sentence(error), ...buttons);
  if (chosen === setup) await setUp?.();
  if (chosen === openLog) await vscode.commands.executeCommand('modelBlame.showLog');
  if (chosen === openFile && error.uri !== undefined) {
    const range = error.range === undefined ? undefined : toRange(error.range);
    await vscode.window.showTextDocument(vscode.Uri.parse(error.uri), range === undefined ? {} : { selection: range });
  }
}

export function toRange(range: NonNullable<UserErrorData['range']>): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}
