/**
 * Predictions on disk: a folder per model entry, in it append-only files `<hash of the model>.<writer>.arrows`. Every
 * process writes files of its own and reads all, so that two of them on one workspace do not disturb each other.
 */
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors';
import { wholeMessages, sealed } from './blocks';
import { createPredictions } from './predictions';
import { growing, copyRow } from './store';
import type { Predictions } from './predictions';
import type { Recorder, Store, StoredVersion } from './store';

export interface DiskStoreOptions {
  /** Absolute path; it is made on the first write. */
  readonly folder: string;
  /** Bytes that all files together may take: the oldest are removed for new ones. 2 GiB. */
  readonly most?: number;
  readonly log?: (message: string) => void;
}

/** Rows of one block, and milliseconds after which fewer are written too. */
const BLOCK = 4096;
const PAUSE = 1000;
const MOST_BYTES = 2 * 2 ** 30;

export function diskStore({ folder, most = MOST_BYTES, log }: DiskStoreOptions): Store {
  const filesOf = async (entry: string): Promise<readonly StoredFile[]> => {
    const names = await readdir(join(folder, entry)).catch(() => []);
    const found = names.flatMap((name) => {
      const hash = /^([0-9a-zA-Z_-]+)\.[0-9a-f]+\.arrows$/.exec(name)?.[1];
      return hash === undefined ? [] : [{ hash, path: join(folder, entry, name) }];
    });
    const stats = await Promise.all(
      found.map(async (file) => ({ ...file, info: await stat(file.path).catch(() => null) })),
    );
    return stats.flatMap(({ info, ...file }) =>
      info === null ? [] : [{ ...file, at: info.mtimeMs, bytes: info.size }],
    );
  };

  return {
    async versions(entry) {
      const latest = new Map<string, number>();
      for (const { hash, at } of await filesOf(entry)) latest.set(hash, Math.max(at, latest.get(hash) ?? 0));
      return [...latest].map(([hash, at]): StoredVersion => ({ hash, at })).sort((a, b) => b.at - a.at);
    },
    async load(entry, hash, classes) {
      const files = (await filesOf(entry)).filter((file) => file.hash === hash);
      const parts: Predictions[] = [];
      // The oldest first: where a sample is there twice the latest counts.
      for (const { path } of files.toSorted((a, b) => a.at - b.at)) {
        const part = await readPart(path, classes, log);
        if (part === null) continue;
        parts.push(part);
        // Used: it is not the oldest any more.
        await utimes(path, new Date(), new Date()).catch(() => undefined);
      }
      return joined(parts, classes);
    },
    record(entry, hash, classes) {
      const path = join(folder, entry, `${hash}.${randomBytes(6).toString('hex')}.arrows`);
      return recorder(path, classes, async () => {
        await mkdir(join(folder, entry), { recursive: true });
        await makeRoom(folder, most, path);
      });
    },
  };
}

interface StoredFile {
  readonly hash: string;
  readonly path: string;
  readonly at: number;
  readonly bytes: number;
}

async function readPart(path: string, classes: number, log: DiskStoreOptions['log']): Promise<Predictions | null> {
  try {
    const whole = wholeMessages(await readFile(path));
    if (whole === null) return null;
    if (whole.dropped > 0) log?.(`${path}: a block was not whole and is predicted again`);
    const { fromStream } = await import('./arrow');
    return fromStream(whole.stream, classes);
  } catch (error) {
    log?.(`${path} is not used: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function joined(parts: readonly Predictions[], classes: number): Predictions | null {
  const [first] = parts;
  if (parts.length <= 1) return first ?? null;
  const all = createPredictions(
    parts.reduce((sum, { length }) => sum + length, 0),
    classes,
  );
  let at = 0;
  for (const part of parts) for (let row = 0; row < part.length; row += 1) copyRow(part, row, all, at++);
  return all;
}

/** Appends blocks in the background. @param prepare Makes the folder, and room in it. */
function recorder(path: string, classes: number, prepare: () => Promise<void>): Recorder {
  const rows = growing(classes, BLOCK);
  let writing: Promise<void> = Promise.resolve();
  let problem: UserError | null = null;
  let begun = false;
  let timer: NodeJS.Timeout | null = null;

  const write = async (block: Predictions): Promise<void> => {
    if (problem !== null) return;
    try {
      if (!begun) await prepare();
      const { toBatch, toStream } = await import('./arrow');
      const { schema, batch } = sealed(toStream(toBatch(block)));
      await appendFile(path, begun ? batch : Buffer.concat([schema, batch]));
      begun = true;
    } catch (cause) {
      problem = writeProblem(path, cause);
      // A file without its schema, or with half a block, is of no use to anyone.
      if (!begun) await rm(path, { force: true }).catch(() => undefined);
    }
  };
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (rows.length === 0) return;
    const block = rows.rows();
    rows.clear();
    writing = writing.then(() => write(block));
  };
  return {
    append(from, at) {
      if (problem !== null) return;
      rows.append(from, at);
      if (rows.length >= BLOCK) flush();
      else timer ??= setTimeout(flush, PAUSE);
    },
    async close() {
      flush();
      await writing;
    },
    problem: () => problem,
  };
}

function writeProblem(path: string, cause: unknown): UserError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new UserError(
    full ? 'cache-full' : 'cache-not-written',
    full ? 'The disk is full: predictions are not kept' : 'Predictions cannot be kept on disk',
    {
      where: code === '' ? path : `${path} (${code})`,
      next: full ? 'make room and start the survey again' : 'check the permissions of the folder',
      cause,
    },
  );
}

/** Removes files that were not used for longest, so that new ones find room. */
async function makeRoom(folder: string, most: number, except: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: { readonly path: string; readonly at: number; readonly bytes: number }[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    for (const name of await readdir(join(folder, entry.name)).catch(() => [])) {
      const path = join(folder, entry.name, name);
      const info = await stat(path).catch(() => null);
      if (info !== null && path !== except) files.push({ path, at: info.mtimeMs, bytes: info.size });
    }
  }
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of files.sort((a, b) => a.at - b.at)) {
    if (bytes <= most) return;
    // One that another process has open cannot be removed everywhere: the next time.
    await rm(file.path, { force: true }).catch(() => undefined);
    bytes -= file.bytes;
  }
}
