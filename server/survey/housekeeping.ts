/** Files of the store on disk: what there is, and what goes when room is needed or nobody will ask for it again. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Beside the files of an entry: the path of its model. */
export const MODEL_FILE = 'model';
/** Milliseconds after which predictions of a model that is gone are removed: a drive may only be away. */
const MODEL_GONE = 30 * 24 * 3_600_000;

export interface StoredFile {
  readonly path: string;
  /** SHA-256 (hex) of the model's files. */
  readonly hash: string;
  /** `Origin.scope`; '' for none. */
  readonly scope: string;
  /** When it was written to, and when it was written to or read, ms since 1970. */
  readonly at: number;
  readonly used: number;
  readonly bytes: number;
}

/** Files of predictions in the folder of one entry. */
export async function filesOf(folder: string): Promise<readonly StoredFile[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name): Promise<StoredFile | null> => {
      const [, hash, scope = ''] = /^([0-9a-zA-Z_-]+)\.([0-9a-f]{16})?[0-9a-f]+\.arrows(?:\.new)?$/.exec(name) ?? [];
      const path = join(folder, name);
      const info = hash === undefined ? null : await stat(path).catch(() => null);
      if (hash === undefined || info === null) return null;
      return { path, hash, scope, at: info.mtimeMs, used: Math.max(info.mtimeMs, info.atimeMs), bytes: info.size };
    }),
  );
  return found.filter((file) => file !== null);
}

/**
 * Removes what was recorded of models that are gone, then the files that were not used for longest, until all together
 * take no more than `most` bytes.
 * @param except A file that is about to be written.
 */
export async function makeRoom(folder: string, most: number, except: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: StoredFile[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const own = (await filesOf(join(folder, entry.name))).filter(({ path }) => path !== except);
    const inUse =
      join(folder, entry.name) === dirname(except) || own.some(({ used }) => Date.now() - used < MODEL_GONE);
    if (inUse || !(await isGone(join(folder, entry.name)))) files.push(...own);
    else await rm(join(folder, entry.name), { recursive: true, force: true }).catch(() => undefined);
  }
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of files.sort((a, b) => a.used - b.used)) {
    if (bytes <= most) return;
    // One that another process has open cannot be removed everywhere: the next time.
    await rm(file.path, { force: true }).catch(() => undefined);
    bytes -= file.bytes;
  }
}

/** False where it is not known which model it was. */
async function isGone(folder: string): Promise<boolean> {
  const model = await readFile(join(folder, MODEL_FILE), 'utf8').catch(() => null);
  return model !== null && (await stat(model).catch(() => null)) === null;
}
