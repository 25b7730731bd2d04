/** Making and reading small tensors. */
import type { Dim, DType, Tensor, TensorData, ValueType } from './types';

/** Number of elements; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** float32 tensor; a bare number is a scalar. */
export function f32(value: number | ArrayLike<number>, dims?: readonly number[]): Tensor {
  const data =
    typeof value === 'number'
      ? Float32Array.of(value)
      : value instanceof Float32Array
        ? value
        : Float32Array.from(value);
  return { dtype: 'float32', dims: dims ?? (typeof value === 'number' ? [] : [data.length]), data };
}

/** A tensor whose data is made when read, and again if nobody kept it: models are asked about without their weights. */
export function computed(dtype: DType, dims: readonly number[], make: () => TensorData): Tensor {
  let made: WeakRef<TensorData> | undefined;
  return {
    dtype,
    dims,
    get data() {
      const data = made?.deref() ?? make();
      made = new WeakRef(data);
      return data;
    },
  };
}

/** int64 tensor; a bare number is a scalar. */
export function i64(value: number | readonly number[], dims?: readonly number[]): Tensor {
  const list = typeof value === 'number' ? [value] : value;
  return {
    dtype: 'int64',
    dims: dims ?? (typeof value === 'number' ? [] : [list.length]),
    data: BigInt64Array.from(list, (item) => BigInt(item)),
  };
}

export function bool(value: boolean | readonly boolean[], dims?: readonly number[]): Tensor {
  const list = typeof value === 'boolean' ? [value] : value;
  return {
    dtype: 'bool',
    dims: dims ?? (typeof value === 'boolean' ? [] : [list.length]),
    data: Uint8Array.from(list, Number),
  };
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Zero-filled storage. */
export function allocate(dtype: DType, length: number): TensorData {
  return dtype === 'string' ? new Array<string>(length).fill('') : new arrays[dtype](length);
}

/** Typed view of little-endian bytes; copies when they are not aligned. */
export function fromBytes(dtype: Exclude<DType, 'string'>, bytes: Uint8Array): TensorData {
  const array = arrays[dtype];
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new array(
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    Math.floor(aligned.byteLength / array.BYTES_PER_ELEMENT),
  );
}

export function bytesPerElement(dtype: Exclude<DType, 'string'>): number {
  return arrays[dtype].BYTES_PER_ELEMENT;
}

/** Elements as JavaScript numbers (64-bit integers lose precision beyond 2⁵³); throws for strings and float16. */
export function numbers(tensor: Tensor): number[] {
  if (tensor.dtype === 'string' || tensor.dtype === 'float16') throw new Error(`numbers() of ${tensor.dtype}`);
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

/** `int64 [batch, sequence]`, for people; a size that is computed from others, or has no name, is `?`. */
export function typeText({ dtype, shape }: ValueType): string {
  const size = (dim: Dim): string => (typeof dim === 'string' && !/^[\w.\-/:]{1,40}$/.test(dim) ? '?' : String(dim));
  return `${dtype} ${shape === undefined ? 'of any shape' : `[${shape.map(size).join(', ')}]`}`;
}
