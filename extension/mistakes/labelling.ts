/** Gives a sample a label: in its own file, or as a row of another one. Nothing is saved without the person. */
import * as vscode from 'vscode';
import type { SurveyRow } from '../../server/protocol';
import { toRange } from '../errors';
import type { Context } from '../context';
import type { Surveys } from './surveys';
import { fileName, inert } from './words';

/** File that rows were appended to last, per workspace. */
let lastTarget: vscode.Uri | undefined;

export async function labelSample(context: Context, surveys: Surveys, row: SurveyRow): Promise<void> {
  const state = surveys.current;
  if (state === null) return;
  const label = await askLabel(row, state.model.labels);
  if (label === undefined) return;
  const to = await askTarget(row);
  if (to === undefined) return;
  const done = await context.server.api.survey.label({
    address: row.address,
    model: state.model.name,
    label,
    to: to === null ? null : to.fsPath,
  });
  if (done.kind === 'edit') {
    const uri = vscode.Uri.parse(done.uri);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(uri, toRange(done.range), done.newText);
    await vscode.workspace.applyEdit(edit);
    await vscode.window.showTextDocument(uri, { preserveFocus: true, preview: false });
    return;
  }
  const open = vscode.l10n.t('Open');
  const message = vscode.l10n.t('Appended to {0} as record {1}.', fileName(done.path), done.record);
  if ((await vscode.window.showInformationMessage(message, open)) === open)
    await vscode.window.showTextDocument(vscode.Uri.file(done.path));
}

/** The gold label, the suspected one and the prediction first. */
async function askLabel(row: SurveyRow, labels: readonly string[]): Promise<string | undefined> {
  const hints = new Map<string, string>();
  if (row.predicted !== null) hints.set(row.predicted.label, vscode.l10n.t('predicted'));
  if (row.suspected !== null) hints.set(row.suspected.label, vscode.l10n.t('probably'));
  if (row.gold !== null) hints.set(row.gold.label, vscode.l10n.t('as it is'));
  const items = labels
    .map((label) => ({ label: inert(label, 80), description: hints.get(label) ?? '', value: label }))
    .sort((a, b) => Number(b.description !== '') - Number(a.description !== ''));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Label of {0}', row.title),
    ...(row.text === null ? {} : { placeHolder: inert(row.text, 100) }),
  });
  return chosen?.value;
}

/** @returns null: the sample's own file; undefined: the question was closed. */
async function askTarget({ address, title }: SurveyRow): Promise<vscode.Uri | null | undefined> {
  // Of a picture: in its labels file, where it has one.
  const own = address.kind === 'record' || address.kind === 'line' || address.kind === 'file';
  const browse = vscode.l10n.t('$(new-file) Append to Another File…');
  const items: (vscode.QuickPickItem & { readonly target: vscode.Uri | null | undefined })[] = [
    ...(own
      ? [
          {
            label: vscode.l10n.t('$(edit) Change It in Place'),
            description: title,
            target: null,
          },
        ]
      : []),
    ...(lastTarget === undefined
      ? []
      : [
          {
            label: vscode.l10n.t('$(add) Append to {0}', fileName(lastTarget.toString())),
            description: vscode.workspace.asRelativePath(lastTarget),
            target: lastTarget,
          },
        ]),
    { label: browse, target: undefined },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Where is the label written?') });
  if (chosen === undefined || chosen.target !== undefined) return chosen?.target;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  lastTarget = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('File to append the row to; it is made where there is none'),
    ...(folder === undefined ? {} : { defaultUri: folder }),
  });
  return lastTarget;
}
