/** TensorProto.DataType codes. */
import type { DType } from '../types';

const codes: readonly (readonly [number, DType])[] = [
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [8, 'string'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
];
const byCode = new Map(codes);
const byName = new Map(codes.map(([code, name]) => [name, code]));

/** Undefined for types a Graph does not hold (complex, 4-bit, 8-bit floats; bfloat16 is converted when read). */
export function dtypeFromCode(code: number): DType | undefined {
  return byCode.get(code);
}

export function codeFromDtype(dtype: DType): number {
  const code = byName.get(dtype);
  if (code === undefined) throw new Error(`no code for ${dtype}`);
  return code;
}
