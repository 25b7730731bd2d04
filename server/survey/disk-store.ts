/**
 * Predictions on disk: a folder per model entry, in it append-only files `<hash of the model>.<scope><writer>.arrows`.
 * Every process writes files of its own and reads all, so that two of them on one workspace do not disturb each other.
 * `compact` puts the files of one scope together; `housekeeping.ts` removes what nobody uses.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors';
import { messagesOf, sealed } from './blocks';
import { claim } from './claims';
import { filesOf, makeRoom, MODEL_FILE } from './housekeeping';
import { createPredictions, state } from './predictions';
import { breathing } from './slices';
import { copyRow, copyRows, growing } from './store';
import type { FileHandle } from 'node:fs/promises';
import type { Predictions } from './predictions';
import type { Breathe } from './slices';
import type { Origin, Recorder, Store, StoredVersion } from './store';

export interface DiskStoreOptions {
  /** Absolute path; it is made on the first write. */
  readonly folder: string;
  /** Bytes that all files together may take: the oldest are removed for new ones. 2 GiB. */
  readonly most?: number;
  readonly log?: (message: string) => void;
  /** Makes a file for appending; for tests of disks that fail. */
  readonly create?: (path: string) => Promise<Pick<FileHandle, 'appendFile' | 'close'>>;
}

/** Rows of one block, and milliseconds after which fewer are written too. */
const BLOCK = 4096;
const PAUSE = 1000;
const MOST_BYTES = 2 * 2 ** 30;
/** More files of one scope, or this many times the bytes that its rows need, are put together. */
const MOST_FILES = 16;
const WASTE = 2;
/** Another process may be writing to a file that was written to within this time, ms. */
const BUSY = 10 * 60_000;

export function diskStore({ folder, most = MOST_BYTES, log, create = createFile }: DiskStoreOptions): Store {
  /** Files this process wrote, and those of them that are closed. */
  const written = new Set<string>();
  const finished = new Set<string>();
  const write = (entry: string, hash: string, origin: Origin | undefined, suffix = ''): Writer => {
    const path = join(folder, entry, `${hash}.${origin?.scope ?? ''}${randomBytes(6).toString('hex')}.arrows${suffix}`);
    written.add(path);
    return writer(path, create, async () => {
      await mkdir(join(folder, entry), { recursive: true });
      if (origin !== undefined) await writeFile(join(folder, entry, MODEL_FILE), origin.model);
      await makeRoom(folder, most, path);
    });
  };

  return {
    async versions(entry) {
      const latest = new Map<string, number>();
      for (const { hash, at } of await filesOf(join(folder, entry)))
        latest.set(hash, Math.max(at, latest.get(hash) ?? 0));
      return [...latest].map(([hash, at]): StoredVersion => ({ hash, at })).sort((a, b) => b.at - a.at);
    },
    async load(entry, hash, classes) {
      const files = (await filesOf(join(folder, entry))).filter((file) => file.hash === hash);
      const breathe = breathing();
      const parts: Predictions[] = [];
      // The oldest first: where a sample is there twice the latest counts.
      for (const { path, at } of files.toSorted((a, b) => a.at - b.at)) {
        const before = parts.length;
        await readBlocks(path, classes, parts, breathe, log);
        // Used: it is not the one to go first any more. When it was written stays.
        if (parts.length > before) await utimes(path, new Date(), new Date(at)).catch(() => undefined);
      }
      return joined(parts, classes, breathe);
    },
    record(entry, hash, classes, origin) {
      const file = write(entry, hash, origin);
      return recorder(classes, file, () => finished.add(file.path));
    },
    async pass(entry, hash, { scope }) {
      const began = Date.now();
      const claimed = await claim(join(folder, entry, `${hash}.${scope}.claim`));
      return {
        ...claimed,
        news: async () =>
          (await filesOf(join(folder, entry))).some(
            (file) => file.hash === hash && file.scope === scope && file.at >= began && !written.has(file.path),
          ),
      };
    },
    async compact(entry, hash, origin, rows) {
      const own = (await filesOf(join(folder, entry))).filter(
        ({ path, at, scope, ...file }) =>
          file.hash === hash && scope === origin.scope && (finished.has(path) || Date.now() - at > BUSY),
      );
      const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
      if (own.length <= MOST_FILES && bytes <= WASTE * bytesOf(rows)) return;
      const file = write(entry, hash, origin, '.new');
      const whole = file.path.slice(0, -'.new'.length);
      await writeAll(rows, file);
      if (file.problem() !== null || !file.begun()) {
        await rm(file.path, { force: true }).catch(() => undefined);
        return;
      }
      await rename(file.path, whole);
      written.add(whole);
      finished.add(whole);
      // One that is open elsewhere cannot be removed everywhere: it goes with the next.
      for (const { path } of own) await rm(path, { force: true }).catch(() => undefined);
      log?.(`${own.length} files of predictions, ${bytes} bytes, were put together`);
    },
  };
}

