/** ZIP archives with bounds: what they claim is checked before anything is unpacked. */
import { unzipSync } from 'fflate';
import { UserError } from '../errors';

/** Together, whatever the archive's size. */
const LARGEST = 2 ** 31 - 2 ** 20;
/** Weights hardly shrink: more than this many times their packed size is a bomb. */
const MOST_EXPANDED = 100;
const MOST_FILES = 10_000;

/**
 * Files of an archive whose names are wanted.
 * @throws UserError for a damaged archive, and for one that would grow beyond bounds.
 */
export function unzipped(
  bytes: Uint8Array,
  path: string,
  wanted: (name: string) => boolean,
): ReadonlyMap<string, Uint8Array> {
  let seen = 0;
  let total = 0;
  const taken = new Set<string>();
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        seen += 1;
        if (seen > MOST_FILES) throw bomb(path, `it has more than ${MOST_FILES} files`);
        if (!wanted(name)) return false;
        if (taken.has(name)) throw bomb(path, `${name} is in it twice`);
        taken.add(name);
        total += originalSize;
        if (total > LARGEST || originalSize > Math.max(size, 1 << 16) * MOST_EXPANDED || size > bytes.length)
          throw bomb(path, `${name} claims ${originalSize} bytes, packed in ${Math.min(size, bytes.length)}`);
        return true;
      },
    });
    return new Map(Object.entries(files));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError('model-invalid', 'The file is no ZIP archive, or cut off.', {
      where: path,
      next: 'Copy or save the model again.',
      cause,
    });
  }
}

function bomb(path: string, what: string): UserError {
  return new UserError('model-too-large', `The archive is not one that Keras writes: ${what}.`, {
    where: path,
    next: 'Use a file from a source you trust.',
  });
}
