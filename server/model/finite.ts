/** NaN and infinity in weights: found at import, by name, instead of as a black picture later. */
import { closeSync, openSync, readSync } from 'node:fs';
import { UserError } from '../errors';
import type { Tensor, Value } from '../graph/types';

/** Throws for the first float constant with NaN, or with infinities that are not a mask's. */
export function checkFinite(constants: ReadonlyMap<Value, Tensor>): void {
  for (const [name, tensor] of constants) {
    const words = wordsOf(tensor.dtype);
    if (words === undefined) continue;
    const found = { nan: false, infinite: false, other: false };
    for (const chunk of chunks(tensor)) scan(chunk, words, found);
    if (found.nan || (found.infinite && found.other)) {
      throw new UserError('model-not-finite', `Weight ${name} contains ${found.nan ? 'NaN' : 'infinity'}.`, {
        where: name,
        next: 'The training diverged or the file is damaged: use an earlier checkpoint.',
      });
    }
  }
}

interface Words {
  readonly exponent: number;
  readonly fraction: number;
  readonly half: boolean;
}

function wordsOf(dtype: Tensor['dtype']): Words | undefined {
  if (dtype === 'float32') return { exponent: 0x7f800000, fraction: 0x7fffff, half: false };
  return dtype === 'float16' ? { exponent: 0x7c00, fraction: 0x3ff, half: true } : undefined;
}

/** Elements with all exponent bits set; infinities are fine where everything else is 0 (an additive mask). */
function scan(bytes: Uint8Array, words: Words, found: { nan: boolean; infinite: boolean; other: boolean }): void {
  const { exponent, fraction, half } = words;
  const values = half
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  let other = 0;
  for (const value of values) {
    if ((value & exponent) !== exponent) other |= value;
    else if ((value & fraction) !== 0) found.nan = true;
    else found.infinite = true;
  }
  if ((other & (half ? 0x7fff : 0x7fffffff)) !== 0) found.other = true;
}

/** A tensor's bytes; from its file in pieces where it has one, so that nothing stays in memory. */
function* chunks(tensor: Tensor): Generator<Uint8Array> {
  if (tensor.origin === undefined) {
    if (Array.isArray(tensor.data)) return;
    yield new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
    return;
  }
  const { path, offset, length } = tensor.origin;
  const file = openSync(path, 'r');
  const chunk = new Uint8Array(Math.min(length, 1 << 20));
  try {
    for (let done = 0; done < length;) {
      const count = readSync(file, chunk, 0, Math.min(chunk.length, length - done), offset + done);
      if (count === 0) break;
      yield chunk.subarray(0, count);
      done += count;
    }
  } finally {
    closeSync(file);
  }
}
