/** Variables of a checkpoint: an index of names to places in the data files. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors';
import { readRange } from '../../graph/onnx/bytes';
import { bytesPerElement, fromBytes, sizeOf } from '../../graph/tensor';
import type { Tensor } from '../../graph/types';
import { onnxType, withoutHalves } from '../tensorflow/dtypes';
import { maskedCrc32c } from './checksum';
import { messageOf } from './proto';
import type { Message } from './proto';
import { readTable } from './table';

export interface Variables {
  readonly files: readonly string[];
  /** Values read on first use; undefined for a name that is not there. */
  tensor(name: string): Tensor | undefined;
}

const LARGEST_INDEX = 1 << 28;

/** @param path The saved_model.pb. */
export function openVariables(path: string): Variables {
  const folder = join(dirname(path), 'variables');
  const index = join(folder, 'variables.index');
  if (!existsSync(index)) return { files: [], tensor: () => undefined };
  if (statSync(index).size > LARGEST_INDEX)
    throw new UserError('model-too-large', 'The index of the variables is larger than 256 MiB.', { where: index });
  const table = readTable(readFileSync(index), index);
  const header = table.get('');
  const shards = header === undefined ? 1 : Math.max(1, messageOf(header, 'the checkpoint').integer(1));
  if (shards > 10_000)
    throw new UserError('model-invalid', `The checkpoint claims ${shards} data files.`, { where: index });
  const files = Array.from({ length: shards }, (_, shard) => {
    const number = (value: number): string => String(value).padStart(5, '0');
    return join(folder, `variables.data-${number(shard)}-of-${number(shards)}`);
  });
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined)
    throw new UserError('model-shard', `The data file ${missing.slice(folder.length + 1)} is missing.`, {
      where: index,
      next: 'Copy the whole folder of the model.',
    });
  return {
    files: [index, ...files],
    tensor: (name) => {
      const entry = name === '' ? undefined : table.get(name);
      return entry === undefined ? undefined : tensorOf(messageOf(entry, `the entry of ${name}`), name, files);
    },
  };
}

/** BundleEntryProto: dtype 1, shape 2, shard 3, offset 4, size 5, checksum 6. */
function tensorOf(entry: Message, name: string, files: readonly string[]): Tensor | undefined {
  const dtype = onnxType(entry.integer(1));
  if (dtype === undefined || dtype === 'string') return undefined;
  const dims = (entry.one(2)?.all(2) ?? []).map((dim) => dim.integer(1));
  const file = files[entry.integer(3)] ?? '';
  const [offset, length] = [entry.integer(4), entry.integer(5)];
  const wrong = dims.some((dim) => dim < 0) || sizeOf(dims) * bytesPerElement(dtype) !== length || file === '';
  if (wrong || offset < 0 || offset + length > statSync(file).size)
    throw new UserError('model-shard', `The variable ${name} lies outside its data file.`, {
      where: file,
      next: 'Copy the whole folder of the model again.',
    });
  const bytes = readRange(file, offset, length);
  if (maskedCrc32c(bytes) !== fixed32(entry.bytes(6)))
    throw new UserError('model-invalid', `The variable ${name} is damaged: its checksum is another one.`, {
      where: file,
      next: 'Copy or save the model again.',
    });
  return withoutHalves({ dtype, dims, data: fromBytes(dtype, bytes) });
}

/** A number of four bytes; null where there is none. */
function fixed32(bytes: Uint8Array | undefined): number | null {
  return bytes?.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) : null;
}
