/**
 * Text that an ONNX file splits and counts itself, as exports of scikit-learn do: strings → StringNormalizer →
 * Tokenizer → TfIdfVectorizer. No relevance goes through strings, so the Graph begins with the ids of the n-grams,
 * and how they are found in a text is handed on beside it: every token keeps its characters.
 */
import type { OnnxFile } from '../../graph/onnx/read';
import type { Graph, Node, Value } from '../../graph/types';
import type { SourceFile } from '../formats';
import type { TextStep } from '../types';
import { countedIds } from './counts';
import { vocabularyOf } from './ngrams';
import { stepsOf } from './steps';

/** Tokens of one text that are read at once. */
const MOST_TOKENS = 2 ** 16;

/**
 * The file with ids instead of strings; as it was where it reads no text, or reads other things beside it.
 * @throws UserError about a tokenizer or vocabulary that cannot be followed.
 */
export function withTextIds(file: OnnxFile): SourceFile {
  const found = frontOf(file.graph);
  if (found === undefined) return file;
  const { input, vectorizer, steps } = found;
  const grams = vocabularyOf(vectorizer);
  const { graph, share } = countedIds(file.graph, input, vectorizer, grams);
  return {
    ...file,
    graph,
    share,
    text: {
      input,
      words: { kind: 'onnx', steps },
      ngrams: grams.lengths,
      join: grams.join,
      vocabulary: grams.vocabulary,
      // Neither counts for anything: a column behind the vocabulary that is cut off again.
      unknown: grams.width,
      pad: grams.width,
      longest: MOST_TOKENS,
    },
  };
}

interface Front {
  readonly input: Value;
  readonly vectorizer: Node;
  readonly steps: readonly TextStep[];
}

/** The way from the only input, strings, to the only vectorizer. */
function frontOf(graph: Graph): Front | undefined {
  const inputs = graph.inputs.filter((value) => !graph.constants.has(value));
  const [input = ''] = inputs;
  const type = graph.types.get(input);
  if (inputs.length !== 1 || type?.dtype !== 'string') return undefined;
  if (type.shape !== undefined && (type.shape.length > 2 || (type.shape[1] ?? 1) !== 1)) return undefined;
  const vectorizers = graph.nodes.filter(({ op, domain }) => op === 'TfIdfVectorizer' && domain === '');
  const [vectorizer] = vectorizers;
  if (vectorizer === undefined || vectorizers.length > 1) return undefined;
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const way: Node[] = [];
  let at = vectorizer.inputs[0] ?? '';
  for (let node = producers.get(at); node !== undefined; node = producers.get(at)) {
    way.unshift(node);
    at = node.inputs[0] ?? '';
  }
  const between = [input, ...way.flatMap(({ outputs }) => outputs)];
  const readers = graph.nodes.filter((node) => node.inputs.some((value) => between.includes(value)));
  if (at !== input || readers.length !== way.length + 1) return undefined;
  const steps = way.flatMap((node) => stepsOf(node));
  // Without a tokenizer the strings are words already, and one sample has several.
  return steps.some(({ kind }) => kind !== 'case' && kind !== 'stop') ? { input, vectorizer, steps } : undefined;
}
