/** Saves a result where the person says: the picture from the page, or a document rendered by the server. */
import * as vscode from 'vscode';
import type { Explanation, FromPage, PanelChoice } from '../../server/protocol';
import type { Context } from '../context';
import { readConfig } from '../config';
import { partOf } from './inquiry';
import type { Subject } from './inquiry';

type ExportMessage = Extract<FromPage, { readonly type: 'export' }>;

const filters = { png: 'PNG', json: 'JSON', html: 'HTML' } as const;

export async function exportResult(
  context: Context,
  explanation: Explanation,
  subject: Subject | null,
  choice: PanelChoice,
  { format, png }: ExportMessage,
): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `${explanation.sample.title.replace(/[^\w.-]+/g, '-')}.${explanation.method}.${format}`;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export explanation'),
    filters: { [filters[format]]: [format] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (target === undefined) return;
  const bytes = format === 'png' ? png : await render(context, explanation, subject, choice, format);
  if (bytes === undefined) return;
  await vscode.workspace.fs.writeFile(target, bytes);
  const open = vscode.l10n.t('Open');
  const message = vscode.l10n.t('Saved {0}.', vscode.workspace.asRelativePath(target));
  void vscode.window.showInformationMessage(message, open).then(async (chosen) => {
    if (chosen === open) await vscode.commands.executeCommand('vscode.open', target);
  });
}

async function render(
  context: Context,
  explanation: Explanation,
  subject: Subject | null,
  choice: PanelChoice,
  format: 'json' | 'html',
): Promise<Uint8Array> {
  const address = subject?.address ?? explanation.sample.address;
  const { content } = await context.server.api.report({
    address,
    model: subject?.model ?? explanation.model.name,
    method: explanation.method,
    target: choice.target,
    baseline: choice.baseline,
    parameters: choice.parameters,
    engine: readConfig().engine,
    ...partOf(choice),
    format,
  });
  return new TextEncoder().encode(content);
}
