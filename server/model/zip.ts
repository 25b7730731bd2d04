/** ZIP archives with bounds: what they claim is checked before anything is unpacked, and their checksums after it. */
import { crc32 } from 'node:zlib';
import { unzipSync } from 'fflate';
import { UserError } from '../errors';

/** Together, whatever the archive's size. */
const LARGEST = 2 ** 31 - 2 ** 20;
/** Weights hardly shrink: more than this many times their packed size is a bomb. */
const MOST_EXPANDED = 100;
const MOST_FILES = 10_000;
/** Signatures and the value that stands for “elsewhere”, of the ZIP format. */
const DIRECTORY_END = 0x0605_4b50;
const DIRECTORY_ENTRY = 0x0201_4b50;
const UNSAID = 0xffff_ffff;
/** What may follow the end of the directory. */
const LONGEST_COMMENT = 0xffff;

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
  const taken = new Map<string, number | undefined>();
  try {
    const sums = checksums(bytes);
    const files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        seen += 1;
        if (seen > MOST_FILES) throw bomb(path, `it has more than ${MOST_FILES} files`);
        if (!wanted(name)) return false;
        if (taken.has(name)) throw bomb(path, `${name} is in it twice`);
        taken.set(name, sums[seen - 1]);
        total += originalSize;
        if (total > LARGEST || originalSize > Math.max(size, 1 << 16) * MOST_EXPANDED || size > bytes.length)
          throw bomb(path, `${name} claims ${originalSize} bytes, packed in ${Math.min(size, bytes.length)}`);
        return true;
      },
    });
    for (const [name, content] of Object.entries(files))
      if (crc32(content) !== taken.get(name)) throw damaged(path, name);
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

/**
 * CRC-32 of each file, in the order of the archive's directory. The unpacker does not look at them, and a weight with
 * another bit is a model like any other.
 */
function checksums(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (at: number): number => view.getUint32(at, true);
  let end = bytes.length - 22;
  const least = end - LONGEST_COMMENT;
  while (read(end) !== DIRECTORY_END) if ((end -= 1) < least) throw new RangeError('there is no directory');
  // A long archive says where its directory is in a record of its own.
  const long = read(end + 16) === UNSAID ? read(end - 12) : null;
  const [count, start] =
    long === null ? [view.getUint16(end + 8, true), read(end + 16)] : [read(long + 32), read(long + 48)];
  const sums: number[] = [];
  for (let at = start; sums.length < count;) {
    if (read(at) !== DIRECTORY_ENTRY) throw new RangeError('the directory ends early');
    sums.push(read(at + 16));
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return sums;
}

function damaged(path: string, name: string): UserError {
  return new UserError('model-invalid', `${name} in the archive is damaged: its checksum is another one.`, {
    where: path,
    next: 'Copy or save the model again.',
  });
}

function bomb(path: string, what: string): UserError {
  return new UserError('model-too-large', `The archive is not one that Keras writes: ${what}.`, {
    where: path,
    next: 'Use a file from a source you trust.',
  });
}
