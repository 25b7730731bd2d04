/** SHA-256 of a model's files, in pieces. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** Hash of the contents of all files, in the order given. */
export function hashFiles(paths: readonly string[]): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(1 << 20);
  for (const path of paths) {
    const file = openSync(path, 'r');
    try {
      for (;;) {
        const count = readSync(file, chunk, 0, chunk.length, null);
        if (count === 0) break;
        hash.update(chunk.subarray(0, count));
      }
    } finally {
      closeSync(file);
    }
  }
  return hash.digest('hex');
}
