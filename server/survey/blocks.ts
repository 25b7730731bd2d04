/**
 * Arrow IPC streams with checksums: every message carries a trailer in the padding behind its metadata, which Arrow's
 * readers pass over. So a file that is only ever appended to survives a crash: what was not written whole is dropped,
 * and the rest is still an Arrow stream that any library opens.
 *
 * Message: `ff ff ff ff`, length of the metadata (int32), metadata with the trailer, body. Trailer (16 bytes): `MBCK`,
 * CRC-32 over metadata and body, length of the body (uint64). Numbers are little-endian.
 */
import { crc32 } from 'node:zlib';

const MARK = 0xffffffff;
const MAGIC = 0x4b43424d;
const HEAD = 8;
const TRAILER = 16;

/** Schema and batch of a stream of exactly these two messages, each with its trailer. */
export function sealed(stream: Uint8Array): { readonly schema: Uint8Array; readonly batch: Uint8Array } {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const schemaEnd = HEAD + view.getInt32(4, true);
  const end = stream.length - HEAD;
  if (
    view.getUint32(0, true) !== MARK ||
    view.getUint32(schemaEnd, true) !== MARK ||
    view.getInt32(end + 4, true) !== 0
  )
    throw new Error('not a stream of one batch');
  return { schema: seal(stream.subarray(0, schemaEnd)), batch: seal(stream.subarray(schemaEnd, end)) };
}

function seal(message: Uint8Array): Uint8Array {
  const length = new DataView(message.buffer, message.byteOffset).getInt32(4, true);
  const metadata = message.subarray(HEAD, HEAD + length);
  const body = message.subarray(HEAD + length);
  const result = new Uint8Array(message.length + TRAILER);
  const view = new DataView(result.buffer);
  view.setUint32(0, MARK, true);
  view.setInt32(4, length + TRAILER, true);
  result.set(metadata, HEAD);
  view.setUint32(HEAD + length, MAGIC, true);
  view.setUint32(HEAD + length + 4, crc32(body, crc32(metadata)), true);
  view.setBigUint64(HEAD + length + 8, BigInt(body.length), true);
  result.set(body, HEAD + length + TRAILER);
  return result;
}

/**
 * The messages of a file one after another, schema first; null for a damaged one. From a torn one on nothing is read,
 * and without a whole schema nothing at all.
 */
export function* messagesOf(file: Uint8Array): Generator<Uint8Array | null> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length;) {
    const found = messageAt(file, view, at);
    if (found === null || (at === 0 && !found.sound)) {
      yield null;
      return;
    }
    yield found.sound ? file.subarray(at, found.end) : null;
    at = found.end;
  }
}

/** Null where no whole message begins. */
function messageAt(
  file: Uint8Array,
  view: DataView,
  at: number,
): { readonly end: number; readonly sound: boolean } | null {
  if (at + HEAD > file.length || view.getUint32(at, true) !== MARK) return null;
  const length = view.getInt32(at + 4, true);
  const trailer = at + HEAD + length - TRAILER;
  if (length < TRAILER || trailer + TRAILER > file.length || view.getUint32(trailer, true) !== MAGIC) return null;
  const bodyLength = view.getBigUint64(trailer + 8, true);
  if (bodyLength > BigInt(file.length)) return null;
  const body = trailer + TRAILER;
  const end = body + Number(bodyLength);
  if (end > file.length) return null;
  const sum = crc32(file.subarray(body, end), crc32(file.subarray(at + HEAD, trailer)));
  return { end, sound: sum === view.getUint32(trailer + 4, true) };
}
