/** Guided first run: choose a model, confirm the columns, write `model-blame.json`, look at it. */
import * as vscode from 'vscode';
import { applyEdits, modify, parse } from 'jsonc-parser';
import type { SampleAddress, SuggestResponse } from '../server/protocol';
import type { Context } from './context';

/** @returns true when a workspace file was written. */
export async function setUp(context: Context, address: SampleAddress): Promise<boolean> {
  const { candidates } = await context.server.api.suggest({ address, modelPath: null });
  const modelPath = await pickModelFile(candidates);
  if (modelPath === undefined) return false;
  const suggestion = await context.server.api.suggest({ address, modelPath });
  if (suggestion.file === null) return false;
  const columns = await confirmColumns(suggestion);
  if (columns === undefined) return false;
  const uri = vscode.Uri.parse(suggestion.file.uri);
  const content = withColumns(suggestion.file.content, suggestion, columns);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(content));
  await vscode.window.showTextDocument(uri, { preview: false, viewColumn: vscode.ViewColumn.One });
  return true;
}

async function pickModelFile(candidates: readonly string[]): Promise<string | undefined> {
  const browse = vscode.l10n.t('Browse…');
  const items = [
    ...candidates.map((path) => ({ label: vscode.workspace.asRelativePath(path), path })),
    { label: `$(folder-opened) ${browse}`, path: null },
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Set up Model Blame (1 of 2): the model'),
    placeHolder:
      candidates.length === 0
        ? vscode.l10n.t('No model found in the workspace: choose a model file or an export folder')
        : vscode.l10n.t('Model files found in the workspace, nearest first'),
    ignoreFocusOut: true,
  });
  if (chosen === undefined) return undefined;
  if (chosen.path !== null) return chosen.path;
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose a model'),
    filters: { [vscode.l10n.t('Models')]: ['onnx', 'keras', 'h5', 'hdf5', 'json', 'pb'] },
  });
  return picked?.[0]?.fsPath;
}

interface Columns {
  readonly text?: string;
  readonly label?: string;
}

/** Asks for the text and label column where the dataset has columns; undefined when the person closed a question. */
async function confirmColumns({ columns, guess, file }: SuggestResponse): Promise<Columns | undefined> {
  if (columns.length === 0) return {};
  const proposed = parse(file?.content ?? '') as { readonly datasets?: readonly { readonly label?: unknown }[] };
  const marked = Array.isArray(proposed.datasets?.at(-1)?.label);
  const title = vscode.l10n.t('Set up Model Blame (2 of 2): the columns');
  const none = vscode.l10n.t('none');
  const ask = async (question: string, guessed: string | undefined): Promise<string | null | undefined> => {
    const ordered = [...columns].sort((a, b) => Number(b === guessed) - Number(a === guessed));
    const items: readonly (vscode.QuickPickItem & { readonly name: string | null })[] = [
      ...ordered.map((name) => ({
        label: name,
        name,
        ...(name === guessed ? { description: vscode.l10n.t('guessed from the header') } : {}),
      })),
      { label: `$(circle-slash) ${none}`, name: null },
    ];
    const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: question, ignoreFocusOut: true });
    return chosen === undefined ? undefined : chosen.name;
  };
  // A table model has no text column: only what was guessed is asked for.
  const text = guess?.text === undefined ? null : await ask(vscode.l10n.t('Which column has the text?'), guess.text);
  if (text === undefined) return undefined;
  // Columns of 0 and 1, one a class, are named after the classes: there is nothing to choose.
  if (marked)
    return { ...(text === null ? {} : { text }), ...(guess?.label === undefined ? {} : { label: guess.label }) };
  const label = await ask(vscode.l10n.t('Which column has the right label? (optional)'), guess?.label);
  if (label === undefined) return undefined;
  return { ...(text === null ? {} : { text }), ...(label === null ? {} : { label }) };
}

/** The proposed file with the confirmed columns instead of the guessed ones, comments and layout kept. */
function withColumns(content: string, { guess }: SuggestResponse, columns: Columns): string {
  const { datasets } = parse(content) as { readonly datasets?: readonly Columns[] };
  const last = (datasets?.length ?? 0) - 1;
  if (last < 0) return content;
  let changed = content;
  for (const key of ['text', 'label'] as const) {
    if (columns[key] === guess?.[key]) continue;
    const edits = modify(changed, ['datasets', last, key], columns[key], {
      formattingOptions: { insertSpaces: true, tabSize: 2 },
    });
    changed = applyEdits(changed, edits);
  }
  return changed;
}
