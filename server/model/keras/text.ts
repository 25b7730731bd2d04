/**
 * Text that a model splits itself (TextVectorization). Splitting is no arithmetic: the Graph begins with the ids of the
 * tokens, and what makes them of a text is handed on beside it, so that every token keeps its place in the text.
 */
import type { Dim } from '../../graph/types';
import { longestText } from '../text/longest';
import type { TextVectorization } from '../types';
import { isList, layerError, sizeAt, textAt } from './config';
import type { LayerConfig } from './config';
import { isModel, keyOf, planOf } from './topology';
import type { Plan } from './topology';

const SPLITTER = 'TextVectorization';

/** The layer that splits the text of an input, in nested models too; undefined where something else reads it. */
export function splitterOf(plan: Plan, key: string): LayerConfig | undefined {
  const users = plan.calls.filter(({ inputs }) => inputs.some((ref) => keyOf(ref) === key));
  const found = users.map(({ layer, inputs }) => {
    if (!isModel(layer)) return layer.className === SPLITTER ? layer : undefined;
    const inner = planOf(layer);
    const input = inner.inputs[inputs.findIndex((ref) => keyOf(ref) === key)];
    return input === undefined ? undefined : splitterOf(inner, keyOf(input.ref));
  });
  const [first] = found;
  return first !== undefined && found.every((layer) => layer?.name === first.name) ? first : undefined;
}

/** How many tokens the Graph reads: as many as there are, unless the layer fills up or cuts. */
export function tokensOf(layer: LayerConfig): Dim {
  const fixed = outputMode(layer) === 'int' && (layer.values['output_sequence_length'] ?? null) !== null;
  return fixed ? sizeAt(layer, 'output_sequence_length') : 'sequence';
}

export type OutputMode = 'int' | 'multi_hot' | 'count' | 'tf_idf';

export function outputMode(layer: LayerConfig): OutputMode {
  const mode = textAt(layer, 'output_mode', 'int').replace('-', '_').replace('binary', 'multi_hot');
  if (mode === 'int' || mode === 'multi_hot' || mode === 'count' || mode === 'tf_idf') return mode;
  throw layerError(layer, `Its output mode "${mode}" is not known.`);
}

/**
 * @param file The vocabulary as a `.keras` archive keeps it: a token a line, those with a meaning of their own first.
 * @throws UserError where Python code splits the text, or nothing holds the vocabulary.
 */
export function vectorizationOf(layer: LayerConfig, file: string | undefined): Omit<TextVectorization, 'input'> {
  const standardize = named(layer, 'standardize', 'lower_and_strip_punctuation');
  const split = named(layer, 'split', 'whitespace');
  if (!['lower_and_strip_punctuation', 'lower', 'strip_punctuation', null].includes(standardize))
    throw layerError(layer, `It standardises text by "${standardize ?? ''}", which is not known.`);
  if (split !== null && split !== 'whitespace' && split !== 'character')
    throw layerError(layer, `It splits text by "${split}", which is not known.`);
  const isIds = outputMode(layer) === 'int';
  const vocabulary = vocabularyOf(layer, file, isIds ? ['', '[UNK]'] : ['[UNK]']);
  const depth = depthOf(layer, vocabulary.length);
  return {
    analyzers: [
      {
        words: {
          kind: 'keras',
          lower: standardize?.startsWith('lower') === true,
          strip: standardize?.endsWith('punctuation') === true,
          split: split ?? 'none',
        },
        ngrams: ngramsOf(layer),
        join: ' ',
        ids: [0, vocabulary.length],
      },
    ],
    vocabulary,
    unknown: isIds ? 1 : 0,
    // Behind the vocabulary: a row of zeros.
    pad: isIds ? 0 : depth,
    longest: longestText(isIds ? undefined : depth),
  };
}

/** Numbers that a text becomes where its tokens are counted. */
export function depthOf(layer: LayerConfig, words: number): number {
  return layer.values['pad_to_max_tokens'] === true ? sizeAt(layer, 'max_tokens') : words;
}

/** A function of Keras by its name; null for none. */
function named(layer: LayerConfig, key: string, fallback: string): string | null {
  const value = layer.values[key];
  if (value === null || typeof value === 'string') return value;
  if (value === undefined) return fallback;
  throw layerError(
    layer,
    `Python code is its "${key}", and no code in a file is run.`,
    'Use one of the ways that Keras knows by name, or give the model token ids and name a tokenizer in model-blame.json.',
  );
}

function ngramsOf(layer: LayerConfig): readonly number[] {
  const value = layer.values['ngrams'] ?? null;
  if (value === null) return [1];
  if (!isList(value)) return Array.from({ length: sizeAt(layer, 'ngrams') }, (_, index) => index + 1);
  const lengths = value.filter((item): item is number => Number.isSafeInteger(item) && Number(item) > 0);
  if (lengths.length !== value.length || lengths.some((length) => length > 100) || lengths.length > 100)
    throw layerError(layer, 'Its "ngrams" are no list of lengths.', 'Save the model again.');
  return lengths;
}

function vocabularyOf(layer: LayerConfig, file: string | undefined, special: readonly string[]): readonly string[] {
  const given = layer.values['vocabulary'];
  const list = isList(given) ? given.map(String) : file === undefined ? [] : linesOf(file);
  if (list.length === 0)
    throw layerError(
      layer,
      'The file does not hold its vocabulary.',
      'HDF5 files leave out what adapt() found: save the model as .keras.',
    );
  return special.every((token, index) => list[index] === token) ? list : [...special, ...list];
}

/** Lines as Python sees them, which reads the file in Keras; empty ones at the end are dropped. */
function linesOf(file: string): readonly string[] {
  const lines = file.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/);
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
