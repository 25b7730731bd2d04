/** Takes a counterfactual away: as a row of the sample's own file on the clipboard, or into a file. */
import * as vscode from 'vscode';
import type { CounterfactualResponse, FromPage } from '../../server/protocol';
import { sourcesOf } from '../editor/features';
import { toRange } from '../errors';
import { changedRow } from './changed-row';

type Message = Extract<FromPage, { readonly type: 'counterfactual' }>;

export async function takeCounterfactual(found: CounterfactualResponse, { to, png }: Message): Promise<void> {
  if (to === 'clipboard') {
    await vscode.env.clipboard.writeText(await asText(found));
    void vscode.window.setStatusBarMessage(vscode.l10n.t('Counterfactual copied.'), 4000);
    return;
  }
  const kind = found.result.kind;
  const ending = kind === 'pixels' ? 'png' : kind === 'elements' ? 'json' : 'csv';
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `${found.sample.title.replace(/[^\w.-]+/g, '-')}.counterfactual.${ending}`;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save counterfactual'),
    filters: { [ending.toUpperCase()]: [ending] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (target === undefined) return;
  const bytes = kind === 'pixels' ? png : new TextEncoder().encode(`${await asText(found)}\n`);
  if (bytes === undefined) return;
  await vscode.workspace.fs.writeFile(target, bytes);
  void vscode.window.showInformationMessage(vscode.l10n.t('Saved {0}.', vscode.workspace.asRelativePath(target)));
}

/** A table row keeps what the model does not read (ids, labels): only changed cells are replaced in the record's text. */
async function asText({ sample, features, result, changes }: CounterfactualResponse): Promise<string> {
  switch (result.kind) {
    case 'text':
      return result.text;
    case 'columns': {
      if (sample.span === undefined) return JSON.stringify(result.cells);
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(sample.span.uri));
      const range = toRange(sample.span.range);
      const begin = document.offsetAt(range.start);
      const sources = sourcesOf(features);
      const edits = changes.flatMap(({ feature, to }) => {
        const source = sources[feature];
        if (source === null || source === undefined) return [];
        const place = toRange(source.range);
        return [{ start: document.offsetAt(place.start) - begin, end: document.offsetAt(place.end) - begin, text: to }];
      });
      return changedRow(document.getText(range), edits);
    }
    case 'elements':
      return JSON.stringify(
        Object.fromEntries(Object.entries(result.values).map(([name, values]) => [name, [...values]])),
      );
    case 'pixels':
      return '';
  }
}
