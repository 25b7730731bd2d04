/** UTF-8 bytes to text, strictly. */
import { isUtf8 } from 'node:buffer';
import { UserError } from '../errors';
import type { Bytes } from './types';
import { fileName } from './uri';

/** Longest record that is decoded, bytes: nobody reads more in a panel, and strings have an end. */
export const LONGEST_RECORD = 2 ** 26;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Text of `bytes[start, end)`.
 * @throws UserError `invalid-utf8` with the byte offset in the file; `record-too-large`.
 */
export function decode(bytes: Bytes, start: number, end: number, uri: string, where: string): string {
  if (end - start > LONGEST_RECORD)
    throw new UserError('record-too-large', `this record has ${Math.ceil((end - start) / 2 ** 20)} MiB`, {
      where,
      next: `records of up to ${LONGEST_RECORD / 2 ** 20} MiB can be explained; is a quote missing?`,
      uri,
    });
  const piece = bytes.subarray(start, end);
  if (isUtf8(piece)) return decoder.decode(piece);
  const at = start + firstInvalid(piece);
  throw new UserError('invalid-utf8', `${fileName(uri)} is not valid UTF-8 at byte ${at}`, {
    where,
    next: 'save the file with encoding UTF-8',
    uri,
  });
}

/** Offset of the first byte that begins no character: the longest valid prefix, found by halving. */
function firstInvalid(piece: Uint8Array): number {
  let good = 0;
  let bad = piece.length;
  while (bad - good > 1) {
    const middle = boundary(piece, (good + bad) >>> 1, good);
    if (middle === good) break;
    if (isUtf8(piece.subarray(good, middle))) good = middle;
    else bad = middle;
  }
  // At most a few bytes remain: try characters of one to four bytes, one after another.
  while (good < piece.length) {
    const size = [1, 2, 3, 4].find((length) => isUtf8(piece.subarray(good, good + length)));
    if (size === undefined) return good;
    good += size;
  }
  return good;
}

/** Last place at or before `at` where a character begins. */
function boundary(piece: Uint8Array, at: number, least: number): number {
  let place = at;
  while (place > least && ((piece[place] as number) & 0xc0) === 0x80) place--;
  return place;
}
