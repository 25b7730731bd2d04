/** Files of a dataset from what is right-clicked in the explorer: a file, several, or a folder of pictures. */
import * as vscode from 'vscode';
import { PersonalError } from '../errors';

const MOST_FILES = 100_000;

export async function isFolder(uri: vscode.Uri): Promise<boolean> {
  const { type } = await vscode.workspace.fs.stat(uri);
  return (type & vscode.FileType.Directory) !== 0;
}

/**
 * Pictures and tensors below a folder, in the order of their names; labels are named by the dataset's entry in
 * `model-blame.json`.
 * @throws PersonalError `no-samples`.
 */
export async function samplesIn(folder: vscode.Uri): Promise<readonly vscode.Uri[]> {
  const pattern = new vscode.RelativePattern(folder, '**/*.{png,jpg,jpeg,npy}');
  const found = await vscode.workspace.findFiles(pattern, null, MOST_FILES);
  if (found.length > 0) return found.sort((a, b) => (a.toString() < b.toString() ? -1 : 1));
  throw new PersonalError({
    code: 'no-samples',
    what: vscode.l10n.t('This folder holds no pictures or tensors.'),
    where: folder.fsPath,
    next: vscode.l10n.t('Choose a folder of pictures, or a dataset file.'),
  });
}