/** What a file of these rows takes, generously. */
function bytesOf({ length, width }: Predictions): number {
  return 2 ** 16 + length * (32 + 6 * width);
}

async function readBlocks(
  path: string,
  classes: number,
  into: Predictions[],
  breathe: Breathe,
  log: DiskStoreOptions['log'],
): Promise<void> {
  try {
    const { fromStream } = await import('./arrow');
    let schema: Uint8Array | null = null;
    let dropped = 0;
    for (const message of messagesOf(await readFile(path))) {
      await breathe();
      if (message === null) dropped += 1;
      else if (schema === null) schema = message;
      else {
        const block = fromStream(Buffer.concat([schema, message]), classes);
        if (block === null) return;
        into.push(block);
      }
    }
    if (dropped > 0) log?.(`${path}: a block was not whole and is predicted again`);
  } catch (error) {
    log?.(`${path} is not used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function joined(parts: readonly Predictions[], classes: number, breathe: Breathe): Promise<Predictions | null> {
  if (parts.length === 0) return null;
  const all = createPredictions(
    parts.reduce((sum, { length }) => sum + length, 0),
    classes,
  );
  let at = 0;
  for (const part of parts) {
    await breathe();
    copyRows(part, part.length, all, at);
    at += part.length;
  }
  return all;
}

/** Opened once: a file that another process removes meanwhile is not made anew without its schema. */
function createFile(path: string): Promise<FileHandle> {
  return open(path, 'ax');
}

interface Writer {
  readonly path: string;
  write(block: Predictions): Promise<void>;
  close(): Promise<void>;
  begun(): boolean;
  problem(): UserError | null;
}

/** Blocks one after another into a new file; after the first problem none. @param prepare Makes the folder, and room in it. */
function writer(path: string, create: NonNullable<DiskStoreOptions['create']>, prepare: () => Promise<void>): Writer {
  let file: Awaited<ReturnType<typeof create>> | null = null;
  let problem: UserError | null = null;
  let begun = false;
  return {
    path,
    async write(block) {
      if (problem !== null) return;
      try {
        if (file === null) await prepare();
        file ??= await create(path);
        const { toBatch, toStream } = await import('./arrow');
        const { schema, batch } = sealed(toStream(toBatch(block)));
        await file.appendFile(begun ? batch : Buffer.concat([schema, batch]));
        begun = true;
      } catch (cause) {
        problem = writeProblem(path, cause);
        // A file without its schema, or with half a block, is of no use to anyone.
        if (!begun) await rm(path, { force: true }).catch(() => undefined);
      }
    },
    async close() {
      await file?.close().catch((cause: unknown) => (problem ??= writeProblem(path, cause)));
      file = null;
    },
    begun: () => begun,
    problem: () => problem,
  };
}

/** Collects rows and writes blocks in the background. */
function recorder(classes: number, file: Writer, ended: () => void): Recorder {
  const rows = growing(classes, BLOCK);
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (rows.length === 0) return;
    const block = rows.rows();
    rows.clear();
    writing = writing.then(() => file.write(block));
  };
  return {
    append(from, at) {
      if (file.problem() !== null) return;
      rows.append(from, at);
      if (rows.length >= BLOCK) flush();
      else timer ??= setTimeout(flush, PAUSE);
    },
    async close() {
      flush();
      await writing;
      await file.close();
      ended();
    },
    problem: () => file.problem(),
  };
}

/** Every predicted row, in blocks. */
async function writeAll(rows: Predictions, file: Writer): Promise<void> {
  const breathe = breathing();
  const block = createPredictions(BLOCK, rows.classes);
  let count = 0;
  const flush = async (): Promise<void> => {
    const full = createPredictions(count, rows.classes);
    copyRows(block, count, full, 0);
    count = 0;
    await file.write(full);
  };
  for (let at = 0; at < rows.length; at += 1) {
    if (rows.state[at] === state.predicted) copyRow(rows, at, block, count++);
    if (count === BLOCK) await flush();
    if (at % 1024 === 0) await breathe();
  }
  if (count > 0) await flush();
  await file.close();
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
