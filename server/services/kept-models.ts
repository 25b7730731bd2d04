/**
 * Model files as they were when a survey read them, kept by their content: what a rewritten model changed can be
 * explained with both. Bounded by bytes; the least recently used go first.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { fingerprint } from './state';
import type { LoadedModel } from './load';

export interface KeptModels {
  /** Copies the files of a model, unless they are kept, too large, or rewritten meanwhile. Never throws. */
  keep(model: Pick<LoadedModel, 'source' | 'state' | 'summary'>): Promise<void>;
  /** Path of a kept model file. @param hash Of its content, or the first twelve digits and more. */
  find(hash: string): string | null;
}

export interface KeptModelsOptions {
  /** Absolute path; made when something is kept. */
  readonly folder: string;
  readonly log: (message: string) => void;
  /** Bytes of one model's files, at most. */
  readonly most?: number;
  /** Bytes of all kept models. */
  readonly total?: number;
}

/** What of a hash stands in a name: `mail@3f9ac0d1e2b4`. */
export const shortHash = 12;
/** Says which of the files is the model's own. */
const entryFile = 'entry.json';

export function createKeptModels({
  folder,
  log,
  most = 512 * 2 ** 20,
  total = 2 * 2 ** 30,
}: KeptModelsOptions): KeptModels {
  const copy = async ({ source, state, summary }: Parameters<KeptModels['keep']>[0]): Promise<void> => {
    const place = join(folder, summary.hash);
    if (existsSync(place)) {
      const now = new Date();
      await utimes(place, now, now);
      return;
    }
    const files = [source.path, ...summary.dataFiles];
    const names = files.map((file) => relative(dirname(source.path), file));
    if (names.some((name) => name.startsWith('..') || isAbsolute(name))) return;
    const before = await Promise.all(files.map(fingerprint));
    const size = await sizeOf(files);
    if (size > most) {
      log(`${source.path} is not kept for comparisons: ${megabytes(size)} are more than ${megabytes(most)}`);
      return;
    }
    const draft = `${place}.${process.pid}.draft`;
    try {
      for (const [index, name] of names.entries()) {
        await mkdir(dirname(join(draft, name)), { recursive: true });
        await copyFile(files[index] ?? '', join(draft, name));
      }
      await writeFile(join(draft, entryFile), JSON.stringify({ file: basename(source.path) }));
      const after = await Promise.all(files.map(fingerprint));
      // Rewritten since it was read: the copy is of another content than the hash.
      if (after.join() !== before.join() || !state.startsWith(before[0] ?? '')) return;
      await rename(draft, place);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    await dropOldest(folder, total);
  };

  return {
    async keep(model) {
      try {
        await copy(model);
      } catch (error) {
        log(`a model is not kept for comparisons: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    find(hash) {
      if (!/^[0-9a-f]{12,64}$/.test(hash) || !existsSync(folder)) return null;
      const found = readdirSync(folder).find((name) => name.startsWith(hash) && /^[0-9a-f]{64}$/.test(name));
      if (found === undefined) return null;
      const { file } = JSON.parse(readFileSync(join(folder, found, entryFile), 'utf8')) as { readonly file: string };
      const path = join(folder, found, basename(file));
      return existsSync(path) ? path : null;
    },
  };
}

async function dropOldest(folder: string, total: number): Promise<void> {
  const kept = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const place = join(folder, name);
      const files = await readdir(place, { recursive: true, withFileTypes: true });
      const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
      return { place, at: (await stat(place)).mtimeMs, size: await sizeOf(paths) };
    }),
  );
  let size = 0;
  for (const { place, size: own } of kept.sort((a, b) => b.at - a.at)) {
    size += own;
    if (size > total) await rm(place, { recursive: true, force: true });
  }
}

async function sizeOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function megabytes(size: number): string {
  return `${Math.ceil(size / 2 ** 20)} MiB`;
}
