/** Accepts the mistakes there are: writes the file that a check compares with. */
import * as vscode from 'vscode';
import type { Context } from '../context';
import { PersonalError } from '../errors';
import { isTestItem } from '../failures/texts';

export async function acceptMistakes({ checks, server }: Context, argument: unknown): Promise<void> {
  const check = isTestItem(argument) ? checks.checkOf(argument) : undefined;
  if (check?.entry.acceptable !== true)
    throw new PersonalError({
      code: 'nothing-to-accept',
      what: vscode.l10n.t('This check does not compare with accepted mistakes.'),
      where: check?.entry.name ?? null,
      next: vscode.l10n.t('Choose a check of the kind “mistakes”.'),
    });
  const { uri, entry } = check;
  const result = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: entry.name, cancellable: true },
    (_progress, token) => server.api.check({ uri, name: entry.name, accept: true }, token),
  );
  if (result.outcome !== 'errored') void vscode.window.showInformationMessage(result.message);
  else throw new PersonalError({ code: 'not-accepted', what: result.message, where: entry.name, next: result.next });
}
