/** Gives a file another text, with nothing touched but what differs. */
import * as vscode from 'vscode';

/** An open file is edited and saved, so that it can be undone; one with unsaved edits stays unsaved. */
export async function replaceText(uri: vscode.Uri, text: string): Promise<void> {
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (document === undefined) {
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
    return;
  }
  const before = document.getText();
  let [start, end] = [0, 0];
  const shorter = Math.min(before.length, text.length);
  while (start < shorter && before[start] === text[start]) start += 1;
  while (end < shorter - start && before.at(-1 - end) === text.at(-1 - end)) end += 1;
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(start), document.positionAt(before.length - end));
  edit.replace(uri, range, text.slice(start, text.length - end));
  const { isDirty } = document;
  await vscode.workspace.applyEdit(edit);
  if (!isDirty) await document.save();
}
