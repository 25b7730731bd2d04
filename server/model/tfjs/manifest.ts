/** Weights of TensorFlow.js models: a list of names, types and shapes, and the bytes of all of them in shards. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../errors';
import { halfToFloat } from '../../graph/onnx/elements';
import { fromBytes, sizeOf } from '../../graph/tensor';
import type { Tensor } from '../../graph/types';
import { isList, isObject } from '../keras/config';
import type { Json, JsonObject } from '../keras/config';
import type { NamedTensor } from '../keras/weights';

interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly Spec[];
}

interface Spec {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dtype: string;
  readonly quantization: JsonObject | null;
}

function wrong(what: string, path: string): UserError {
  return new UserError('model-invalid', `The weights manifest is not valid: ${what}.`, {
    where: path,
    next: 'Convert the model again with tensorflowjs_converter.',
  });
}

/** @param path The model.json, whose folder the shards lie in. */
function groupsOf(manifest: Json | undefined, path: string): Group[] {
  if (manifest === undefined) return [];
  if (!isList(manifest)) throw wrong('it is no list', path);
  return manifest.map((json) => {
    if (!isObject(json) || !isList(json['paths']) || !isList(json['weights']))
      throw wrong('a group lacks paths or weights', path);
    const paths = json['paths'].map((name) => {
      if (typeof name !== 'string') throw wrong('a shard has no name', path);
      return shardPath(name, path);
    });
    return { paths, weights: json['weights'].map((spec) => specOf(spec, path)) };
  });
}

