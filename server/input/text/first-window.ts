/** Feeds of a text's first window from token ids alone: what a survey of many texts needs, and no more. */
import type { Feeds } from '../../engine/types';
import { allocate } from '../../graph/tensor';
import type { DType, Tensor } from '../../graph/types';
import { tensorOf } from '../model-input';
import type { Role, TextInputs } from './roles';
import type { TokenIds } from './tokenization';

export interface Window {
  readonly inputs: TextInputs;
  /** Tokens of a window, special ones included. */
  readonly maxLength: number;
  /** Length that short texts are filled to; null: they are not. */
  readonly padTo: number | null;
  readonly padId: number;
  readonly padLeft: boolean;
}

/**
 * @param limit Rows of the embedding.
 * @returns Null where the text cannot be read like this; why, encoding it as a whole says.
 */
export function firstWindow({ prefix, content, suffix, types }: TokenIds, window: Window, limit: number): Feeds | null {
  const { inputs, maxLength, padTo, padId, padLeft } = window;
  const room = maxLength - prefix.length - suffix.length;
  if (room < 1 || content.length === 0) return null;
  const count = Math.min(room, content.length);
  const ids = new Int32Array(prefix.length + count + suffix.length);
  ids.set(prefix);
  for (let i = 0; i < count; i += 1) ids[prefix.length + i] = content[i] as number;
  ids.set(suffix, prefix.length + count);
  if (ids.some((id) => id >= limit)) return null;
  const length = padTo ?? ids.length;
  const shift = padLeft ? length - ids.length : 0;
  /** Tokens of the content that the window leaves out come between it and the suffix. */
  const cut = content.length - count;
  const typeAt = (place: number): number =>
    place < 0 || place >= ids.length ? 0 : (types?.[place < prefix.length + count ? place : place + cut] ?? 0);
  const value: Record<Role, (index: number) => number> = {
    ids: (index) => ids[index - shift] ?? padId,
    mask: (index) => (index >= shift && index - shift < ids.length ? 1 : 0),
    types: (index) => typeAt(index - shift),
    positions: (index) => Math.max(0, index - shift),
  };
  return Object.fromEntries(
    inputs.roles.map(({ role, input }) => [input.name, filled(input.type.dtype, length, value[role])]),
  );
}

function filled(dtype: DType, length: number, value: (index: number) => number): Tensor {
  if (dtype !== 'int64')
    return tensorOf(
      dtype,
      Float64Array.from({ length }, (_, index) => value(index)),
      [1, length],
    );
  const data = allocate(dtype, length) as BigInt64Array;
  // Token ids fit the low half of a number; ONNX Runtime runs on little-endian machines only. A BigInt for each costs more.
  const halves = new Int32Array(data.buffer);
  for (let index = 0; index < length; index += 1) halves[2 * index] = value(index);
  return { dtype, dims: [1, length], data };
}
