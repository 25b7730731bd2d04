/** Categories: words and numbers to ids, ids to rows of zeros and ones. */
import { int, ints, strings } from '../../../graph/attributes';
import { f32 } from '../../../graph/tensor';
import type { Value } from '../../../graph/types';
import { isList, layerError, sizeAt, textAt } from '../config';
import type { LayerConfig } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { isTensor } from './operations';
import { asFloat } from './preprocessing';

const refused =
  (what: string) =>
  (call: Call): never => {
    throw layerError(
      call.layer,
      `${what} is computed by a function of TensorFlow that no model file of another kind has.`,
      'Use StringLookup or IntegerLookup, whose vocabulary is in the file, or feed what it makes.',
    );
  };

/** Ids [batch] or [batch, n] as they are, or as one row for each sample. */
function encoded(call: Call, ids: Value, depth: number, mode: string, weights?: Value): KerasTensor {
  if (mode === 'int') return call.plain(ids);
  const rank = call.b.type(ids)?.shape?.length ?? 0;
  const size = call.b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(depth)) }, 'depth');
  const wide = call.b.type(ids)?.dtype === 'int64' ? ids : call.op('Cast', [ids], { to: int(7) });
  const ones = call.op('OneHot', [wide, size, call.b.constant(f32([0, 1]), 'values')], { axis: int(-1) });
  const rows =
    weights === undefined ? ones : call.op('Mul', [ones, call.op('Unsqueeze', [weights, call.b.indices([-1])])]);
  if (rank < 2) return call.plain(rows);
  const axis = call.b.indices([-2]);
  // One category a sample: the axis of size 1 becomes the row.
  if (mode === 'one_hot')
    return call.plain(call.b.type(ids)?.shape?.at(-1) === 1 ? call.op('Squeeze', [rows, axis]) : rows);
  if (mode === 'multi_hot') return call.plain(call.op('ReduceMax', [rows, axis], { keepdims: int(0) }));
  if (mode === 'count') return call.plain(call.op('ReduceSum', [rows, axis], { keepdims: int(0) }));
  throw layerError(call.layer, `Its output mode "${mode}" is not known.`);
}

const modeOf = (layer: LayerConfig, fallback: string): string =>
  textAt(layer, 'output_mode', fallback).replace('-', '_').replace('binary', 'multi_hot');

function categoryEncoding(call: Call): KerasTensor {
  const value = call.channels.last(call.inputs[0] as KerasTensor);
  const ids = call.b.type(value)?.dtype === 'int64' ? value : call.op('Cast', [value], { to: int(7) });
  const given = call.named['count_weights'] ?? call.inputs[1];
  const weights = isTensor(given)
    ? asFloat(call, { ...given, value: call.channels.last(given), first: false })
    : undefined;
  const mode = modeOf(call.layer, 'multi_hot');
  if (weights !== undefined && mode !== 'count')
    throw layerError(call.layer, `It weighs categories in mode "${mode}".`);
  return encoded(call, ids, sizeAt(call.layer, 'num_tokens'), mode, weights?.value);
}

/** A word or a whole number of the vocabulary; null for none. */
function keyAt(layer: LayerConfig, key: string): string | null {
  const value = layer.values[key] ?? null;
  return typeof value === 'number' || typeof value === 'string' ? String(value) : null;
}

/** Words (or whole numbers) to their places in a vocabulary: mask first, then what is not in it. */
function lookup(call: Call): KerasTensor {
  const { layer } = call;
  const isText = layer.className === 'StringLookup';
  if (layer.values['invert'] === true) throw layerError(layer, 'It turns ids into words, which no number comes from.');
  if (sizeAt(layer, 'num_oov_indices', 1, 0) !== 1)
    throw layerError(
      layer,
      'It shares out what is not in its vocabulary by a hash, or refuses it.',
      'Save it with num_oov_indices=1.',
    );
  const mode = modeOf(layer, 'int');
  const token = keyAt(layer, 'mask_token');
  // A mask has no place among counts.
  const mask = mode === 'int' ? token : null;
  const masked = mask !== null;
  const special = [...(mask === null ? [] : [mask]), keyAt(layer, 'oov_token') ?? (isText ? '[UNK]' : '-1')];
  const given = layer.values['vocabulary'];
  const list = isList(given) ? given.map(String) : call.asset('vocabulary.txt')?.split(/\r?\n/);
  if (list === undefined || list.length === 0)
    throw layerError(
      layer,
      'The file does not hold its vocabulary.',
      'HDF5 files leave out what adapt() found: save the model as .keras.',
    );
  const words = special.every((word, index) => list[index] === word) ? list.slice(special.length) : list;
  const keys = [...(mask === null ? [] : [mask]), ...words];
  const first = masked ? 0 : 1;
  const values = keys.map((_, index) => (masked && index > 0 ? index + 1 : index + first));
  const x = call.channels.last(call.inputs[0] as KerasTensor);
  if (!isText && keys.some((key) => !/^-?\d+$/.test(key))) throw layerError(layer, 'Its vocabulary has words in it.');
  const wide = isText || call.b.type(x)?.dtype === 'int64' ? x : call.op('Cast', [x], { to: int(7) });
  const attributes = {
    ...(isText ? { keys_strings: strings(keys) } : { keys_int64s: ints(keys.map(Number)) }),
    values_int64s: ints(values),
    default_int64: int(masked ? 1 : 0),
  };
  const [ids = ''] = call.b.ops('LabelEncoder', [wide], 1, attributes, 'LabelEncoder', 'ai.onnx.ml');
  const depth =
    layer.values['pad_to_max_tokens'] === true ? sizeAt(layer, 'max_tokens') : words.length + special.length;
  return encoded(call, ids, depth, mode);
}

/** Which of its bins a number is in: how many bounds are not above it. */
function discretization(call: Call): KerasTensor {
  const { layer, b } = call;
  const bounds = layer.values['bin_boundaries'];
  const list = isList(bounds) ? bounds.map(Number) : [];
  if (list.length === 0 || list.some((bound) => !Number.isFinite(bound)))
    throw layerError(layer, 'The file does not hold its bounds.', 'Call adapt and save the model as .keras.');
  const value = call.channels.last(call.inputs[0] as KerasTensor);
  const x = b.type(value)?.dtype === 'float32' ? value : call.op('Cast', [value], { to: int(1) });
  const over = call.op('GreaterOrEqual', [call.op('Unsqueeze', [x, b.indices([-1])]), b.constant(f32(list), 'bounds')]);
  const ids = call.op('ReduceSum', [call.op('Cast', [over], { to: int(7) }), b.indices([-1])], { keepdims: int(0) });
  return encoded(call, ids, list.length + 1, modeOf(layer, 'int'));
}

export const categoryLayers: readonly LayerEntry[] = [
  { names: ['CategoryEncoding'], doc: 'Ids as rows of zeros and ones, or counted.', build: categoryEncoding },
  { names: ['StringLookup', 'IntegerLookup'], doc: 'Places in a vocabulary.', build: lookup },
  { names: ['Discretization'], doc: 'Numbers as the bins they are in.', build: discretization },
  { names: ['Hashing', 'HashedCrossing'], doc: 'Hashes of words: refused.', build: refused('A hash of words') },
];
