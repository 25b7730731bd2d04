/** Categories of `ai.onnx.ml`: words and ids are looked up in this process, no backend has strings. */
import { UserError } from '../../../errors';
import { numberOf, numbersOf, stringsOf, tensorOf, textOf } from '../../../graph/attributes';
import type { DType, Node } from '../../../graph/types';
import { fromNumbers, onHost } from '../operands';
import type { Operand } from '../operands';
import type { Call, Kernel, KernelEntry } from '../types';
import { need } from './common';

type Key = string | number;

/** Elements of an operand, which the table entry has had read. */
function keysOf({ host, dtype }: Operand): Key[] {
  if (host === undefined) throw new Error('value was not read from the device');
  return dtype === 'string' ? (host as string[]) : Array.from(host as ArrayLike<number | bigint>, Number);
}

/** A new last axis with 1 at the category. */
const oneHotEncoder: Kernel = (call) => {
  const x = need(call, 0);
  const categories: readonly Key[] =
    (x.dtype === 'string' ? stringsOf(call.node, 'cats_strings') : numbersOf(call.node, 'cats_int64s')) ?? [];
  const places = new Map(categories.map((category, place) => [category, place]));
  const keys = keysOf(x).map((key) => (typeof key === 'number' ? Math.trunc(key) : key));
  const values = new Float32Array(keys.length * categories.length);
  for (const [row, key] of keys.entries()) {
    const place = places.get(key);
    if (place !== undefined) values[row * categories.length + place] = 1;
    else if (numberOf(call.node, 'zeros', 1) === 0)
      throw new UserError('run-failed', `The model does not know the category “${key}”`, {
        where: `node ${call.node.name} (${call.node.op})`,
        next: `it knows ${categories.slice(0, 10).join(', ')}`,
      });
  }
  return fromNumbers('float32', [...x.dims, categories.length], values);
};

const labelEncoder: Kernel = (call) => {
  const x = need(call, 0);
  const { dtype, values, otherwise } = targetOf(call.node);
  const places = new Map(sourceOf(call).map((key, place) => [keyOf(key), place]));
  const found = keysOf(x).map((key) => values[places.get(keyOf(key)) ?? -1] ?? otherwise);
  if (dtype === 'string') return onHost({ dtype, dims: x.dims, data: found.map(String) });
  return fromNumbers(dtype, x.dims, found.map(Number));
};

/** NaN is a category like others: as a word it equals itself, and −0 is 0. */
const keyOf = (key: Key): string => (typeof key === 'number' ? `n${key + 0}` : `s${key}`);

function sourceOf({ node }: Call): readonly Key[] {
  const tensor = tensorOf(node, 'keys_tensor');
  if (tensor !== undefined) return keysOf(onHost(tensor));
  return stringsOf(node, 'keys_strings') ?? numbersOf(node, 'keys_int64s') ?? numbersOf(node, 'keys_floats') ?? [];
}

function targetOf(node: Node): { dtype: DType; values: readonly Key[]; otherwise: Key } {
  const tensor = tensorOf(node, 'values_tensor');
  const fallback = tensorOf(node, 'default_tensor');
  if (tensor !== undefined) {
    const own = fallback === undefined ? undefined : keysOf(onHost(fallback))[0];
    return { dtype: tensor.dtype, values: keysOf(onHost(tensor)), otherwise: own ?? defaultOf(node, tensor.dtype) };
  }
  const words = stringsOf(node, 'values_strings');
  if (words !== undefined) return { dtype: 'string', values: words, otherwise: defaultOf(node, 'string') };
  const floats = numbersOf(node, 'values_floats');
  if (floats !== undefined) return { dtype: 'float32', values: floats, otherwise: defaultOf(node, 'float32') };
  return {
    dtype: 'int64',
    values: numbersOf(node, 'values_int64s') ?? [],
    otherwise: defaultOf(node, 'int64'),
  };
}

/** The specification's own defaults. */
function defaultOf(node: Node, dtype: DType): Key {
  if (dtype === 'string') return textOf(node, 'default_string', '_Unused');
  return dtype === 'int64' ? numberOf(node, 'default_int64', -1) : numberOf(node, 'default_float', -0);
}

export const categories: readonly KernelEntry[] = [
  { ops: ['OneHotEncoder'], domain: 'ai.onnx.ml', kernel: oneHotEncoder, reads: 'all' },
  { ops: ['LabelEncoder'], domain: 'ai.onnx.ml', kernel: labelEncoder, reads: 'all' },
];
