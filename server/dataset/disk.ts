/** Files from the disk, read once while they do not change. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LRUCache } from 'lru-cache';
import { UserError } from '../errors';
import { nearestNames } from './nearest';
import { pagedBytes, stampOf } from './paged';
import type { FileContent, Files, RecordFile } from './types';
import { extension, fileName, filePath } from './uri';

export interface DiskOptions {
  /** Largest file that is read, bytes; default 1 GiB. Records have no such limit. */
  readonly largest?: number;
  /** Largest file of records that is held in memory, bytes; default 64 MiB. */
  readonly held?: number;
  /** Bytes kept in memory for the next request; default 256 MiB. */
  readonly cache?: number;
}

/** Names of files whose records are read one by one. */
const byRecord = new Set(['.csv', '.tsv', '.tab', '.psv', '.json', '.jsonl', '.ndjson']);

/** `file:` URIs; every failure is a UserError that names the file and a next step. */
export function diskFiles(options: DiskOptions = {}): Files {
  const largest = options.largest ?? 2 ** 30;
  const held = options.held ?? 2 ** 26;
  const paged = new LRUCache<string, { readonly stamp: string; readonly file: RecordFile }>({ max: 32 });
  const kept = new LRUCache<string, { readonly stamp: string; readonly content: FileContent }>({
    maxSize: options.cache ?? 2 ** 28,
    sizeCalculation: (entry) => entry.content.bytes.length + 1,
  });
  return {
    async open(uri) {
      const path = filePath(uri);
      const info = byRecord.has(extension(uri)) ? await stat(path).catch(() => null) : null;
      // What is wrong with it is said by reading it.
      if (info === null || !info.isFile() || info.size <= held) return this.read(uri);
      const stamp = stampOf(info);
      const known = paged.get(path);
      if (known?.stamp === stamp) return known.file;
      const file = { bytes: pagedBytes(uri, path, info.size, stamp) };
      paged.set(path, { stamp, file });
      return file;
    },
    async read(uri) {
      const path = filePath(uri);
      const info = await stat(path).catch((cause: unknown) => explain(cause, uri, path));
      if (!info.isFile())
        throw new UserError(
          info.isDirectory() ? 'is-a-directory' : 'not-a-file',
          `${fileName(uri)} is ${info.isDirectory() ? 'a folder' : 'not an ordinary file'}`,
          { where: path, next: 'name a file in it', uri },
        );
      if (info.size > largest)
        throw new UserError('file-too-large', `${fileName(uri)} has ${megabytes(info.size)}`, {
          where: path,
          next: `split it into files of less than ${megabytes(largest)}`,
          uri,
        });
      const stamp = stampOf(info);
      const known = kept.get(path);
      if (known?.stamp === stamp) return known.content;
      const bytes = await readFile(path).catch((cause: unknown) => explain(cause, uri, path));
      const content = { bytes };
      kept.set(path, { stamp, content });
      return content;
    },
  };
}

async function explain(cause: unknown, uri: string, path: string): Promise<never> {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const beside = await readdir(dirname(path)).catch(() => null);
    const near = nearestNames(basename(path), beside ?? []);
    throw new UserError('file-not-found', `there is no file ${fileName(uri)}`, {
      where: path,
      next:
        near.length > 0
          ? `did you mean ${near.join(' or ')}?`
          : beside === null
            ? `the folder ${dirname(path)} does not exist either`
            : 'check the name',
      uri,
      cause,
    });
  }
  if (code === 'EACCES' || code === 'EPERM')
    throw new UserError('file-not-readable', `${fileName(uri)} may not be read`, {
      where: path,
      next: 'check its permissions',
      uri,
      cause,
    });
  throw new UserError('file-not-readable', `${fileName(uri)} cannot be read (${code ?? 'unknown reason'})`, {
    where: path,
    uri,
    cause,
  });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
