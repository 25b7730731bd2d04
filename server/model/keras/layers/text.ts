/** Layers that read text. */
import { int } from '../../../graph/attributes';
import { f32 } from '../../../graph/tensor';
import type { Value } from '../../../graph/types';
import { isList, layerError } from '../config';
import type { LayerConfig } from '../config';
import { depthOf, outputMode, vectorizationOf } from '../text';
import type { Call, KerasTensor, LayerEntry } from '../types';

const weighs = (layer: LayerConfig): boolean =>
  outputMode(layer) === 'tf_idf' && (layer.values['idf_weights'] ?? null) === null;

/** The ids of the tokens as they are, or how often each word of the vocabulary is among them. */
function vectorize(call: Call): KerasTensor {
  const { layer, b } = call;
  const tensor = call.inputs[0] as KerasTensor;
  if (b.type(tensor.value)?.dtype !== 'int64')
    throw layerError(
      layer,
      'It reads what another layer made of a text.',
      'Let it read the input of the model, and nothing else read that.',
    );
  const text = vectorizationOf(layer, call.asset('vocabulary.txt'));
  const mode = outputMode(layer);
  call.splits(text);
  if (mode === 'int') return tensor;
  const depth = depthOf(layer, text.vocabulary.length);
  const bounds = b.constant(f32([0, 1]), 'values');
  const size = b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(depth)) }, 'depth');
  const rows = call.op('OneHot', [tensor.value, size, bounds], { axis: int(-1) });
  const axis = b.indices([1]);
  if (mode === 'multi_hot') return call.plain(call.op('ReduceMax', [rows, axis], { keepdims: int(0) }));
  const counts = call.op('ReduceSum', [rows, axis], { keepdims: int(0) });
  return call.plain(mode === 'count' ? counts : call.op('Mul', [counts, idf(call, depth, text.vocabulary.length)]));
}

/** How rare each word is; a vocabulary that is filled up weighs nothing. */
function idf(call: Call, depth: number, words: number): Value {
  const given = call.layer.values['idf_weights'];
  const list = isList(given) ? given.map(Number) : Array.from(call.weight('idf_weights').data, Number);
  // Without the one of unknown words, Keras takes the mean.
  const all = list.length === words - 1 ? [list.reduce((sum, one) => sum + one, 0) / list.length, ...list] : list;
  if (all.length < words || all.length > depth || all.some((one) => !Number.isFinite(one)))
    throw layerError(call.layer, `It has ${list.length} weights for ${words} words.`, 'Save the model again.');
  return call.b.constant(f32([...all, ...new Array<number>(depth - all.length).fill(0)]), 'idf_weights');
}

export const textLayers: readonly LayerEntry[] = [
  {
    names: ['TextVectorization'],
    doc: 'Text as ids of its words, or as the words that are in it, counted or weighed.',
    weights: (layer) => (weighs(layer) ? ['idf_weights'] : []),
    fixed: ['idf_weights'],
    parts: () => ['_lookup_layer'],
    build: vectorize,
  },
];
