/** Large files of records: never whole in memory, read by pieces where they lie. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../errors';
import { LONGEST_RECORD } from './decode';
import type { Extent, Mark, Scanner } from './scan';
import type { Bytes } from './types';
import { fileName } from './uri';

/** Bytes read at once. */
const PIECE = 2 ** 18;

/** What tells two states of a file apart. */
export function stampOf({ mtimeMs, size, ino }: { mtimeMs: number; size: number; ino: number }): string {
  return `${mtimeMs}:${size}:${ino}`;
}

/**
 * A file on disk as bytes; the piece that was read last is kept. It is opened anew for every piece: no descriptor is
 * left open, and a file that became another one is noticed.
 * @param stamp `stampOf` the file as it is now.
 * @throws UserError `file-changed` on reading, once the file is not as it was; `file-not-readable`.
 */
export function pagedBytes(uri: string, path: string, length: number, stamp: string): Bytes {
  let base = 0;
  let piece: Uint8Array = new Uint8Array(0);
  return {
    length,
    subarray(start, end) {
      if (start < base || end > base + piece.length) {
        const most = Math.min(length, Math.max(end, start + PIECE));
        [base, piece] = [start, readPiece(uri, path, start, most, stamp)];
      }
      return piece.subarray(start - base, end - base);
    },
  };
}

function readPiece(uri: string, path: string, start: number, end: number, stamp: string): Uint8Array<ArrayBuffer> {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    if (stampOf(fstatSync(file)) !== stamp) throw changed(uri, path);
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length;) {
      const count = readSync(file, bytes, done, bytes.length - done, start + done);
      if (count === 0) throw changed(uri, path);
      done += count;
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw new UserError('file-not-readable', `${fileName(uri)} cannot be read any more (${code})`, {
      where: path,
      next: 'start again once it is back',
      uri,
      cause,
    });
  } finally {
    if (file !== null) closeSync(file);
  }
}

function changed(uri: string, path: string): UserError {
  const next = 'start again: what did not change is not predicted again';
  return new UserError('file-changed', `${fileName(uri)} was changed while it was read`, { where: path, next, uri });
}

/**
 * A scanner over bytes that may be on disk: it is given a piece, and a longer one where the record goes on behind it.
 * @throws UserError `record-too-large`, and what reading the bytes throws.
 */
export function scannerOver(uri: string, bytes: Bytes, scan: Scanner): (from: Mark) => Extent | null {
  if (bytes instanceof Uint8Array) return (from) => scan(bytes, from);
  let base = 0;
  let piece: Uint8Array = new Uint8Array(0);
  const load = (from: number, size: number): void => {
    base = from;
    piece = bytes.subarray(from, Math.min(bytes.length, from + size));
  };
  return (from) => {
    if (from.byte < base || from.byte >= base + piece.length) load(from.byte, PIECE);
    for (let size = PIECE; ; size *= 4) {
      const found = scan(piece, { ...from, byte: from.byte - base });
      const atEnd = base + piece.length >= bytes.length;
      if (found === null ? atEnd : atEnd || found.next.byte < piece.length)
        return found === null ? null : moved(found, base);
      if (size > LONGEST_RECORD)
        throw new UserError('record-too-large', `this record has more than ${LONGEST_RECORD / 2 ** 20} MiB`, {
          where: `${fileName(uri)}:${from.line + 1}`,
          next: 'is a quote or a bracket missing?',
          uri,
        });
      load(from.byte, size);
    }
  };
}

function moved(extent: Extent, by: number): Extent {
  const { start, endByte, next } = extent;
  const there = (mark: Mark): Mark => ({ ...mark, byte: mark.byte + by });
  return { ...extent, start: there(start), endByte: endByte + by, next: there(next) };
}
