/** The workspace file that holds for a sample: the nearest one above it. */
import { dirname, join, resolve } from 'node:path';
import picomatch from 'picomatch';
import { parseWorkspaceFile } from './parse';
import { problemError } from './problem';
import { isInside, relativeSlashes, toUri } from './uris';
import type { ParsedWorkspaceFile } from './parse';
import type { DatasetConfig, WorkspaceFile } from './types';

export const WORKSPACE_FILE = 'model-blame.json';

export interface LoadedWorkspace {
  readonly uri: string;
  /** Folder the file lies in: what its paths are relative to. */
  readonly folder: string;
  /** Workspace folder it belongs to; `folder` itself when it is in none. */
  readonly root: string;
  readonly file: WorkspaceFile;
  readonly rangeOf: ParsedWorkspaceFile['rangeOf'];
}

/** Text of a file, an open document's before the disk's; null when there is none. */
export type ReadText = (path: string) => Promise<string | null>;

/**
 * Walks up from `start` to its workspace folder; outside of all folders to the root of the disk (`trusted` only).
 * Throws a UserError with the place for an invalid file: a broken file never counts as none.
 */
export async function nearestWorkspace(
  start: string,
  folders: readonly string[],
  read: ReadText,
  trusted: boolean,
): Promise<LoadedWorkspace | null> {
  const root = workspaceFolderOf(start, folders);
  if (root === null && !trusted) return null;
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const text = await read(join(folder, WORKSPACE_FILE));
    if (text !== null) return load(folder, root ?? folder, text);
    if (folder === root || folder === dirname(folder)) return null;
  }
}

/** The innermost workspace folder around a path. */
export function workspaceFolderOf(path: string, folders: readonly string[]): string | null {
  const around = folders.map((folder) => resolve(folder)).filter((folder) => isInside(resolve(path), folder));
  return around.sort((a, b) => b.length - a.length)[0] ?? null;
}

function load(folder: string, root: string, text: string): LoadedWorkspace {
  const uri = toUri(join(folder, WORKSPACE_FILE));
  const { file, problems, rangeOf } = parsed(text);
  if (file !== null) return { uri, folder, root, file, rangeOf };
  const first = problems.find(({ severity }) => severity === 'error') as (typeof problems)[number];
  throw problemError(uri, { ...first, message: `The workspace file is invalid: ${first.message}` });
}

/** The same text is asked for with every request. */
let last: { readonly text: string; readonly result: ParsedWorkspaceFile } | undefined;
function parsed(text: string): ParsedWorkspaceFile {
  if (last?.text !== text) last = { text, result: parseWorkspaceFile(text) };
  return last.result;
}

/** The first dataset entry whose glob matches the file. */
export function datasetOf(workspace: LoadedWorkspace, path: string): DatasetConfig | null {
  const seen = relativeSlashes(workspace.folder, path);
  return (
    workspace.file.datasets?.find(({ files }) => picomatch(files.replace(/^\.\//, ''), { dot: true })(seen)) ?? null
  );
}
