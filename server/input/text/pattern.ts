/** Words by a person's regular expression, within a time: a pattern that backtracks without end is an error. */
import { createContext, Script } from 'node:vm';
import { fileName } from '../../dataset';
import { UserError } from '../../errors';

/** Finding words takes far less for any text a model reads; who waits longer waits in vain. */
const MOST_MILLISECONDS = 1000;

/** Runs in a context of its own, which is what makes a regular expression interruptible. */
const FIND = new Script(
  `Array.from(text.matchAll(new RegExp(pattern, 'gu')), (match) => [match.index, match.index + match[0].length])`,
);

/**
 * Patterns that never look back: alternatives of plain characters and classes, repeated at most at their end. They need
 * no clock, whose start and stop takes longer than finding the words of a text.
 */
const ATOM = String.raw`(?:\[(?:[^\]\\]|\\.)*\]|\\(?:[pP]\{[^}]*\}|[wWdDsSnrt\\.$^*+?()[\]{}|/-])|[^\\[\](){}|*+?^$.])`;
const BRANCH = `${ATOM}+\\+?`;
const LINEAR = new RegExp(`^${BRANCH}(?:\\|${BRANCH})*$`, 'u');

export interface WordPattern {
  /** UTF-16 spans of the words in a text, in order; empty matches are left out. @throws UserError `slow-pattern`. */
  find(text: string): readonly (readonly [number, number])[];
  /** The words themselves: at least the first `most`, where there are as many. */
  words(text: string, most: number): readonly string[];
}

/** Characters that a word takes, generously. */
const WORD_LENGTH = 16;

/** @param expression Global, without lookahead, and never long about a text. */
export function linearPattern(expression: RegExp): WordPattern {
  return {
    find: (text) => Array.from(text.matchAll(expression), ({ index, 0: word }) => [index, index + word.length]),
    words(text, most) {
      // Of a long text only the beginning is looked at; the word it is cut in does not count.
      const begin = text.length > WORD_LENGTH * most ? text.slice(0, WORD_LENGTH * most).match(expression) : null;
      return begin !== null && begin.length > most ? begin.slice(0, most) : (text.match(expression) ?? []);
    },
  };
}

/**
 * @param source A JavaScript regular expression for one word, flags "gu".
 * @param uri The vocabulary it is used with, for errors.
 * @throws UserError `bad-pattern`.
 */
export function wordPattern(source: string, uri: string): WordPattern {
  try {
    new RegExp(source, 'gu');
  } catch (cause) {
    throw new UserError('bad-pattern', 'the pattern of the vocabulary is not a regular expression', {
      where: cause instanceof Error ? cause.message : source,
      next: 'write a JavaScript regular expression for one word; flags are "gu"',
      cause,
    });
  }
  if (LINEAR.test(source)) return linearPattern(new RegExp(source, 'gu'));
  const given = createContext({ pattern: source, text: '' });
  const watched: WordPattern = {
    words: (text) => watched.find(text).map(([start, end]) => text.slice(start, end)),
    find(text) {
      given['text'] = text;
      try {
        const spans = FIND.runInContext(given, { timeout: MOST_MILLISECONDS }) as readonly (readonly [
          number,
          number,
        ])[];
        return spans.filter(([start, end]) => end > start);
      } catch (cause) {
        if ((cause as { readonly code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
        throw new UserError(
          'slow-pattern',
          `the pattern /${source}/gu needs more than ${MOST_MILLISECONDS / 1000} s for ${text.length} characters: ${JSON.stringify(text.slice(0, 40))}`,
          {
            where: `"pattern" of the vocabulary ${fileName(uri)}`,
            next: 'write it without nested repetition such as (a+)+, which tries every way to split a text',
            cause,
          },
        );
      } finally {
        given['text'] = '';
      }
    },
  };
  return watched;
}
