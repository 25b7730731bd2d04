/** TensorProto, with its elements inside or in a file beside the model. */
import type protobuf from 'protobufjs/minimal.js';
import type { Tensor, Value } from '../types';
import { codeFromDtype } from './dtypes';

/** Where a tensor's little-endian bytes lie, relative to the model's folder. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export function writeTensor(
  writer: protobuf.Writer,
  name: Value,
  tensor: Tensor,
  external: ExternalData | undefined,
): void {
  for (const dim of tensor.dims) writer.uint32(8).int64(dim);
  writer.uint32(16).int32(codeFromDtype(tensor.dtype));
  if (name !== '') writer.uint32(66).string(name);
  if (external !== undefined) {
    const entries = { location: external.location, offset: String(external.offset), length: String(external.length) };
    for (const [key, value] of Object.entries(entries)) {
      writer.uint32(106).fork().uint32(10).string(key).uint32(18).string(value).ldelim();
    }
    writer.uint32(112).int32(1);
    return;
  }
  const { data } = tensor;
  if (Array.isArray(data)) for (const text of data) writer.uint32(50).string(text);
  else writer.uint32(74).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
