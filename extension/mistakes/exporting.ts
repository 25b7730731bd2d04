/** Mistakes as a file for the next training round. */
import * as vscode from 'vscode';
import type { SurveyExportRequest, SurveyFilter } from '../../server/protocol';
import type { Surveys } from './surveys';
import { count } from './words';

interface Kind extends vscode.QuickPickItem {
  readonly what: SurveyExportRequest['kind'];
  readonly formats: readonly SurveyExportRequest['format'][];
}

/** @param filter Which samples: those that are shown, or those of a group. */
export async function exportMistakes(surveys: Surveys, filter: SurveyFilter): Promise<void> {
  const state = surveys.current;
  if (state === null) return;
  const kinds: readonly Kind[] = [
    {
      label: vscode.l10n.t('Rows with their gold label'),
      detail: vscode.l10n.t('The records as they are, to train on again'),
      what: 'rows',
      formats: ['csv', 'jsonl'],
    },
    {
      label: vscode.l10n.t('Negatives for the wrong class'),
      detail: vscode.l10n.t(
        'The records with two columns more: the gold label, and the class that they are no example of',
      ),
      what: 'negatives',
      formats: ['csv', 'jsonl'],
    },
    {
      label: vscode.l10n.t('Predictions'),
      detail: vscode.l10n.t('Position, gold label, prediction and probabilities'),
      what: 'predictions',
      formats: ['csv', 'jsonl', 'arrow'],
    },
  ];
  const chosen = await vscode.window.showQuickPick(kinds, { title: vscode.l10n.t('Export mistakes as') });
  if (chosen === undefined) return;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title: chosen.label,
    filters: Object.fromEntries(chosen.formats.map((format) => [format.toUpperCase(), [format]])),
    ...(folder === undefined
      ? {}
      : { defaultUri: vscode.Uri.joinPath(folder, `${state.model.name}.mistakes.${chosen.formats[0] ?? 'csv'}`) }),
  });
  if (target === undefined) return;
  const ending = /\.(\w+)$/.exec(target.path)?.[1]?.toLowerCase();
  const format = chosen.formats.find((name) => name === ending) ?? chosen.formats[0] ?? 'csv';
  // The dialog asked already whether a file that is there may be replaced.
  const written = await surveys.ask((api, survey) =>
    api.export({ survey, filter, kind: chosen.what, format, path: target.fsPath, overwrite: true }),
  );
  if (written === null) return;
  const open = vscode.l10n.t('Open');
  const message = vscode.l10n.t('Saved {0} ({1} rows).', vscode.workspace.asRelativePath(target), count(written.rows));
  void vscode.window.showInformationMessage(message, open).then(async (answer) => {
    if (answer === open) await vscode.commands.executeCommand('vscode.open', target);
  });
}
