/** Which feature every element of an entry point belongs to: the way from tensors to what a person sees. */
import { sizeOf } from '../graph/tensor';
import type { Value } from '../graph/types';
import type { EntryPoint } from '../model/types';
import type { EncodedSampleCore } from './types';

/** Per entry value and element (row-major, batch 1) its feature, −1 for none. */
export type Places = Readonly<Record<Value, Int32Array>>;

/**
 * @param entries Entries whose input carries features.
 * @returns For each entry an array as long as its tensor in `sample.entries`.
 */
export function placesOf(entries: readonly EntryPoint[], sample: EncodedSampleCore): Places {
  return Object.fromEntries(entries.map((entry) => [entry.value, placesOfEntry(entry, sample)]));
}

function placesOfEntry(entry: EntryPoint, sample: EncodedSampleCore): Int32Array {
  const ofInput = sample.featureOf[entry.input];
  const tensor = sample.entries[entry.value];
  if (ofInput === undefined || tensor === undefined)
    throw new Error(`no features or no value for entry ${entry.value}`);
  const size = sizeOf(tensor.dims);
  if (entry.kind === 'slots') {
    const { slots } = entry;
    if (slots === undefined) throw new Error(`entry ${entry.value} has no slots`);
    const width = slots.length;
    const perRow = ofInput.length / (size / width);
    return filled(size, (i) => {
      const slot = slots[i % width] as number;
      return slot < 0 ? -1 : (ofInput[Math.floor(i / width) * perRow + slot] ?? -1);
    });
  }
  // identity: the same elements; embedding: trailing axes repeat the input's element.
  const repeat = size / ofInput.length;
  if (!Number.isInteger(repeat))
    throw new Error(`entry ${entry.value}: ${size} elements for ${ofInput.length} features`);
  return repeat === 1 ? ofInput : filled(size, (i) => ofInput[Math.floor(i / repeat)] as number);
}

/** As `Int32Array.from({ length }, …)`, ten times quicker. */
function filled(length: number, value: (index: number) => number): Int32Array {
  const array = new Int32Array(length);
  for (let i = 0; i < length; i += 1) array[i] = value(i);
  return array;
}

/** Entries that carry features; the others (position, segment) stay as in the sample. */
export function featureEntries(
  entries: readonly EntryPoint[],
  featureOf: Readonly<Record<Value, Int32Array>>,
): readonly EntryPoint[] {
  return entries.filter((entry) => featureOf[entry.input] !== undefined);
}
