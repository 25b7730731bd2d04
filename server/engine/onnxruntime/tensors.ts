/** Tensors to and from ONNX Runtime; storage is shared, not copied. */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { UserError } from '../../errors';
import type { Tensor } from '../../graph/types';
import type { Ort } from './library';

/** @throws UserError `bad-feed` when data and dims do not belong together. */
export function toOrt(ort: Ort, name: string, tensor: Tensor): OrtTensor {
  const { dtype, dims, data } = tensor;
  // Element types and their storage are named alike on both sides.
  const make = ort.Tensor as unknown as new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
  try {
    return new make(dtype, data, dims);
  } catch (error) {
    throw new UserError('bad-feed', `Input ${name} cannot be read as ${dtype} [${dims.join(', ')}]`, { cause: error });
  }
}

export function fromOrt(tensor: OrtTensor): Tensor {
  return { dtype: tensor.type as Tensor['dtype'], dims: tensor.dims, data: tensor.data };
}
