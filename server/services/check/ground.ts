/** Where a check stands: its file, the workspace file that holds for it, and the folder its paths are relative to. */
import { basename, dirname } from 'node:path';
import { CHECK_FILE_ENDING, checkList } from '../../workspace/checkList';
import { nearestWorkspace, WORKSPACE_FILE, workspaceFolderOf } from '../../workspace/locate';
import { toPath } from '../../workspace/uris';
import type { CheckList } from '../../workspace/checkList';
import type { LoadedWorkspace } from '../../workspace/locate';
import type { PathPolicy } from '../../workspace/paths';
import type { ChooseContext } from '../choose';

export interface Ground {
  readonly folder: string;
  readonly policy: PathPolicy;
  readonly workspace: LoadedWorkspace | null;
}

export function isCheckFile(path: string): boolean {
  return basename(path) === WORKSPACE_FILE || path.endsWith(CHECK_FILE_ENDING);
}

/** @throws UserError for a workspace file that is invalid. */
export async function groundOf(context: ChooseContext, uri: string): Promise<Ground> {
  const path = toPath(uri);
  const workspace = await nearestWorkspace(dirname(path), context.folders, context.read, context.trusted);
  const folder = workspace?.folder ?? dirname(path);
  const root = workspaceFolderOf(path, context.folders) ?? folder;
  return { folder, workspace, policy: { trusted: context.trusted, root } };
}

/** Checks of a file; null when there is no such file. */
export async function checksIn(context: ChooseContext, uri: string): Promise<CheckList | null> {
  const path = toPath(uri);
  const text = await context.read(path);
  return text === null ? null : checkList(basename(path), text, await modelNames(context, path));
}

/** Null where there is no workspace file, or a broken one: that is reported where it is. */
async function modelNames(context: ChooseContext, path: string): Promise<readonly string[] | null> {
  if (basename(path) === WORKSPACE_FILE) return null;
  const workspace = await nearestWorkspace(dirname(path), context.folders, context.read, context.trusted).catch(
    () => null,
  );
  return workspace === null ? null : Object.keys(workspace.file.models ?? {});
}
