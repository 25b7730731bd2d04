/** One float type for the whole Graph: float16 and float64 become float32, bytes converted on first use. */
import { halfToFloat } from '../graph/onnx/elements';
import type { Attribute, Node, Tensor, ValueType } from '../graph/types';

export function isOtherFloat(dtype: string): boolean {
  return dtype === 'float16' || dtype === 'float64';
}

export function asFloat32(tensor: Tensor): Tensor {
  if (!isOtherFloat(tensor.dtype)) return tensor;
  let data: Float32Array | undefined;
  return {
    dtype: 'float32',
    dims: tensor.dims,
    get data(): Float32Array {
      data ??=
        tensor.dtype === 'float16'
          ? halfToFloat(tensor.data as Uint16Array)
          : Float32Array.from(tensor.data as Float64Array);
      return data;
    },
  };
}

export function asFloat32Type(type: ValueType): ValueType {
  return isOtherFloat(type.dtype) ? { ...type, dtype: 'float32' } : type;
}

/** The node with tensors and element types in its attributes changed alike. */
export function withFloat32Attributes(node: Node): Node {
  const entries = Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => {
    if (attribute.type === 'tensor') return [name, { type: 'tensor', value: asFloat32(attribute.value) }];
    const isType = name === 'dtype' || name === 'output_datatype' || name === 'output_dtype';
    if (isType && attribute.type === 'int' && [10, 11, 16].includes(attribute.value)) {
      return [name, { type: 'int', value: 1 }];
    }
    return [name, attribute];
  });
  return { ...node, attributes: Object.fromEntries(entries) };
}
