/** Text split as a model's own file says: a layer TextVectorization of Keras, or operators on strings of ONNX. */
import type { KerasWords, TextAnalyzer, TextVectorization } from '../../model/types';
import { splitterOf } from './text-steps';
import type { TextSplitter, Word } from './text-steps';
import type { Tokens } from './tokenization';

/** Only ASCII letters change: TensorFlow reads bytes unless an encoding is named, and Keras names none. */
const CAPITALS = /[A-Z]/g;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
/** What TensorFlow takes for white space: no-break spaces and the like are parts of words. */
const WORDS = /[^\t\n\v\f\r ]+/g;

/** Tokens by the model's own vocabulary. */
export function vectorized(text: TextVectorization): Tokens {
  const split = splitBy(text);
  // The first entries stand for padding and for what is not in the vocabulary; no word of a text is them.
  const unknown = { token: text.vocabulary[text.unknown] ?? '[UNK]', id: text.unknown };
  return {
    tokenize: (sample) =>
      Promise.resolve({ prefix: [], content: split(sample).map((token) => ({ ...token, type: 0 })), suffix: [] }),
    vocabulary: () => text.vocabulary,
    pad: { token: '[PAD]', id: text.pad },
    mask: null,
    unknown,
    padLeft: false,
    maxLength: text.longest,
  };
}

export interface SplitToken extends Word {
  readonly id: number;
  readonly word: number;
}

/**
 * Tokens of a text as a model finds them. A token's span goes from its first to its last character in the text. Where
 * words and characters are counted side by side, the runs of characters follow the word they are of.
 */
export function splitBy(text: TextVectorization): (sample: string) => readonly SplitToken[] {
  const analyzers = text.analyzers.map((analyzer) => tokensBy(analyzer, text.vocabulary));
  return (sample) =>
    byWord(analyzers.map((tokens) => tokens(sample))).map((token) => ({ ...token, id: token.id ?? text.unknown }));
}

interface Found extends Word {
  /** Undefined where it is not in the vocabulary. */
  readonly id: number | undefined;
}

/**
 * Runs of words. In what counts n-grams, those that are not in the vocabulary stand for nothing: of them only the
 * shortest stay, so that every word is somewhere.
 */
function tokensBy(
  { words, ngrams, join, ids: [first, last] }: TextAnalyzer,
  vocabulary: readonly string[],
): (sample: string) => readonly Found[] {
  const ids = new Map(vocabulary.slice(first, last).map((token, at) => [token, first + at]));
  const split = words.kind === 'onnx' ? splitterOf(words.steps) : kerasSplitter(words);
  const withId = (word: Word): Found => ({ ...word, id: ids.get(word.token) });
  return (sample) => {
    const single = split(sample);
    const all = runs(single, ngrams, join).map((tokens) => tokens.map(withId));
    if (words.kind === 'keras') return all.flat();
    const found = all.flatMap((tokens, index) => (index === 0 ? tokens : tokens.filter(({ id }) => id !== undefined)));
    return found.length > 0 ? found : single.map(withId);
  };
}

/**
 * Every token of the first analyzer is a word of its own; those of the others that are in the vocabulary count to the
 * word that has most of their characters, the first of several, and follow it; blanks to the word before.
 */
function byWord([words = [], ...others]: readonly (readonly Found[])[]): readonly (Found & {
  readonly word: number;
})[] {
  const groups: Found[][] = words.map((word) => [word]);
  // Words go forward in the text, runs of them begin again: only the single ones are looked at.
  const end = words.findIndex(({ span }, index) => index > 0 && span[0] < (words[index - 1] as Found).span[0]);
  const single = end < 0 ? words : words.slice(0, end);
  for (const tokens of others) {
    let from = 0;
    for (const token of tokens) {
      if (token.id === undefined) continue;
      const [start, stop] = token.span;
      while (from > 0 && (single[from - 1]?.span[1] ?? 0) > start) from -= 1;
      while ((single[from]?.span[1] ?? Infinity) <= start) from += 1;
      let [best, most] = [Math.min(Math.max(0, from - 1), single.length - 1), 0];
      for (let at = from; (single[at]?.span[0] ?? Infinity) < stop; at += 1) {
        const [left, right] = (single[at] as Found).span;
        const shared = Math.min(right, stop) - Math.max(left, start);
        if (shared > most) [best, most] = [at, shared];
      }
      if (best < 0) groups.push([token]);
      else (groups[best] as Found[]).push(token);
    }
  }
  return groups.flatMap((group, word) => group.map((token) => ({ ...token, word })));
}

const kerasSplitter =
  (text: KerasWords): TextSplitter =>
  (sample) =>
    kerasWords(sample, text);

/** Words of the standardised text with where they are in the original. */
function kerasWords(sample: string, text: KerasWords): readonly Word[] {
  const lower = text.lower ? sample.replace(CAPITALS, (letter) => letter.toLowerCase()) : sample;
  // Places of the units that are left.
  const places: number[] = [];
  let plain = '';
  for (let at = 0; at < lower.length; at += 1) {
    const unit = lower[at] ?? '';
    if (text.strip && PUNCTUATION.test(unit)) continue;
    plain += unit;
    places.push(at);
  }
  const word = (start: number, token: string): Word => ({
    token,
    span: [places[start] ?? 0, (places[start + token.length - 1] ?? 0) + 1],
  });
  switch (text.split) {
    case 'whitespace':
      return Array.from(plain.matchAll(WORDS), (match) => word(match.index, match[0]));
    case 'character': {
      let at = 0;
      return Array.from(plain, (character) => {
        at += character.length;
        return word(at - character.length, character);
      });
    }
    case 'none':
      return plain === '' ? [] : [word(0, plain)];
  }
}

/** Runs of neighbours: all of the first length, then all of the next. */
function runs(single: readonly Word[], lengths: readonly number[], join: string): readonly (readonly Word[])[] {
  return lengths.map((length) =>
    Array.from({ length: Math.max(0, single.length - length + 1) }, (_, at) => {
      const part = single.slice(at, at + length);
      const [first, last] = [part[0] as Word, part.at(-1) as Word];
      return { token: part.map(({ token }) => token).join(join), span: [first.span[0], last.span[1]] as const };
    }),
  );
}
