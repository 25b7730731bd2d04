/** The relevance as a NumPy array (format 1.0): little-endian float32 in the shape of the features. */
import type { Explanation } from '../protocol';

/** Pixels `[height, width]`, one tensor input in its own shape, everything else `[count]`. */
export function relevanceNpy({ features, relevance }: Explanation): Uint8Array {
  const shape =
    features.kind === 'pixels'
      ? [features.height, features.width]
      : features.kind === 'elements' && features.inputs.length === 1
        ? (features.inputs[0]?.shape ?? [])
        : [relevance.length];
  const list = shape.length === 1 ? `${shape[0] ?? 0},` : shape.join(', ');
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${list}), }`;
  // Magic, version and length take 10 bytes; the whole header is a multiple of 64 and ends with a line feed.
  const total = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const bytes = Buffer.alloc(total + relevance.length * 4, ' ');
  bytes.write('\x93NUMPY\x01\x00', 0, 'latin1');
  bytes.writeUInt16LE(total - 10, 8);
  bytes.write(dictionary, 10, 'latin1');
  bytes.write('\n', total - 1, 'latin1');
  relevance.forEach((value, i) => bytes.writeFloatLE(value, total + i * 4));
  return bytes;
}
