/** Diagnostics for `model-blame.json` and `*.modelcheck.json` while they are open. */
import { basename } from 'node:path';
import { DiagnosticSeverity } from 'vscode-languageserver/node';
import { CHECK_FILE_ENDING } from '../workspace/checkList';
import { diagnose } from '../workspace/diagnose';
import { WORKSPACE_FILE, workspaceFolderOf } from '../workspace/locate';
import { isFileUri, toPath } from '../workspace/uris';
import type { Problem } from '../workspace/problem';
import type { Diagnostic } from 'vscode-languageserver/node';

export function isWorkspaceFile(uri: string): boolean {
  return isFileUri(uri) && basename(toPath(uri)) === WORKSPACE_FILE;
}

/** A file that is checked while it is open. */
export function isDiagnosed(uri: string): boolean {
  return isWorkspaceFile(uri) || (isFileUri(uri) && toPath(uri).endsWith(CHECK_FILE_ENDING));
}

export function workspaceDiagnostics(
  uri: string,
  text: string,
  folders: readonly string[],
  trusted: boolean,
): Diagnostic[] {
  const path = toPath(uri);
  const root = workspaceFolderOf(path, folders) ?? path;
  return diagnose(uri, text, { trusted, root }).map(toDiagnostic);
}

export function toDiagnostic({ range, message, next, severity, code }: Problem): Diagnostic {
  return {
    range,
    message: next === undefined ? message : `${message} ${next}`,
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    source: 'model-blame',
  };
}
