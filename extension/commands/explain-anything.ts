/** The palette's entry: explains what is in front, or asks for what is missing. */
import * as vscode from 'vscode';
import type { SampleAddress } from '../../server/protocol';
import type { Context } from '../context';
import { addressInFront, fileAddress, rowFile } from '../samples/address';
import { explain } from './explain';

export async function explainAnything(context: Context): Promise<void> {
  const address = addressInFront() ?? (await askForSample());
  if (address !== undefined) explain(context, address);
}

async function askForSample(): Promise<SampleAddress | undefined> {
  const row = { label: vscode.l10n.t('$(table) A row of a dataset file…'), ask: askForRow };
  const file = { label: vscode.l10n.t('$(file-media) A picture or tensor file…'), ask: askForFile };
  const text = { label: vscode.l10n.t('$(edit) Some text…'), ask: askForText };
  const chosen = await vscode.window.showQuickPick([row, file, text], {
    title: vscode.l10n.t('What should be explained?'),
  });
  return chosen?.ask();
}

async function askForRow(): Promise<SampleAddress | undefined> {
  const uri = await pickFile(vscode.l10n.t('The dataset file'), ['csv', 'tsv', 'jsonl', 'ndjson', 'json', 'txt']);
  if (uri === undefined || !rowFile.test(uri.path)) return undefined;
  const line = await vscode.window.showInputBox({
    title: vscode.l10n.t('Which row of {0}?', vscode.workspace.asRelativePath(uri)),
    prompt: vscode.l10n.t('17: the row on line 17 of the file; #16: data record 16, the header not counted'),
    validateInput: (value) =>
      /^#?[1-9]\d*$/.test(value.trim()) ? undefined : vscode.l10n.t('A line number such as 17, or #16 for a record.'),
  });
  if (line === undefined) return undefined;
  const number = Number(line.trim().replace('#', ''));
  return line.trim().startsWith('#')
    ? { kind: 'record', uri: uri.toString(), record: number }
    : { kind: 'line', uri: uri.toString(), line: number };
}

async function askForFile(): Promise<SampleAddress | undefined> {
  const uri = await pickFile(vscode.l10n.t('The picture or tensor'), ['png', 'jpg', 'jpeg', 'npy']);
  return uri === undefined ? undefined : (fileAddress(uri) ?? undefined);
}

async function askForText(): Promise<SampleAddress | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Text to explain'),
    placeHolder: vscode.l10n.t('The text as the model should read it'),
  });
  return text === undefined || text === '' ? undefined : { kind: 'text', text };
}

interface FileItem extends vscode.QuickPickItem {
  readonly uri: vscode.Uri | undefined;
}

async function pickFile(title: string, extensions: readonly string[]): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles(`**/*.{${extensions.join(',')}}`, '**/node_modules/**', 500);
  const browse: FileItem = { label: `$(folder-opened) ${vscode.l10n.t('Browse…')}`, uri: undefined };
  const items = found
    .map((uri): FileItem => ({ label: vscode.workspace.asRelativePath(uri), uri }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const chosen = await vscode.window.showQuickPick([...items, browse], { title, matchOnDescription: true });
  if (chosen === undefined || chosen.uri !== undefined) return chosen?.uri;
  const picked = await vscode.window.showOpenDialog({ title, filters: { [title]: [...extensions] } });
  return picked?.[0];
}
