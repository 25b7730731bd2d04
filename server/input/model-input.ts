/** A model's inputs as the encoders see them, and tensors of the types they want. */
import { UserError } from '../errors';
import { allocate, typeText } from '../graph/tensor';
import type { DType, Tensor, ValueType } from '../graph/types';

/** Name and type of a model input; the importer's `ModelInput` fits. */
export interface InputSpec {
  readonly name: string;
  readonly type: ValueType;
}

/** What encoders need beside their configuration. */
export interface EncoderOptions {
  /** URI of the folder that relative paths of the configuration start from. */
  readonly base?: string;
}

/** `input_ids: int64 [batch, sequence]`, for messages. */
export function describeInput(input: InputSpec): string {
  return `${input.name}: ${typeText(input.type)}`;
}

/** Numbers as a tensor of the wanted type; booleans are 0 and 1, half floats are rounded to nearest. */
export function tensorOf(dtype: DType, values: ArrayLike<number>, dims: readonly number[]): Tensor {
  const data = allocate(dtype, values.length);
  if (Array.isArray(data)) throw new UserError('wrong-input-type', 'numbers cannot feed an input of strings');
  if (data instanceof Float32Array || data instanceof Float64Array) {
    data.set(values);
    return { dtype, dims, data };
  }
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = BigInt(Math.round(value));
    else data[index] = dtype === 'float16' ? halfBits(value) : dtype === 'bool' ? Number(value !== 0) : value;
  }
  return { dtype, dims, data };
}

/** Any numeric tensor's elements as numbers, half floats decoded. */
export function valuesOf(tensor: Tensor): Float64Array {
  const { data } = tensor;
  if (tensor.dtype === 'float16') return Float64Array.from(data as Uint16Array, halfValue);
  return Float64Array.from(data as ArrayLike<number | bigint>, Number);
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** IEEE 754 binary16 of a number, rounded to nearest, ties to even. */
export function halfBits(value: number): number {
  single[0] = value;
  const word = bits[0] as number;
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 112;
  const mantissa = word & 0x7fffff;
  if (exponent >= 31) return sign | (exponent === 143 && mantissa !== 0 ? 0x7e00 : 0x7c00);
  if (exponent <= 0) {
    if (exponent < -10) return sign;
    const shift = 14 - exponent;
    return sign | roundShift(mantissa | 0x800000, shift);
  }
  return sign | (roundShift(mantissa, 13) + (exponent << 10));
}

function roundShift(value: number, shift: number): number {
  const half = 2 ** (shift - 1);
  const rest = value % 2 ** shift;
  const floor = Math.floor(value / 2 ** shift);
  return floor + (rest > half || (rest === half && floor % 2 === 1) ? 1 : 0);
}

/** Number of IEEE 754 binary16 bits. */
export function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 0x3ff;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
