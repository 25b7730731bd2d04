/** Text split as a layer TextVectorization of Keras does it. */
import type { TextVectorization } from '../../model/types';
import type { Piece, Tokens } from './tokenization';

/** Only ASCII letters change: TensorFlow reads bytes unless an encoding is named, and Keras names none. */
const CAPITALS = /[A-Z]/g;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
/** What TensorFlow takes for white space: no-break spaces and the like are parts of words. */
const WORDS = /[^\t\n\v\f\r ]+/g;

type Span = readonly [number, number];

/** Tokens by the model's own vocabulary. A token's span goes from its first to its last character in the text. */
export function vectorized(text: TextVectorization): Tokens {
  const ids = new Map(text.vocabulary.map((word, id) => [word, id]));
  // The first entries stand for padding and for what is not in the vocabulary; no word of a text is them.
  const unknown = { token: text.vocabulary[text.unknown] ?? '[UNK]', id: text.unknown };
  const piece = (token: string, span: Span, word: number): Piece => ({
    token,
    id: ids.get(token) ?? text.unknown,
    span,
    word,
    type: 0,
  });
  return {
    tokenize: (sample) => {
      const found = runs(words(sample, text), text.ngrams);
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

interface Word {
  readonly token: string;
  readonly span: Span;
}

/** Words of the standardised text with where they are in the original. */
function words(sample: string, text: TextVectorization): readonly Word[] {
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
function runs(single: readonly Word[], lengths: readonly number[]): readonly Word[] {
  return lengths.flatMap((length) =>
    Array.from({ length: Math.max(0, single.length - length + 1) }, (_, at) => {
      const part = single.slice(at, at + length);
      const [first, last] = [part[0] as Word, part.at(-1) as Word];
      return { token: part.map(({ token }) => token).join(' '), span: [first.span[0], last.span[1]] as const };
    }),
  );
}
