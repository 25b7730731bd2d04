/** Diagnostics for `model-blame.json` while it is open. */
import { basename } from 'node:path';
import { DiagnosticSeverity } from 'vscode-languageserver/node';
import { diagnose } from '../workspace/diagnose';
import { WORKSPACE_FILE, workspaceFolderOf } from '../workspace/locate';
import { isFileUri, toPath } from '../workspace/uris';
import type { Diagnostic } from 'vscode-languageserver/node';

export function isWorkspaceFile(uri: string): boolean {
  return isFileUri(uri) && basename(toPath(uri)) === WORKSPACE_FILE;
}

export function workspaceDiagnostics(
  uri: string,
  text: string,
  folders: readonly string[],
  trusted: boolean,
): Diagnostic[] {
  const path = toPath(uri);
  const root = workspaceFolderOf(path, folders) ?? path;
  return diagnose(uri, text, { trusted, root }).map(({ range, message, next, severity, code }) => ({
    range,
    message: next === undefined ? message : `${message} ${next}`,
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    source: 'model-blame',
  }));
}
