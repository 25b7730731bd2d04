/** Looking samples up by the hash of their content: open addressing over the keys themselves. */
import { KEY_BYTES } from './predictions';
import type { Breathe } from './slices';

export interface KeyIndex {
  /** Row of a key, the latest where it is there twice; −1 for none. */
  find(keys: Uint8Array, at: number): number;
}

/**
 * @param keys `KEY_BYTES` a row. Two words a row are taken: 8 MB for a million rows.
 * @param breathe Pauses now and then: a million rows take a few hundred milliseconds.
 */
export async function keyIndex(keys: Uint8Array, rows: number, breathe: Breathe): Promise<KeyIndex> {
  let size = 16;
  while (size < 2 * rows) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  const mask = size - 1;
  const slotOf = (given: Uint8Array, at: number): number => {
    const from = at * KEY_BYTES;
    let slot =
      ((given[from] as number) |
        ((given[from + 1] as number) << 8) |
        ((given[from + 2] as number) << 16) |
        ((given[from + 3] as number) << 24)) &
      mask;
    for (; slots[slot] !== -1; slot = (slot + 1) & mask) if (equal(keys, slots[slot] as number, given, at)) break;
    return slot;
  };
  for (let row = 0; row < rows; row += 1) {
    slots[slotOf(keys, row)] = row;
    if (row % 2048 === 0) await breathe();
  }
  return { find: (given, at) => slots[slotOf(given, at)] as number };
}

function equal(a: Uint8Array, i: number, b: Uint8Array, j: number): boolean {
  for (let k = 0; k < KEY_BYTES; k += 1) if (a[i * KEY_BYTES + k] !== b[j * KEY_BYTES + k]) return false;
  return true;
}
