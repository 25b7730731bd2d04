/** Bytes of a model: a file read piece by piece, so that weights are not loaded to look at a graph, or a buffer. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../../errors';

export interface ByteSource {
  readonly size: number;
  /** File the bytes lie in; undefined for a buffer. */
  readonly path: string | undefined;
  /** Bytes [offset, offset + length); the view stays valid. */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

const WINDOW = 1 << 16;

export function bufferSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    path: undefined,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => undefined,
  };
}

/** Opens a file; small reads are served from a window of 64 KiB. The caller closes it. */
export function fileSource(path: string): ByteSource {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  let window: Uint8Array = new Uint8Array(0);
  let start = 0;
  const load = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = readSync(file, bytes, done, length - done, offset + done);
      if (count === 0) throw changed(path);
      done += count;
    }
    return bytes;
  };
  return {
    size,
    path,
    read: (offset, length) => {
      if (offset >= start && offset + length <= start + window.length) {
        return window.subarray(offset - start, offset - start + length);
      }
      if (length > WINDOW) return load(offset, length);
      window = load(offset, Math.min(WINDOW, size - offset));
      start = offset;
      return window.subarray(0, length);
    },
    close: () => closeSync(file),
  };
}

function changed(path: string): UserError {
  return new UserError('model-changed', 'The model file became shorter while it was read.', {
    where: path,
    next: 'Wait until the file is written, then try again.',
  });
}

/** Reads part of a file that is no longer open. */
export function readRange(path: string, offset: number, length: number): Uint8Array {
  const source = fileSource(path);
  try {
    if (offset + length > source.size) throw changed(path);
    return source.read(offset, length);
  } finally {
    source.close();
  }
}
