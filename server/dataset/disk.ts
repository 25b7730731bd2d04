/** Files from the disk, read once while they do not change. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LRUCache } from 'lru-cache';
import { UserError } from '../errors';
import { nearestNames } from './nearest';
import type { FileContent, Files } from './types';
import { fileName, filePath } from './uri';

export interface DiskOptions {
  /** Largest file that is read, bytes; default 1 GiB. */
  readonly largest?: number;
  /** Bytes kept in memory for the next request; default 256 MiB. */
  readonly cache?: number;
}

/** `file:` URIs; every failure is a UserError that names the file and a next step. */
export function diskFiles(options: DiskOptions = {}): Files {
  const largest = options.largest ?? 2 ** 30;
  const kept = new LRUCache<string, { readonly stamp: string; readonly content: FileContent }>({
    maxSize: options.cache ?? 2 ** 28,
    sizeCalculation: (entry) => entry.content.bytes.length + 1,
  });
  return {
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
      const stamp = `${info.mtimeMs}:${info.size}:${info.ino}`;
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
