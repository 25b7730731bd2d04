/**
 * Texts that an ONNX file splits and counts itself, as exports of scikit-learn do: strings → StringNormalizer →
 * Tokenizer → TfIdfVectorizer, several side by side in a FeatureUnion. No relevance goes through strings, so the Graph
 * begins with the ids of the n-grams, and how they are found in a text is handed on beside it: every token keeps its
 * characters. Inputs that are no texts stay as they are.
 */
import type { OnnxFile } from '../../graph/onnx/read';
import type { Graph, Node, Value, ValueType } from '../../graph/types';
import type { SourceFile } from '../formats';
import type { TextStep, TextVectorization } from '../types';
import { countedIds } from './counts';
import { vocabularyOf } from './ngrams';
import type { Ngrams } from './ngrams';
import { stepsOf } from './steps';

/** Tokens of one text that are read at once. */
const MOST_TOKENS = 2 ** 16;

/**
 * The file with ids instead of the strings that are texts; as it was where it reads none.
 * @throws UserError about a tokenizer or vocabulary that cannot be followed.
 */
export function withTextIds(file: OnnxFile): SourceFile {
  const fronts = frontsOf(file.graph);
  if (fronts.length === 0) return file;
  let { graph } = file;
  const shares = new Map<Value, Value>();
  const texts = fronts.map(({ input, ways }, index): TextVectorization => {
    const counters = ways.map(({ vectorizer }) => ({ vectorizer, grams: vocabularyOf(vectorizer) }));
    const counted = countedIds(graph, input, counters, index === 0 ? 'sequence' : `sequence_${index + 1}`);
    graph = counted.graph;
    shares.set(input, counted.share);
    let next = 0;
    const analyzers = ways.map(({ steps }, at) => {
      const { lengths, join, width } = counters[at]?.grams as Ngrams;
      const ids = [next, (next += width)] as const;
      return { words: { kind: 'onnx' as const, steps }, ngrams: lengths, join, ids };
    });
    return {
      input,
      analyzers,
      vocabulary: counters.flatMap(({ grams }) => grams.vocabulary),
      // Neither counts for anything: a column behind the vocabulary that is cut off again.
      unknown: next,
      pad: next,
      longest: MOST_TOKENS,
    };
  });
  return { ...file, graph, shares, texts };
}

interface Front {
  readonly input: Value;
  readonly ways: readonly Way[];
}

/** From a text to one vectorizer. */
interface Way {
  readonly vectorizer: Node;
  readonly steps: readonly TextStep[];
}

/** Inputs of one string a sample that nothing but vectorizers read, with the ways there. */
function frontsOf(graph: Graph): readonly Front[] {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const all = graph.nodes
    .filter(({ op, domain }) => op === 'TfIdfVectorizer' && domain === '')
    .map((vectorizer) => wayTo(vectorizer, producers));
  return graph.inputs.flatMap((input): readonly Front[] => {
    if (graph.constants.has(input) || !isOneString(graph.types.get(input))) return [];
    const found = all.filter(({ from }) => from === input);
    const between = new Set([input, ...found.flatMap(({ nodes }) => nodes.flatMap(({ outputs }) => outputs))]);
    const known = new Set(found.flatMap(({ nodes, vectorizer }) => [...nodes, vectorizer]));
    const others = graph.nodes.some((node) => !known.has(node) && node.inputs.some((value) => between.has(value)));
    if (found.length === 0 || others) return [];
    const ways = found.map(({ vectorizer, nodes }) => ({ vectorizer, steps: nodes.flatMap((node) => stepsOf(node)) }));
    // Without a tokenizer the strings are words already, and one sample has several.
    return ways.every(({ steps }) => steps.some(({ kind }) => kind !== 'case' && kind !== 'stop'))
      ? [{ input, ways }]
      : [];
  });
}

/** Back along the first inputs, as far as there are nodes. */
function wayTo(
  vectorizer: Node,
  producers: ReadonlyMap<Value, Node>,
): { readonly vectorizer: Node; readonly from: Value; readonly nodes: readonly Node[] } {
  const nodes: Node[] = [];
  let from = vectorizer.inputs[0] ?? '';
  for (let node = producers.get(from); node !== undefined; node = producers.get(from)) {
    nodes.unshift(node);
    from = node.inputs[0] ?? '';
  }
  return { vectorizer, from, nodes };
}

function isOneString(type: ValueType | undefined): boolean {
  return (
    type?.dtype === 'string' && (type.shape === undefined || (type.shape.length <= 2 && (type.shape[1] ?? 1) === 1))
  );
}
