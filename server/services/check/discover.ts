/** Files that declare checks, in the workspace folders. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isCheckFile } from './ground';

const MOST_FOLDERS = 5000;
const MOST_DEPTH = 8;
const skipped = new Set(['node_modules', '__pycache__', 'site-packages', 'venv', 'env', 'dist', 'out', 'build']);

/** Absolute paths below `folder`, upper folders first; hidden folders and those of packages and builds are left out. */
export async function discoverCheckFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const queue: { readonly path: string; readonly depth: number }[] = [{ path: folder, depth: 0 }];
  for (let visited = 0; visited < queue.length && visited < MOST_FOLDERS; visited++) {
    const { path, depth } = queue[visited] as (typeof queue)[number];
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    entries.sort((a, b) => a.name.localeCompare(b.name));
    for (const entry of entries) {
      if (entry.isFile() && isCheckFile(entry.name)) found.push(join(path, entry.name));
      if (entry.isDirectory() && depth < MOST_DEPTH && !entry.name.startsWith('.') && !skipped.has(entry.name))
        queue.push({ path: join(path, entry.name), depth: depth + 1 });
    }
  }
  return found;
}
