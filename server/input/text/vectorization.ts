/** Text split as a model's own file says: a layer TextVectorization of Keras, or operators on strings of ONNX. */
import type { KerasWords, TextVectorization } from '../../model/types';
import { splitterOf } from './text-steps';
import type { TextSplitter, Word } from './text-steps';
import type { Piece, Tokens } from './tokenization';

/** Only ASCII letters change: TensorFlow reads bytes unless an encoding is named, and Keras names none. */
const CAPITALS = /[A-Z]/g;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
/** What TensorFlow takes for white space: no-break spaces and the like are parts of words. */
const WORDS = /[^\t\n\v\f\r ]+/g;

/** Tokens by the model's own vocabulary. A token's span goes from its first to its last character in the text. */
export function vectorized(text: TextVectorization): Tokens {
  const ids = new Map(text.vocabulary.map((word, id) => [word, id]));
  const split = text.words.kind === 'onnx' ? splitterOf(text.words.steps) : kerasSplitter(text.words);
  // The first entries stand for padding and for what is not in the vocabulary; no word of a text is them.
  const unknown = { token: text.vocabulary[text.unknown] ?? '[UNK]', id: text.unknown };
  const piece = (token: string, span: Word['span'], word: number): Piece => ({
    token,
    id: ids.get(token) ?? text.unknown,
    span,
    word,
    type: 0,
  });
  return {
    tokenize: (sample) => {
      const found = tokensOf(split(sample), text, (token) => ids.has(token));
      return Promise.resolve({
        prefix: [],
        content: found.map(({ token, span }, index) => piece(token, span, index)),
        suffix: [],
      });
    },
    vocabulary: () => text.vocabulary,
    pad: { token: '[PAD]', id: text.pad },
    mask: null,
    unknown,
    padLeft: false,
    maxLength: text.longest,
  };
}

/**
 * Runs of words. In what counts n-grams, those that are not in the vocabulary stand for nothing: of them only the
 * shortest stay, so that every word is somewhere.
 */
function tokensOf(
  single: readonly Word[],
  text: TextVectorization,
  isKnown: (token: string) => boolean,
): readonly Word[] {
  const all = runs(single, text.ngrams, text.join);
  if (text.words.kind === 'keras') return all.flat();
  const found = all.flatMap((tokens, index) => (index === 0 ? tokens : tokens.filter(({ token }) => isKnown(token))));
  return found.length > 0 ? found : single;
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
