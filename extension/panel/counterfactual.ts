/** Takes a counterfactual away: as a row of the sample's own file on the clipboard, or into a file. */
import * as vscode from 'vscode';
import type { CounterfactualResponse, FromPage, SourceSpan } from '../../server/protocol';
import { sourcesOf } from '../editor/features';
import { toRange } from '../errors';
import { changedObject, changedRow, delimitedRow } from './changed-row';

type Message = Extract<FromPage, { readonly type: 'counterfactual' }>;

export async function takeCounterfactual(found: CounterfactualResponse, { to, png }: Message): Promise<void> {
  if (to === 'clipboard') {
    await vscode.env.clipboard.writeText(await asText(found));
    void vscode.window.setStatusBarMessage(vscode.l10n.t('Counterfactual copied.'), 4000);
    return;
  }
  const kind = found.result.kind;
  const ending = kind === 'pixels' ? 'png' : kind === 'elements' ? 'json' : endingOf(found);
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

/** Of the sample's own file, where it has one. */
function endingOf({ sample: { span } }: CounterfactualResponse): string {
  return span === undefined ? 'txt' : (/\.(\w+)$/.exec(span.uri)?.[1] ?? 'txt');
}

/** As a row of the sample's own file: it keeps what the model does not read (ids, labels). */
async function asText({ sample, features, result, changes }: CounterfactualResponse): Promise<string> {
  const { span } = sample;
  switch (result.kind) {
    case 'text':
      if (span === undefined || result.cells === undefined) return result.text;
      if (isJson(span.uri)) return changedObject(await recordOf(span), result.cells);
      return delimitedRow(result.cells, /\.tsv$/i.test(span.uri) ? '\t' : ',');
    case 'columns': {
      if (span === undefined) return JSON.stringify(result.cells);
      if (isJson(span.uri)) return changedObject(await recordOf(span), result.cells);
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(span.uri));
      const begin = document.offsetAt(toRange(span.range).start);
      const sources = sourcesOf(features);
      const edits = changes.flatMap(({ feature, to }) => {
        const source = sources[feature];
        if (source === null || source === undefined) return [];
        const place = toRange(source.range);
        return [{ start: document.offsetAt(place.start) - begin, end: document.offsetAt(place.end) - begin, text: to }];
      });
      return changedRow(await recordOf(span), edits);
    }
    case 'elements':
      return JSON.stringify(
        Object.fromEntries(Object.entries(result.values).map(([name, values]) => [name, [...values]])),
      );
    case 'pixels':
      return '';
  }
}

function isJson(uri: string): boolean {
  return /\.(jsonl|ndjson|json)$/i.test(uri);
}

async function recordOf({ uri, range }: SourceSpan): Promise<string> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  return document.getText(toRange(range));
}
