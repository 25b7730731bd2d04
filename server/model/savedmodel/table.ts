/** The index of a checkpoint: a LevelDB table of keys to protobufs, uncompressed or Snappy-free as TensorFlow writes it. */
import { UserError } from '../../errors';
import { maskedCrc32c } from './checksum';

const FOOTER = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

export function damagedTable(path: string): UserError {
  return new UserError('model-invalid', 'The index of the variables is damaged or cut off.', {
    where: path,
    next: 'Copy or save the model again.',
  });
}

interface Cursor {
  at: number;
}

function varint(bytes: Uint8Array, cursor: Cursor, path: string): number {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count += 1) {
    const byte = bytes[cursor.at];
    if (byte === undefined) throw damagedTable(path);
    cursor.at += 1;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  throw damagedTable(path);
}

/** Entries of one block; keys share their beginnings with the key before. */
function* entries(
  bytes: Uint8Array,
  offset: number,
  size: number,
  path: string,
): Generator<readonly [string, Uint8Array]> {
  if (offset < 0 || size < 4 || offset + size + 5 > bytes.length) throw damagedTable(path);
  if (bytes[offset + size] !== 0) throw damagedTable(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The sum behind a block holds for the block and the byte that says how it is packed.
  if (maskedCrc32c(bytes.subarray(offset, offset + size + 1)) !== view.getUint32(offset + size + 1, true))
    throw damagedTable(path);
  const restarts = view.getUint32(offset + size - 4, true);
  const end = offset + size - 4 - 4 * restarts;
  if (end < offset) throw damagedTable(path);
  const cursor: Cursor = { at: offset };
  let key = new Uint8Array(0);
  const decoder = new TextDecoder();
  while (cursor.at < end) {
    const shared = varint(bytes, cursor, path);
    const own = varint(bytes, cursor, path);
    const length = varint(bytes, cursor, path);
    if (shared > key.length || cursor.at + own + length > end) throw damagedTable(path);
    const next = new Uint8Array(shared + own);
    next.set(key.subarray(0, shared));
    next.set(bytes.subarray(cursor.at, cursor.at + own), shared);
    key = next;
    cursor.at += own + length;
    yield [decoder.decode(key), bytes.subarray(cursor.at - length, cursor.at)];
  }
}

/** All keys and values, in order. */
export function readTable(bytes: Uint8Array, path: string): ReadonlyMap<string, Uint8Array> {
  if (bytes.length < FOOTER || MAGIC.some((byte, at) => bytes[bytes.length - 8 + at] !== byte))
    throw damagedTable(path);
  const cursor: Cursor = { at: bytes.length - FOOTER };
  varint(bytes, cursor, path);
  varint(bytes, cursor, path);
  const offset = varint(bytes, cursor, path);
  const size = varint(bytes, cursor, path);
  const found = new Map<string, Uint8Array>();
  for (const [, handle] of entries(bytes, offset, size, path)) {
    const at: Cursor = { at: 0 };
    const block = varint(handle, at, path);
    for (const [key, value] of entries(bytes, block, varint(handle, at, path), path)) found.set(key, value);
  }
  return found;
}
