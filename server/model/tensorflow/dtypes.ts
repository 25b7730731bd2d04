/** TensorFlow's numbers of types. */
import { halfToFloat } from '../../graph/onnx/elements';
import type { DType, Tensor } from '../../graph/types';

const types: Readonly<Record<number, DType>> = {
  ...{ 1: 'float32', 2: 'float64', 3: 'int32', 4: 'uint8', 5: 'int16', 6: 'int8', 7: 'string', 9: 'int64', 10: 'bool' },
  ...{ 17: 'uint16', 19: 'float16', 22: 'uint32', 23: 'uint64' },
};

const names: Readonly<Record<string, number>> = {
  ...{ DT_FLOAT: 1, DT_DOUBLE: 2, DT_INT32: 3, DT_UINT8: 4, DT_INT16: 5, DT_INT8: 6, DT_STRING: 7, DT_INT64: 9 },
  ...{ DT_BOOL: 10, DT_UINT16: 17, DT_HALF: 19, DT_RESOURCE: 20, DT_UINT32: 22, DT_UINT64: 23 },
};

export function onnxType(type: number): DType | undefined {
  return types[type];
}

export function typeNumber(name: string | number): number {
  return typeof name === 'number' ? name : (names[name] ?? 0);
}

/** A tensor as the graph computes with it: half precision is float32 there. */
export function withoutHalves(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'float16') return tensor;
  return { dtype: 'float32', dims: tensor.dims, data: halfToFloat(tensor.data as Uint16Array) };
}

/** ONNX' number of a type, for Cast; floats are all float32. */
export function castCode(type: number): number | undefined {
  const codes: Readonly<Record<number, number>> = { 1: 1, 2: 1, 19: 1, 3: 6, 4: 2, 5: 5, 6: 3, 9: 7, 10: 9, 17: 4 };
  return codes[type];
}
