/**
 * Values of a run. An operand has its numbers in this process, on the device, or both; on the device it may be there
 * in several forms: in ONNX' own order (`first`: channels are axis 1), with the channels last, as TensorFlow.js'
 * convolutions want it, or in one that a kernel derived (weights of a convolution). Forms are made when they are first
 * asked for and live as long as the operand: those of weights are made once per program.
 */
import * as tf from '@tensorflow/tfjs-core';
import { allocate, sizeOf } from '../../graph/tensor';
import type { DType, Tensor, TensorData } from '../../graph/types';

export type Layout = 'first' | 'last';

export interface Operand {
  readonly dtype: DType;
  /** Sizes in ONNX' order, whatever the form. */
  readonly dims: readonly number[];
  host: TensorData | undefined;
  readonly forms: Map<string, tf.Tensor>;
}

export function onHost(tensor: Pick<Tensor, 'dtype' | 'dims' | 'data'>): Operand {
  return { dtype: tensor.dtype, dims: tensor.dims, host: tensor.data, forms: new Map() };
}

/** An operand of numbers that this process computed. */
export function fromNumbers(dtype: DType, dims: readonly number[], values: ArrayLike<number>): Operand {
  return onHost({ dtype, dims, data: storage(dtype, values) });
}

/** An operand of a tensor that is in the given layout; its sizes follow from it. */
export function onDevice(dtype: DType, tensor: tf.Tensor, layout: Layout = 'first'): Operand {
  const dims = layout === 'last' ? firstOrder(tensor.shape) : tensor.shape;
  return { dtype, dims, host: undefined, forms: new Map([[layout, tensor]]) };
}

/** The tensor in ONNX' order. */
export function first(operand: Operand): tf.Tensor {
  return derived(operand, 'first', () => {
    const last = operand.forms.get('last');
    return last === undefined ? upload(operand) : toFirst(last);
  });
}

/** The tensor with its channels (axis 1) as the last axis. */
export function last(operand: Operand): tf.Tensor {
  return derived(operand, 'last', () => toLast(first(operand)));
}

export function inLayout(operand: Operand, layout: Layout): tf.Tensor {
  return layout === 'last' ? last(operand) : first(operand);
}

/** The layout an operand is in already. */
export function layoutOf(operand: Operand): Layout {
  return operand.forms.has('last') && !operand.forms.has('first') ? 'last' : 'first';
}

/** A form by name, made on first use. */
export function derived(operand: Operand, form: string, make: () => tf.Tensor): tf.Tensor {
  const known = operand.forms.get(form);
  if (known !== undefined) return known;
  const made = make();
  // A tensor is disposed once for every operand that has it.
  const own = [...operand.forms.values()].includes(made) ? made.clone() : made;
  operand.forms.set(form, tf.keep(own));
  return own;
}

export function release(operand: Operand): void {
  for (const tensor of operand.forms.values()) tensor.dispose();
  operand.forms.clear();
}

/** The same value as another operand, to be released on its own. */
export function sharing(operand: Operand): Operand {
  const forms = new Map([...operand.forms].map(([form, tensor]) => [form, tensor.clone()] as const));
  return { ...operand, forms };
}

/** Reads the numbers back where they are not in this process yet. */
export async function fetch(operand: Operand): Promise<TensorData> {
  if (operand.host !== undefined) return operand.host;
  const tensor = first(operand);
  operand.host = storage(operand.dtype, await tensor.data());
  return operand.host;
}

/** Elements as numbers. @throws Error when they are on the device only: the kernel's table entry has to ask for them. */
export function numbersOf(operand: Operand): number[] {
  const { host } = operand;
  if (host === undefined) throw new Error('value was not read from the device');
  return Array.from(host as ArrayLike<number | bigint>, Number);
}

export async function toTensor(operand: Operand): Promise<Tensor> {
  return { dtype: operand.dtype, dims: [...operand.dims], data: await fetch(operand) };
}

/** Device type of a dtype. 64-bit integers are 32-bit there: sizes and ids, beyond which nothing is counted. */
export function deviceType(dtype: DType): 'float32' | 'int32' | 'bool' {
  if (dtype === 'bool') return 'bool';
  return isFloat(dtype) ? 'float32' : 'int32';
}

export const isFloat = (dtype: DType): boolean => dtype.startsWith('float');

function upload(operand: Operand): tf.Tensor {
  const { dtype, host, dims } = operand;
  if (host === undefined || dtype === 'string') throw new Error(`${dtype} cannot go to the device`);
  return tf.tensor(deviceData(dtype, host as Exclude<TensorData, string[]>), [...dims], deviceType(dtype));
}

function deviceData(dtype: DType, data: Exclude<TensorData, string[]>): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'bool') return data as Uint8Array;
  if (isFloat(dtype)) return data instanceof Float32Array ? data : Float32Array.from(data as Float64Array);
  if (data instanceof Int32Array) return data;
  // “As far as it goes” is written as the largest 64-bit integer: it stays the largest.
  return Int32Array.from(data as ArrayLike<number | bigint>, (value) =>
    Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Number(value))),
  );
}

function storage(dtype: DType, values: ArrayLike<number>): TensorData {
  if (dtype === 'float32' && values instanceof Float32Array) return values;
  if (dtype === 'bool' && values instanceof Uint8Array) return values;
  const data = allocate(dtype, values.length);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    for (let i = 0; i < values.length; i += 1) data[i] = BigInt(Math.trunc(values[i] as number));
  else (data as Float32Array).set(values);
  return data;
}

/** [batch, …spatial, channels] → [batch, channels, …spatial], for sizes. */
function firstOrder(shape: readonly number[]): number[] {
  return [shape[0] as number, shape.at(-1) as number, ...shape.slice(1, -1)];
}

/**
 * Numbers as float32. WebGPU only changes the name of the type when it casts, and kernels that copy (transpositions)
 * then take integers for floats: adding 0 makes them floats.
 */
export function toFloat(tensor: tf.Tensor): tf.Tensor {
  if (tensor.dtype === 'float32') return tensor;
  const named = tf.cast(tensor, 'float32');
  return tf.getBackend() === 'webgpu' ? tf.add(named, 0) : named;
}

/** Moving an axis is free where it, or all axes it passes, have size 1. */
export function toLast(tensor: tf.Tensor): tf.Tensor {
  const [batch = 1, channels = 1, ...spatial] = tensor.shape;
  if (channels === 1 || sizeOf(spatial) === 1) return tf.reshape(tensor, [batch, ...spatial, channels]);
  const axes = spatial.map((_, axis) => axis + 2);
  return tf.transpose(tensor, [0, ...axes, 1]);
}

export function toFirst(tensor: tf.Tensor): tf.Tensor {
  const spatial = tensor.shape.slice(1, -1);
  const channels = tensor.shape.at(-1) as number;
  if (channels === 1 || sizeOf(spatial) === 1) return tf.reshape(tensor, [tensor.shape[0], channels, ...spatial]);
  return tf.transpose(tensor, [0, tensor.rank - 1, ...spatial.map((_, axis) => axis + 1)]);
}

/** Where a logical axis lies in a layout. */
export function axisIn(layout: Layout, axis: number, rank: number): number {
  if (layout === 'first' || axis === 0) return axis;
  return axis === 1 ? rank - 1 : axis - 1;
}
