/** NaN and infinity in weights: found at import, by name, instead of as a black picture later. */
import { closeSync, openSync, readSync } from 'node:fs';
import { UserError } from '../errors';
import type { Tensor, Value } from '../graph/types';

/** Throws for the first float constant with NaN, or with infinities that are not a mask's. */
export function checkFinite(constants: ReadonlyMap<Value, Tensor>): void {
  for (const [name, tensor] of constants) {
    const words = wordsOf(tensor.dtype);
    if (words === undefined) continue;
    const found: Found = { nan: false, infinite: false, other: false };
    for (const chunk of chunks(tensor)) scan(chunk, words, found);
    if (found.nan || (found.infinite && found.other)) {
      throw new UserError('model-not-finite', `Weight ${name} contains ${found.nan ? 'NaN' : 'infinity'}.`, {
        next: 'The training diverged or the file is damaged: use an earlier checkpoint.',
      });
    }
  }
}

interface Words {
  /** Bit pattern of infinity; larger ones are NaN. */
  readonly exponent: number;
  readonly half: boolean;
}

function wordsOf(dtype: Tensor['dtype']): Words | undefined {
  if (dtype === 'float32') return { exponent: 0x7f800000, half: false };
  return dtype === 'float16' ? { exponent: 0x7c00, half: true } : undefined;
}

interface Found {
  nan: boolean;
  infinite: boolean;
  other: boolean;
}

/** Elements with all exponent bits set; infinities are fine where everything else is 0 (an additive mask). */
function scan(bytes: Uint8Array, words: Words, found: Found): void {
  const { exponent, half } = words;
  const size = half ? 0x7fff : 0x7fffffff;
  const values = half
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1)
    : new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  const count = values.length;
  // Nearly always nothing is found: one pass for the largest bit pattern decides (a million elements in 1 ms).
  let largest = 0;
  for (let index = 0; index < count; index += 1) {
    const bits = (values[index] as number) & size;
    if (bits > largest) largest = bits;
  }
  if (largest > 0 && largest < exponent) found.other = true;
  if (largest < exponent) return;
  for (const value of values) {
    const bits = value & size;
    if (bits > exponent) found.nan = true;
    else if (bits === exponent) found.infinite = true;
    else if (bits !== 0) found.other = true;
  }
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
