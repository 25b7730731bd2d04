/**
 * Words as ONNX Runtime's StringNormalizer and Tokenizer find them, with their places in the text. Expressions are
 * RE2's, leftmost and longest, and run in time linear in the text whatever a model's file says.
 */
import { RE2JS } from 're2js';
import { UserError } from '../../errors';
import type { TextStep } from '../../model/types';

export interface Word {
  readonly token: string;
  /** UTF-16, in the original text. */
  readonly span: readonly [number, number];
}

export type TextSplitter = (text: string) => readonly Word[];

/** @throws UserError for an expression that RE2 does not know. */
export function splitterOf(steps: readonly TextStep[]): TextSplitter {
  const all = steps.map((step) => makers(step));
  return (text) => {
    let words: readonly Word[] = [{ token: text, span: [0, text.length] }];
    for (const step of all) words = step(words);
    return words;
  };
}

type Step = (words: readonly Word[]) => readonly Word[];

function makers(step: TextStep): Step {
  switch (step.kind) {
    case 'case':
      return (words) => words.map(({ token, span }) => ({ token: inCase(token, step.to), span }));
    case 'stop': {
      const { compare } = step;
      const plain = (word: string): string => (compare === null ? word : inCase(word, compare));
      const stopped = new Set(step.words.map(plain));
      return (words) => words.filter(({ token }) => !stopped.has(plain(token)));
    }
    case 'characters':
      return (words) =>
        words.flatMap((word) => {
          let at = 0;
          return Array.from(word.token, (character) => part(word, (at += character.length) - character.length, at));
        });
    case 'match': {
      const regex = compiled(step.pattern);
      return (words) => words.flatMap((word) => matches(word, regex, step.least));
    }
    case 'separate': {
      const regexes = step.patterns.map(compiled);
      return (words) =>
        regexes.reduce<readonly Word[]>(
          (pieces, regex) => pieces.flatMap((word) => between(word, regex, step.least)),
          words,
        );
    }
  }
}

function compiled(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.LONGEST_MATCH);
  } catch (error) {
    throw new UserError('model-text', `The model splits text by an expression that RE2 does not know: ${pattern}`, {
      next: 'export it again with an expression that ONNX Runtime can read: options={TfidfVectorizer: {"tokenexp": "[a-zA-Z0-9_]+"}}',
      cause: error,
    });
  }
}

const part = (word: Word, from: number, to: number): Word => ({
  token: word.token.slice(from, to),
  span: [word.span[0] + from, word.span[0] + to],
});

/** Code points. */
const lengthOf = (text: string): number => Array.from(text).length;

/** Behind the code point at `at`. */
const next = (text: string, at: number): number => at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** A match that is too short moves on by one character, so that the next may begin inside of it. */
function matches(word: Word, regex: RE2JS, least: number): readonly Word[] {
  const { token } = word;
  const found: Word[] = [];
  const matcher = regex.matcher(token);
  for (let at = 0; at <= token.length && matcher.find(at);) {
    const [start, end] = [matcher.start(), matcher.end()];
    const enough = end > start && lengthOf(token.slice(start, end)) >= least;
    if (enough) found.push(part(word, start, end));
    at = enough ? end : next(token, start);
  }
  return found;
}

/** Pieces between matches, those of fewer than `least` characters left out. */
function between(word: Word, regex: RE2JS, least: number): readonly Word[] {
  const { token } = word;
  const found: Word[] = [];
  const matcher = regex.matcher(token);
  const keep = (from: number, to: number): void => {
    if (to > from && lengthOf(token.slice(from, to)) >= least) found.push(part(word, from, to));
  };
  let at = 0;
  while (at <= token.length && matcher.find(at)) {
    const [start, end] = [matcher.start(), matcher.end()];
    keep(at, start);
    at = end > start ? end : next(token, start);
  }
  keep(at, token.length);
  return found;
}

/**
 * Code point by code point, to one code point each, as `towlower` and `towupper` map them in UTF-8 locales of Linux:
 * spans stay what they are.
 */
export function inCase(text: string, to: 'lower' | 'upper'): string {
  const whole = to === 'lower' ? text.toLowerCase() : text.toUpperCase();
  // Only these are more than a map of code points: ς at the end of a word, İ, and letters that become several.
  if (whole.length === text.length && !/[\u03a3\u0130\u{1f80}-\u{1fff}]/u.test(text)) return whole;
  return Array.from(text, (character) => single(character, to)).join('');
}

function single(character: string, to: 'lower' | 'upper'): string {
  if (character === '\u0130' && to === 'lower') return 'i';
  const changed = to === 'lower' ? character.toLowerCase() : character.toUpperCase();
  if (changed.length === character.length && lengthOf(changed) === 1) return changed;
  return to === 'upper' ? titled(character) : character;
}

/** Greek letters with an iota below have a single capital that JavaScript spells out. */
function titled(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x1f80 && code < 0x1fb0 && (code & 8) === 0) return String.fromCodePoint(code + 8);
  return code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3 ? String.fromCodePoint(code + 9) : character;
}