/** A shard lies in the model's folder: a name that leads out of it is refused. */
function shardPath(name: string, path: string): string {
  const folder = dirname(path);
  const full = resolve(folder, name);
  if (/^[a-z]+:\/\//i.test(name) || !full.startsWith(join(folder, '/')))
    throw new UserError('model-shard', `The shard ${JSON.stringify(name)} is not in the model's folder.`, {
      where: path,
      next: 'Put all shards beside model.json, and name them without folders.',
    });
  return full;
}

function specOf(json: Json, path: string): Spec {
  if (
    !isObject(json) ||
    typeof json['name'] !== 'string' ||
    typeof json['dtype'] !== 'string' ||
    !isList(json['shape'])
  )
    throw wrong('a weight lacks name, shape or dtype', path);
  const { name, dtype, shape, quantization } = json;
  const dims = shape.filter((dim): dim is number => Number.isSafeInteger(dim) && (dim as number) >= 0);
  if (dims.length !== shape.length || !(sizeOf(dims) <= 2 ** 40))
    throw wrong(`${name} has the shape ${JSON.stringify(shape).slice(0, 60)}`, path);
  return { name, dims, dtype, quantization: isObject(quantization) ? quantization : null };
}

/** Files a manifest names, for hashing. Nothing is read. */
export function shardsOf(manifest: Json | undefined, path: string): readonly string[] {
  return groupsOf(manifest, path).flatMap(({ paths }) => paths);
}

const widths: Readonly<Record<string, number>> = {
  ...{ float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2, complex64: 8, int64: 8, float64: 8 },
};

/** Bytes of one weight in its shard; undefined for strings, whose length only the bytes tell. */
function bytesOf(spec: Spec, path: string): number | undefined {
  if (spec.dtype === 'string') return undefined;
  const stored =
    spec.quantization === null ? spec.dtype : JSON.stringify(spec.quantization['dtype']).replaceAll('"', '');
  const width = widths[stored];
  if (width === undefined) throw wrong(`${spec.name} is of type ${stored}`, path);
  return sizeOf(spec.dims) * width;
}

/**
 * Reads all weights.
 * @throws UserError `model-shard` for a shard that is missing, short or long.
 */
export function readManifest(manifest: Json | undefined, path: string): NamedTensor[] {
  return groupsOf(manifest, path).flatMap((group) => {
    const sizes = group.paths.map((file) => sizeOfShard(file, path));
    const there = sizes.reduce((sum, size) => sum + size, 0);
    const wanted = group.weights.reduce((sum, spec) => sum + (bytesOf(spec, path) ?? 0), 0);
    const hasStrings = group.weights.some(({ dtype }) => dtype === 'string');
    if (there < wanted || (there > wanted && !hasStrings)) throw shortShard(group, there, wanted, path);
    const bytes = new Uint8Array(there);
    let at = 0;
    group.paths.forEach((file) => {
      const part = readFileSync(file);
      if (at + part.length > there) throw shortShard(group, there, wanted, path);
      bytes.set(part, at);
      at += part.length;
    });
    return split(group.weights, bytes, path);
  });
}

function sizeOfShard(file: string, path: string): number {
  if (!existsSync(file) || !statSync(file).isFile())
    throw new UserError('model-shard', `The shard ${basename(file)} is missing.`, {
      where: path,
      next: 'Put all files of the model into one folder: model.json names them.',
    });
  const { size } = statSync(file);
  if (size < 1024 && readFileSync(file, 'latin1').startsWith('version https://git-lfs'))
    throw new UserError('model-lfs-pointer', `The shard ${basename(file)} is a Git LFS pointer, not the weights.`, {
      where: path,
      next: 'Run git lfs pull in its repository.',
    });
  return size;
}

function shortShard(group: Group, there: number, wanted: number, path: string): UserError {
  const names = group.paths.map((file) => basename(file)).join(', ');
  return new UserError(
    'model-shard',
    `The weights are ${wanted} bytes, and ${names.length > 120 ? `${group.paths.length} shards hold` : `${names} hold${group.paths.length === 1 ? 's' : ''}`} ${there}.`,
    { where: path, next: 'Copy the model again, all its files together.' },
  );
}

function split(specs: readonly Spec[], bytes: Uint8Array, path: string): NamedTensor[] {
  let at = 0;
  return specs.map((spec) => {
    if (spec.dtype === 'string') {
      const { strings, end } = stringsAt(bytes, at, sizeOf(spec.dims), path);
      at = end;
      return { name: spec.name, tensor: { dtype: 'string', dims: spec.dims, data: strings } };
    }
    const length = bytesOf(spec, path) ?? 0;
    const part = bytes.subarray(at, at + length);
    at += length;
    return { name: spec.name, tensor: tensorOf(spec, part, path) };
  });
}

/** Each string is its length in four bytes, then UTF-8. */
function stringsAt(bytes: Uint8Array, start: number, count: number, path: string): { strings: string[]; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  const strings: string[] = [];
  let at = start;
  for (let index = 0; index < count; index += 1) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Infinity;
    if (at + 4 + length > bytes.length) throw wrong('a string runs over the end of the shards', path);
    strings.push(decoder.decode(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return { strings, end: at };
}

function tensorOf(spec: Spec, bytes: Uint8Array, path: string): Tensor {
  const { dims, dtype, quantization } = spec;
  if (quantization !== null) return dequantized(spec, quantization, bytes, path);
  switch (dtype) {
    case 'float32':
    case 'int32':
    case 'bool':
    case 'int64':
    case 'float64':
      return { dtype, dims, data: fromBytes(dtype, bytes) };
    case 'float16':
      return { dtype: 'float32', dims, data: halfToFloat(fromBytes('uint16', bytes) as Uint16Array) };
    case 'uint8':
      return { dtype: 'int32', dims, data: Int32Array.from(bytes) };
    default:
      throw wrong(`${spec.name} is of type ${dtype}`, path);
  }
}

/** What the converter made small: value · scale + min, or half floats. */
function dequantized(spec: Spec, quantization: JsonObject, bytes: Uint8Array, path: string): Tensor {
  const { dims } = spec;
  const { dtype, scale, min } = quantization;
  if (dtype === 'float16')
    return { dtype: 'float32', dims, data: halfToFloat(fromBytes('uint16', bytes) as Uint16Array) };
  const stored =
    dtype === 'uint8' ? bytes : dtype === 'uint16' ? (fromBytes('uint16', bytes) as Uint16Array) : undefined;
  if (stored === undefined || typeof scale !== 'number' || typeof min !== 'number')
    throw wrong(`${spec.name} is quantised in an unknown way`, path);
  if (spec.dtype === 'int32')
    return { dtype: 'int32', dims, data: Int32Array.from(stored, (value) => Math.round(value * scale + min)) };
  return { dtype: 'float32', dims, data: Float32Array.from(stored, (value) => value * scale + min) };
}
