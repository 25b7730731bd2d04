/** The vocabulary of a TfIdfVectorizer. */
import { UserError } from '../../errors';
import { numberOf, numbersOf, stringsOf, textOf } from '../../graph/attributes';
import type { Node } from '../../graph/types';

export interface Ngrams {
  /** Lengths that are counted, the shortest first. */
  readonly lengths: readonly number[];
  /** N-grams by column; '' where none is counted in a column. */
  readonly vocabulary: readonly string[];
  readonly join: string;
  /** Columns of what the vectorizer makes. */
  readonly width: number;
  /** `TF` counts, `IDF` weighs what is there at all, `TFIDF` weighs counts. */
  readonly mode: 'TF' | 'IDF' | 'TFIDF';
  /** Weights by column; null where all are 1. */
  readonly weights: readonly number[] | null;
}

/** @throws UserError where it counts numbers, leaves gaps or has two n-grams in one column. */
export function vocabularyOf(node: Node): Ngrams {
  const pool = stringsOf(node, 'pool_strings') ?? [];
  const starts = numbersOf(node, 'ngram_counts') ?? [];
  const columns = numbersOf(node, 'ngram_indexes') ?? [];
  const mode = textOf(node, 'mode', '');
  const [shortest, longest] = [numberOf(node, 'min_gram_length', 1), numberOf(node, 'max_gram_length', 1)];
  if (pool.length === 0) throw unfit(node, 'It counts numbers, not words.');
  if (longest > 1 && numberOf(node, 'max_skip_count', 0) !== 0) throw unfit(node, 'It counts words with gaps between.');
  if (mode !== 'TF' && mode !== 'IDF' && mode !== 'TFIDF') throw unfit(node, `Its mode “${mode}” is not known.`);
  const grams = ngramsOf(pool, starts);
  if (grams.length !== columns.length)
    throw unfit(node, `It has ${columns.length} columns for ${grams.length} n-grams.`);
  if (new Set(columns).size !== columns.length) throw unfit(node, 'Two of its n-grams share a column.');
  const width = columns.reduce((most, column) => Math.max(most, column), -1) + 1;
  const join = separatorOf(pool);
  const vocabulary = new Array<string>(width).fill('');
  grams.forEach((words, index) => {
    const counted = words.length >= shortest && words.length <= longest;
    if (counted) vocabulary[columns[index] as number] = words.join(join);
  });
  const given = numbersOf(node, 'weights') ?? [];
  const plain = mode === 'TF' || given.length === 0 || given.every((weight) => weight === 1);
  if (!plain && given.length !== width) throw unfit(node, `It has ${given.length} weights for ${width} columns.`);
  return {
    lengths: Array.from({ length: longest - shortest + 1 }, (_, index) => shortest + index),
    vocabulary,
    join,
    width,
    mode,
    weights: plain ? null : given,
  };
}

/** N-grams in the order of the pool: all of length 1 from `starts[0]`, all of length 2 from `starts[1]`, …. */
function ngramsOf(pool: readonly string[], starts: readonly number[]): readonly (readonly string[])[] {
  return starts.flatMap((start, index) => {
    const end = starts[index + 1] ?? pool.length;
    const length = index + 1;
    return Array.from({ length: Math.max(0, Math.floor((end - start) / length)) }, (_, at) =>
      pool.slice(start + at * length, start + (at + 1) * length),
    );
  });
}

/** Between the words of an n-gram, so that no two n-grams read the same: a space, nothing for characters, else a sign. */
function separatorOf(pool: readonly string[]): string {
  if (pool.every((word) => Array.from(word).length === 1)) return pool.some((word) => word === ' ') ? '' : ' ';
  return pool.some((word) => word.includes(' ')) ? '\u241f' : ' ';
}

function unfit(node: Node, what: string): UserError {
  return new UserError('model-text', `The model's TfIdfVectorizer cannot be followed. ${what}`, {
    where: `node ${node.name}`,
    next: 'Export the part behind the vectorizer alone and give it the numbers.',
  });
}
