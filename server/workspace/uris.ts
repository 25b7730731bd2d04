/** `file:` URIs and paths. Editors write one file's URI in several ways; paths are what is compared. */
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserError } from '../errors';

export function isFileUri(uri: string): boolean {
  return uri.startsWith('file:');
}

/** Absolute path of a `file:` URI. */
export function toPath(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw new UserError('not-a-file', 'This address is not a file on this machine.', {
      where: uri,
      next: 'Save it to a folder first.',
      cause,
    });
  }
}

export function toUri(path: string): string {
  return pathToFileURL(path).href;
}

/** True when `path` is `folder` or lies in it; no symbolic link is followed. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** `path` seen from `folder`, with forward slashes. */
export function relativeSlashes(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}
