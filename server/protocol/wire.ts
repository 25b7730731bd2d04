/**
 * Typed arrays on a JSON wire: `{ "$f32": base64 }` holds little-endian float32, `{ "$u8": base64 }` bytes.
 * `pack` and `unpack` walk plain data; `Unpacked` objects of the protocol stay as declared.
 */

export function pack(value: unknown): unknown {
  if (value instanceof Float32Array) return { $f32: toBase64(value) };
  if (value instanceof Uint8ClampedArray || value instanceof Uint8Array) return { $u8: toBase64(value) };
  if (Array.isArray(value)) return value.map(pack);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item)]));
  return value;
}

export function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack);
  if (value === null || typeof value !== 'object') return value;
  const record = value as Record<string, unknown>;
  if (typeof record['$f32'] === 'string') {
    const bytes = fromBase64(record['$f32']);
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }
  if (typeof record['$u8'] === 'string') {
    const bytes = fromBase64(record['$u8']);
    return new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, unpack(item)]));
}

function toBase64(array: Float32Array | Uint8Array | Uint8ClampedArray): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}

/** A copy of its own: pooled buffers are not aligned to four bytes. */
function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
