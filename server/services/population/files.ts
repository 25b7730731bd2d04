/** Files that a dataset entry of a workspace file means. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import picomatch from 'picomatch';
import { UserError } from '../../errors';
import { relativeSlashes } from '../../workspace/uris';
import { followPath, pathProblem } from '../../workspace/paths';
import type { PathPolicy } from '../../workspace/paths';

const MOST_DEPTH = 32;
/** More samples than any result here is made from. */
export const MOST_FILES = 200_000;

/**
 * @param glob As written in the workspace file (or typed), relative to `folder`.
 * @returns Absolute paths of ordinary files, in the order of their names; at most `MOST_FILES`. Links are followed to
 *   files only, and in an untrusted workspace not at all.
 * @throws UserError `dataset-not-found`, `path-outside-workspace`.
 */
export async function filesOf(glob: string, folder: string, policy: PathPolicy): Promise<readonly string[]> {
  const pattern = glob.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  // What stands before the first wildcard is a folder, anywhere: also above this one, or absolute.
  const { base, glob: rest } = picomatch.scan(pattern);
  const followed = followPath(base, folder, policy);
  const problem = pathProblem(base === '' ? '.' : base, followed);
  if (problem !== null)
    throw new UserError(problem.code === 'file-not-found' ? 'dataset-not-found' : problem.code, problem.message, {
      where: glob,
      next: problem.next,
    });
  const root = followed.path;
  if ((await stat(root)).isFile()) return [root];
  const matches = rest === '' ? () => false : picomatch(rest, { dot: true });
  const found: string[] = [];
  await walk(root, 0, policy, (path) => {
    if (matches(relativeSlashes(root, path))) found.push(path);
    return found.length < MOST_FILES;
  });
  if (found.length === 0)
    throw new UserError('dataset-not-found', `No file matches "${glob}".`, {
      where: basename(folder),
      next: 'Paths are relative to the workspace file; ** stands for any folders.',
    });
  return found;
}

/** Depth first, in the order of names. @param visit False ends the walk. */
async function walk(
  folder: string,
  depth: number,
  policy: PathPolicy,
  visit: (path: string) => boolean,
): Promise<boolean> {
  if (depth > MOST_DEPTH) return true;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name === 'node_modules' || entry.name === '.git') continue;
      if (!(await walk(path, depth + 1, policy, visit))) return false;
    } else if (entry.isFile() || (entry.isSymbolicLink() && (await linked(path, policy)))) {
      if (!visit(path)) return false;
    }
  }
  return true;
}

async function linked(path: string, policy: PathPolicy): Promise<boolean> {
  if (!policy.trusted) return false;
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}
