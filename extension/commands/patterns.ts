/** Patterns in a dataset: of the survey there is, of what a menu or another command names, else of what is asked for. */
import * as vscode from 'vscode';
import type { PatternsSubject, SurveyCell } from '../../server/protocol';
import type { Context } from '../context';
import { isGroupNode } from '../mistakes/tree';
import { cellOf, named, subjectOfSurvey } from '../patterns/subject';
import { rowFile, wholeFile } from '../samples/address';
import { isFolder, samplesIn } from '../samples/folder';

/** What other parts of the extension pass. `datasets` are files, as URIs. */
export interface PatternsArgument {
  readonly model: string | null;
  readonly datasets: readonly string[];
  readonly cell?: SurveyCell | null;
}

const MOST_FILES = 100_000;

/** `explorer/context` passes a file or folder, the mistakes view a group or nothing, the palette nothing. */
export async function showPatterns(context: Context, argument: unknown): Promise<void> {
  const subject = isArgument(argument)
    ? { ...named(argument.datasets), model: argument.model, cell: argument.cell ?? null }
    : argument instanceof vscode.Uri
      ? await subjectAt(argument)
      : (subjectInView(context, argument) ?? (await askForSubject()));
  if (subject !== undefined) context.patterns.show(subject);
}

function isArgument(value: unknown): value is PatternsArgument {
  return typeof value === 'object' && value !== null && 'datasets' in value && Array.isArray(value.datasets);
}

/** The survey of the mistakes view: the cell of a group of its tree, else the one its filter names. */
function subjectInView({ mistakes }: Context, argument: unknown): PatternsSubject | null {
  const { current, view } = mistakes.surveys;
  if (current === null) return null;
  return subjectOfSurvey(current, cellOf(isGroupNode(argument) ? argument.group.filter : view.filter));
}

async function subjectAt(uri: vscode.Uri): Promise<PatternsSubject> {
  if (!(await isFolder(uri))) return { ...named([uri.toString()]), model: null, cell: null };
  const files = (await samplesIn(uri)).map(String);
  return { datasets: files, name: vscode.workspace.asRelativePath(uri), model: null, cell: null };
}

async function askForSubject(): Promise<PatternsSubject | undefined> {
  const front = vscode.window.activeTextEditor?.document.uri;
  if (front !== undefined && rowFile.test(front.path) && !front.path.endsWith('model-blame.json'))
    return { ...named([front.toString()]), model: null, cell: null };
  const [tables, pictures] = await Promise.all([
    vscode.workspace.findFiles('**/*.{csv,tsv,jsonl,ndjson}', '**/node_modules/**', 500),
    vscode.workspace.findFiles('**/*.{png,jpg,jpeg,npy}', '**/node_modules/**', MOST_FILES),
  ]);
  const folders = new Map<string, vscode.Uri>();
  for (const uri of pictures.filter(({ path }) => wholeFile.test(path))) {
    // The folder of classes: data/test for data/test/8/0042.png.
    const folder = vscode.Uri.joinPath(uri, '..', '..');
    folders.set(folder.toString(), folder);
  }
  const items = [...tables, ...folders.values()]
    .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Patterns in which dataset?') });
  return chosen === undefined ? undefined : subjectAt(chosen.uri);
}
