/** TensorProto. Large contents stay in their file until they are asked for. */
import { statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { UserError } from '../../errors';
import { allocate, bytesPerElement, fromBytes, sizeOf } from '../tensor';
import type { DType, Tensor, TensorData } from '../types';
import { readRange } from './bytes';
import type { ByteSource } from './bytes';
import { dtypeFromCode } from './dtypes';
import { bfloatToFloat } from './elements';
import { bytesOf, floatsOf, integerOf, integersOf, invalid, stringOf, walk } from './wire';
import type { Field } from './wire';

/** Contents above this many bytes are read when they are first used. */
const LAZY = 4096;

const BFLOAT16 = 16;

interface Proto {
  readonly dims: number[];
  readonly numbers: (number | bigint)[];
  readonly strings: string[];
  readonly external: Map<string, string>;
  name: string;
  code: number;
  /** Little-endian elements: raw data, or packed floats, which look the same. */
  raw: Field | undefined;
  outside: boolean;
}

/** Reads the TensorProto in [start, end) of a source. */
export function readTensor(source: ByteSource, start: number, end: number): { name: string; tensor: Tensor } {
  const proto: Proto = {
    dims: [],
    numbers: [],
    strings: [],
    external: new Map(),
    name: '',
    code: 0,
    raw: undefined,
    outside: false,
  };
  for (const field of walk(source, start, end, 'a tensor')) readField(source, field, proto);
  const { name, code, dims } = proto;
  if (dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0) || !Number.isSafeInteger(sizeOf(dims))) {
    throw invalid(`tensor ${name} has the impossible shape [${dims.join(', ')}]`);
  }
  const dtype = code === BFLOAT16 ? 'float32' : dtypeFromCode(code);
  if (dtype === undefined) {
    throw new UserError('model-dtype', `Tensor ${name} has element type ${code}, which is not supported.`, {
      next: 'Export the model with float32, float16, bfloat16 or 8-bit integer weights.',
    });
  }
  return { name, tensor: contents(source, proto, dtype) };
}

function readField(source: ByteSource, field: Field, proto: Proto): void {
  switch (field.id) {
    case 1:
      proto.dims.push(...integersOf(source, field).map(Number));
      break;
    case 2:
      proto.code = integerOf(source, field);
      break;
    case 4:
    case 10:
      // Floats in one packed piece are raw data; several pieces are collected.
      if (proto.raw === undefined && proto.numbers.length === 0 && field.end - field.start > 8) proto.raw = field;
      else pushAll(proto.numbers, floatsOf(source, field, field.id === 4 ? 4 : 8));
      break;
    case 5:
    case 7:
    case 11:
      pushAll(proto.numbers, integersOf(source, field));
      break;
    case 6:
      proto.strings.push(stringOf(source, field));
      break;
    case 8:
      proto.name = stringOf(source, field);
      break;
    case 9:
      proto.raw = field;
      break;
    case 13: {
      const entry = readEntry(source, field);
      proto.external.set(entry.key, entry.value);
      break;
    }
    case 14:
      proto.outside = integerOf(source, field) === 1;
      break;
    default:
  }
}

function pushAll<T>(into: T[], items: readonly T[]): void {
  for (const item of items) into.push(item);
}

/** StringStringEntryProto. */
export function readEntry(source: ByteSource, field: Field): { key: string; value: string } {
  const entry = { key: '', value: '' };
  for (const part of walk(source, field.start, field.end, 'a property')) {
    if (part.id === 1) entry.key = stringOf(source, part);
    else if (part.id === 2) entry.value = stringOf(source, part);
  }
  return entry;
}

function contents(source: ByteSource, proto: Proto, dtype: DType): Tensor {
  const { dims, name } = proto;
  const count = sizeOf(dims);
  if (dtype === 'string') {
    if (proto.strings.length !== count) throw wrongSize(name, dims, `${proto.strings.length} strings`);
    return { dtype, dims, data: proto.strings };
  }
  const half = proto.code === BFLOAT16;
  const expected = count * (half ? 2 : bytesPerElement(dtype));
  if (proto.outside) return stored(externalRange(source, proto, expected), dtype, dims, half);
  const { raw } = proto;
  if (raw === undefined) {
    if (proto.numbers.length !== count) throw wrongSize(name, dims, `${proto.numbers.length} elements`);
    const bits = half ? bfloatToFloat(proto.numbers.map(Number)) : fill(dtype, proto.numbers);
    return { dtype, dims, data: bits };
  }
  const length = raw.end - raw.start;
  if (length !== expected) throw wrongSize(name, dims, `${length} bytes`);
  if (source.path !== undefined && length > LAZY) {
    return stored({ path: source.path, offset: raw.start, length }, dtype, dims, half);
  }
  return { dtype, dims, data: decode(dtype, bytesOf(source, raw), half) };
}

function fill(dtype: Exclude<DType, 'string'>, numbers: readonly (number | bigint)[]): TensorData {
  const data = allocate(dtype, numbers.length);
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  numbers.forEach((value, index) => {
    (data as unknown as Record<number, number | bigint>)[index] = wide ? BigInt(value) : Number(value);
  });
  return data;
}

function decode(dtype: Exclude<DType, 'string'>, bytes: Uint8Array, half: boolean): TensorData {
  // A copy, so that a small tensor does not hold on to the window it was read from.
  const own = bytes.slice();
  return half ? bfloatToFloat(fromBytes('uint16', own) as Uint16Array) : fromBytes(dtype, own);
}

interface Range {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** A tensor whose elements are read from the disk on first use. */
function stored(range: Range, dtype: Exclude<DType, 'string'>, dims: readonly number[], half: boolean): Tensor {
  let data: TensorData | undefined;
  return {
    dtype,
    dims,
    get data(): TensorData {
      data ??= decode(dtype, readRange(range.path, range.offset, range.length), half);
      return data;
    },
    ...(half ? {} : { origin: range }),
  };
}

/** Where external data lies: a file beside or below the model, never above it. */
function externalRange(source: ByteSource, proto: Proto, expected: number): Range {
  const location = proto.external.get('location') ?? '';
  const where = `tensor ${proto.name}`;
  const relative = normalize(location);
  if (source.path === undefined) {
    throw new UserError('model-external-data', `Tensor ${proto.name} lies outside the model.`, { where });
  }
  if (location === '' || isAbsolute(location) || /^[A-Za-z]:/.test(location) || /^\.\.([/\\]|$)/.test(relative)) {
    throw new UserError('model-external-path', `External data at "${location}" is outside the model's folder.`, {
      where,
      next: 'Only files beside the model are read: export it again with its data in one folder.',
    });
  }
  const path = join(dirname(source.path), relative);
  const offset = Number(proto.external.get('offset') ?? 0);
  const length = Number(proto.external.get('length') ?? expected);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    throw new UserError('model-external-missing', `The weights' file ${relative} is missing.`, {
      where: path,
      next: 'Put it beside the model: both files belong together.',
    });
  }
  if (length !== expected || !Number.isSafeInteger(offset) || offset < 0) {
    throw wrongSize(proto.name, proto.dims, `${length} bytes at ${offset}`);
  }
  if (offset + length > size) {
    throw new UserError('model-truncated', `The weights' file ${relative} ends in the middle of ${where}.`, {
      where: path,
      next: 'Download or export it again.',
    });
  }
  return { path, offset, length };
}

function wrongSize(name: string, dims: readonly number[], found: string): UserError {
  return invalid(`tensor ${name} has shape [${dims.join(', ')}] but ${found}`);
}
