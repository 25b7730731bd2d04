/** The service behind `shortcuts`: what is flagged in a dataset, and the workspace file with other flags. */
import { dirname, join } from 'node:path';
import { UserError } from '../errors';
import { WORKSPACE_FILE, nearestWorkspace, workspaceFolderOf } from '../workspace/locate';
import { commonGlob, globFor, shortcutsOf, withShortcuts } from '../workspace/shortcuts';
import { relativeSlashes, toPath, toUri } from '../workspace/uris';
import type { ShortcutsRequest, ShortcutsResponse } from '../protocol';
import type { ChooseContext } from './choose';

/** @throws UserError `no-samples`, and what is wrong with the workspace file. */
export async function shortcuts(
  context: ChooseContext,
  { uris, flagged }: ShortcutsRequest,
): Promise<ShortcutsResponse> {
  const paths = uris.map(toPath);
  const [first] = paths;
  if (first === undefined) throw new UserError('no-samples', 'No file of a dataset is named.');
  const workspace = await nearestWorkspace(dirname(first), context.folders, context.read, context.trusted);
  const folder = workspace?.folder ?? workspaceFolderOf(first, context.folders) ?? dirname(first);
  const features = workspace === null ? [] : shortcutsOf(workspace, paths);
  const glob = globFor(workspace, folder, paths);
  const uri = workspace?.uri ?? toUri(join(folder, WORKSPACE_FILE));
  const seen = paths.map((path) => relativeSlashes(folder, path));
  const answer = { features, uri, folder: toUri(folder), glob, exact: commonGlob(seen) };
  if (flagged === undefined) return { ...answer, text: null };
  if (same(flagged, features)) return { ...answer, text: null };
  const existing = await context.read(join(folder, WORKSPACE_FILE));
  return { ...answer, features: flagged, text: withShortcuts(uri, existing, seen, glob, flagged) };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
