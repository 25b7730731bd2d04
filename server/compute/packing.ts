/**
 * Stacks as they cross to the compute process: the numbers of all samples in one array for each input, whole numbers as
 * narrow as they are. A survey of texts has hundreds of stacks for one message, hardly two texts being of one length;
 * an object for each takes longer to write than its numbers, and a channel takes 200 KB before it waits for its reader.
 */
import type { Feeds } from '../engine/types';
import { part, put, stack } from '../explain/rows';
import { allocate, sizeOf } from '../graph/tensor';
import type { DType, Tensor, TensorData } from '../graph/types';

/** Samples of one shape, stacked: every input with a batch axis has `rows` rows. */
export interface Stack {
  readonly feeds: Feeds;
  readonly rows: number;
}

interface PackedInput {
  readonly name: string;
  readonly dtype: DType;
  /** `rank` numbers a stack. */
  readonly dims: Int32Array;
  readonly rank: number;
  readonly data: TensorData;
}

interface OneArray {
  /** Of every stack. */
  readonly rows: readonly number[];
  readonly inputs: readonly PackedInput[];
}

export type PackedStacks = OneArray | readonly Stack[];

/**
 * @param stacks For each the feeds of its samples, which are of one shape; with a batch axis of 1 where there are
 *   several. What cannot be put together (strings, stacks of different inputs) crosses stack by stack.
 */
export function pack(stacks: readonly (readonly Feeds[])[]): PackedStacks {
  const inputs: PackedInput[] = [];
  const names = Object.keys(stacks[0]?.[0] ?? {});
  for (const name of names) {
    const packed = packInput(name, stacks);
    if (packed === null) return stacks.map(stacked);
    inputs.push(packed);
  }
  if (stacks.some(([feeds]) => feeds === undefined || Object.keys(feeds).length !== names.length))
    return stacks.map(stacked);
  return { rows: stacks.map(({ length }) => length), inputs };
}

function stacked(samples: readonly Feeds[]): Stack {
  const [first = {}] = samples;
  const tensorsOf = (name: string): readonly Tensor[] => samples.map((feeds) => feeds[name] as Tensor);
  const feeds = Object.fromEntries(Object.keys(first).map((name) => [name, stack(tensorsOf(name))]));
  return { feeds, rows: samples.length };
}

function packInput(name: string, stacks: readonly (readonly Feeds[])[]): PackedInput | null {
  const first = stacks[0]?.[0]?.[name];
  if (first === undefined || Array.isArray(first.data)) return null;
  const { dtype } = first;
  const rank = first.dims.length;
  const tensors: Tensor[] = [];
  const dims = new Int32Array(rank * stacks.length);
  let total = 0;
  for (const [at, samples] of stacks.entries()) {
    for (const feeds of samples) {
      const tensor = feeds[name];
      if (tensor?.dtype !== dtype || tensor.dims.length !== rank) return null;
      tensors.push(tensor);
      total += tensor.data.length;
    }
    dims.set(samples[0]?.[name]?.dims ?? [], rank * at);
    if (samples.length > 1) dims[rank * at] = samples.length;
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
export function unpack(packed: PackedStacks): readonly Stack[] {
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
