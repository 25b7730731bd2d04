/**
 * Stacks as they cross to the compute process: the numbers of all stacks in one array for each input, whole numbers as
 * narrow as they are. A survey of texts has hundreds of stacks for one message, hardly two texts being of one length;
 * an object for each takes longer to write than its numbers, and a channel takes 200 KB before it waits for its reader.
 */
import { part, put } from '../explain/rows';
import { allocate, sizeOf } from '../graph/tensor';
import type { DType, Tensor, TensorData } from '../graph/types';
import type { Stack } from './types';

interface PackedInput {
  readonly name: string;
  readonly dtype: DType;
  /** `rank` numbers a stack. */
  readonly dims: Int32Array;
  readonly rank: number;
  readonly data: TensorData;
}

export interface PackedStacks {
  /** Of every stack. */
  readonly rows: readonly number[];
  readonly inputs: readonly PackedInput[];
}

/** What cannot be put together (strings, stacks of different inputs) crosses as it is. */
export function pack(stacks: readonly Stack[]): PackedStacks | readonly Stack[] {
  const inputs: PackedInput[] = [];
  const names = Object.keys(stacks[0]?.feeds ?? {});
  for (const name of names) {
    const packed = packInput(
      name,
      stacks.map(({ feeds }) => feeds[name]),
    );
    if (packed === null) return stacks;
    inputs.push(packed);
  }
  if (stacks.some(({ feeds }) => Object.keys(feeds).length !== names.length)) return stacks;
  return { rows: stacks.map(({ rows }) => rows), inputs };
}

function packInput(name: string, given: readonly (Tensor | undefined)[]): PackedInput | null {
  const [first] = given;
  if (first === undefined || Array.isArray(first.data)) return null;
  const { dtype } = first;
  const rank = first.dims.length;
  const tensors: Tensor[] = [];
  const dims = new Int32Array(rank * given.length);
  let total = 0;
  for (const tensor of given) {
    if (tensor?.dtype !== dtype || tensor.dims.length !== rank) return null;
    dims.set(tensor.dims, rank * tensors.length);
    tensors.push(tensor);
    total += tensor.data.length;
  }
  return { name, dtype, dims, rank, data: dtype === 'int64' ? narrowed(tensors, total) : joined(tensors, total) };
}

function joined(tensors: readonly Tensor[], total: number): TensorData {
  const [first] = tensors;
  if (first !== undefined && tensors.length === 1) return first.data;
  const all = allocate(first?.dtype ?? 'float32', total);
  let at = 0;
  for (const { data } of tensors) {
    put(all, data, at);
    at += data.length;
  }
  return all;
}

/** Low and high half of every number, in turn: a BigInt for each would cost more. ONNX Runtime's machines are little-endian. */
function halvesOf(data: TensorData): Int32Array {
  const { buffer, byteOffset, length } = data as BigInt64Array;
  return new Int32Array(buffer, byteOffset, 2 * length);
}

/** Token ids and masks fit 16 bits, most other whole numbers 32. */
function narrowed(tensors: readonly Tensor[], total: number): TensorData {
  const short = new Uint16Array(total);
  let [at, beyond] = [0, 0];
  for (const { data } of tensors) {
    const halves = halvesOf(data);
    for (let i = 0; i < halves.length; i += 2) {
      const low = halves[i] as number;
      short[at++] = low;
      beyond |= (low & ~0xffff) | (halves[i + 1] as number);
    }
  }
  if (beyond === 0) return short;
  const long = new Int32Array(total);
  [at, beyond] = [0, 0];
  for (const { data } of tensors) {
    const halves = halvesOf(data);
    for (let i = 0; i < halves.length; i += 2) {
      const low = halves[i] as number;
      long[at++] = low;
      beyond |= (low >> 31) ^ (halves[i + 1] as number);
    }
  }
  return beyond === 0 ? long : joined(tensors, total);
}

function widened(data: TensorData): TensorData {
  if (data instanceof BigInt64Array) return data;
  const wide = new BigInt64Array(data.length);
  const halves = halvesOf(wide);
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] as number;
    halves[2 * i] = value;
    halves[2 * i + 1] = value >> 31;
  }
  return wide;
}

/** The stacks that were packed; their tensors share storage. */
export function unpack(packed: PackedStacks | readonly Stack[]): readonly Stack[] {
  if (!('inputs' in packed)) return packed;
  const { rows, inputs } = packed;
  const feeds = rows.map((): Record<string, Tensor> => ({}));
  for (const { name, dtype, dims, rank, data } of inputs) {
    const all = dtype === 'int64' ? widened(data) : data;
    let at = 0;
    feeds.forEach((one, stack) => {
      const shape = [...dims.subarray(rank * stack, rank * (stack + 1))];
      const size = sizeOf(shape);
      one[name] = { dtype, dims: shape, data: part(all, at, at + size) };
      at += size;
    });
  }
  return rows.map((count, stack) => ({ rows: count, feeds: feeds[stack] as Record<string, Tensor> }));
}
