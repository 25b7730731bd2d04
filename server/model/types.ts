/** An imported model: its Graph and what we know about its meaning. */
import type { Graph, Value, ValueType } from '../graph/types';
import type { Task } from '../protocol';
import type { GivenInputs } from './given';

export interface ModelInput {
  readonly name: Value;
  readonly type: ValueType;
}

/**
 * Where relevance is measured: the first float value on the way from a model input. For pictures and numeric
 * columns the input itself, for token ids the output of the embedding lookup, for categories the one-hot slots.
 */
export interface EntryPoint {
  /** Model input it is computed from. */
  readonly input: Value;
  readonly value: Value;
  readonly type: ValueType;
  /**
   * How an entry's elements belong to the input's elements:
   * `identity` one to one; `embedding` the entry has extra trailing axes per input element;
   * `slots` entry element j of a row belongs to input element `slots[j]` of that row.
   */
  readonly kind: 'identity' | 'embedding' | 'slots';
  /** Rows of the table an embedding is looked up in: ids from this on are outside. */
  readonly rows?: number;
  readonly slots?: readonly number[];
}

/** How the graph's end was read. `logits` is the value before a final softmax or sigmoid, where one was found. */
export interface ModelOutput {
  /** Value explained by default, float32, [batch, …, classes] (or [batch] / [batch, 1] for one logit). */
  readonly logits: Value;
  readonly type: ValueType;
  readonly activation: 'softmax' | 'sigmoid' | 'none';
  /** True when the output is probabilities and no logit could be found before it: `logits` is then that output. */
  readonly onlyProbabilities: boolean;
  /** Model output it was read from (others are listed by `Model.outputs`). */
  readonly output: Value;
  /** One logit: two classes, f and −f. */
  readonly single: boolean;
  /** Classes, 2 for a single logit; the number of quantities of a regression; null when the size is not fixed. */
  readonly classes: number | null;
  /** The numbers are quantities, each for itself (regression): `logits` are [batch, quantities]. */
  readonly quantities?: true;
  /** Class names found in the model itself (ZipMap / classlabels), or null. */
  readonly labels: readonly string[] | null;
  /** The output has one prediction at every position of a sequence, [batch, position, classes]. */
  readonly positions: boolean;
  /** Scores of all positions, where `logits` are those of one of them (`positions.ts`). */
  readonly everywhere?: Value;
}

/** Words as a layer TextVectorization of Keras finds them. */
export interface KerasWords {
  readonly kind: 'keras';
  /** What is done before splitting: ASCII letters in lower case, ASCII punctuation taken away. */
  readonly lower: boolean;
  readonly strip: boolean;
  readonly split: 'whitespace' | 'character' | 'none';
}

/** What one operator on strings does to the pieces of a text; at first the text is one piece. */
export type TextStep =
  /** Every code point by itself, as the C library maps it. */
  | { readonly kind: 'case'; readonly to: 'lower' | 'upper' }
  /** Pieces that are one of `words` are taken away; compared in lower or upper case where `compare` says so. */
  | { readonly kind: 'stop'; readonly words: readonly string[]; readonly compare: 'lower' | 'upper' | null }
  /** What an RE2 expression matches (leftmost, longest), of at least `least` code points. */
  | { readonly kind: 'match'; readonly pattern: string; readonly least: number }
  /** What is between matches of each of the expressions in turn. */
  | { readonly kind: 'separate'; readonly patterns: readonly string[]; readonly least: number }
  /** Every code point. */
  | { readonly kind: 'characters' };

/** Words as StringNormalizer and Tokenizer of ONNX find them. */
export interface OnnxWords {
  readonly kind: 'onnx';
  readonly steps: readonly TextStep[];
}

/** One way to find tokens in a text. */
export interface TextAnalyzer {
  readonly words: KerasWords | OnnxWords;
  /** Lengths of the runs of words that are tokens, in the order in which they are read. */
  readonly ngrams: readonly number[];
  /** What stands between the words of a token in `vocabulary`. */
  readonly join: string;
  /** Its ids in `vocabulary`: from the first to before the last. */
  readonly ids: readonly [number, number];
}

/** How a model splits a text itself, as its file says: its input is then the ids of the words. */
export interface TextVectorization {
  /** Input that the ids are fed to. */
  readonly input: Value;
  /** Several where numbers of words stand beside those of characters, as in a FeatureUnion. */
  readonly analyzers: readonly TextAnalyzer[];
  /** Tokens by id. */
  readonly vocabulary: readonly string[];
  /** Id of tokens that are not in the vocabulary, and the one that stands for none at all. */
  readonly unknown: number;
  readonly pad: number;
  /** Tokens that are read at once. */
  readonly longest: number;
}

export interface Model {
  /** Canonical operator set, `ai.onnx.ml` lowered where differentiable, constants folded, batch dimension free. */
  readonly graph: Graph;
  readonly inputs: readonly ModelInput[];
  readonly outputs: readonly Value[];
  readonly output: ModelOutput;
  readonly entries: readonly EntryPoint[];
  /** SHA-256 (hex) of the model's file(s). */
  readonly hash: string;
  /** Absolute paths of the files its weights lie in besides its own (external data); absent where there are none. */
  readonly dataFiles?: readonly string[];
  /** Total bytes of weights. */
  readonly bytes: number;
  /** Its numbers may be missing (NaN): trees that say where those go, or an imputer. */
  readonly readsMissing?: boolean;
  /** For every input that is a text: absent where token ids or other numbers are all that the file knows. */
  readonly texts?: readonly TextVectorization[];
  /** Things a person should know: `quantised: gradients pass straight through`, baked batch size, …. */
  readonly notes: readonly string[];
  /** False when a batch of two cannot be trusted to equal two singles (baked shapes that could not be freed). */
  readonly batchable: boolean;
}

export interface ImportOptions {
  /** Memory the process may use, bytes; a model whose weights exceed it is refused with an estimate. */
  readonly memoryLimit?: number;
  /** Model output to read, when there are several. */
  readonly output?: string;
  readonly given?: GivenInputs;
  /** What its numbers are; left out: classes, unless the file says that they are made by a regressor. */
  readonly task?: Task;
}
