/** Names of files, for titles and messages, and one spelling of a URI for look-ups. */
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors';

/** Last part of a URI's path, as a person reads it: `reviews.csv`. */
export function fileName(uri: string): string {
  const path = uri.replace(/[?#].*$/, '').replace(/\/+$/, '');
  const last = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf(':')) + 1);
  return decoded(last === '' ? uri : last);
}

/** Extension in lower case with its dot, `''` when there is none. */
export function extension(uri: string): string {
  const name = fileName(uri);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot).toLowerCase() : '';
}

/** Path of a `file:` URI; rejects every other scheme. */
export function filePath(uri: string): string {
  if (!uri.startsWith('file:'))
    throw new UserError('not-on-disk', `${fileName(uri)} is not a file on disk`, {
      where: uri,
      next: 'open it in the editor or save it to a file',
      uri,
    });
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw new UserError('bad-uri', 'this is not the address of a file on this machine', { where: uri, uri, cause });
  }
}

/** Editors escape more of a URI than others do (`file:///c%3A/…`): one spelling for look-ups. */
export function canonicalUri(uri: string): string {
  return decoded(uri).replace(/^file:\/\/\/([A-Za-z]):/, (_, drive: string) => `file:///${drive.toLowerCase()}:`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
