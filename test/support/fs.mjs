// Node 20 has no fs.globSync.
export { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { readdirSync, existsSync } from 'node:fs';

/** Files below `folder` whose name ends with `ending`, sorted. */
export function globSync(folder, ending) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => `${folder}/${name}`.replaceAll('\\', '/'))
    .filter((name) => name.endsWith(ending))
    .sort();
}
