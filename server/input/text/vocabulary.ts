/** A word vocabulary and a pattern that says what a word is. */
import { fileName } from '../../dataset';
import type { Files } from '../../dataset';
import { UserError } from '../../errors';
import type { TextInputConfig } from '../../workspace/types';
import { readText } from '../paths';
import { linearPattern, wordPattern } from './pattern';
import type { WordPattern } from './pattern';
import { byId } from './tokenization';
import type { Piece, SpecialToken, Tokens } from './tokenization';

/** Letters, marks and digits together, every other visible character alone. */
const DEFAULT_PATTERN = /[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu;
/** Linear in the text, so it needs no watch. */
const OWN_PATTERN = linearPattern(DEFAULT_PATTERN);
const usualPad = ['[PAD]', '<pad>', '<PAD>'];
const usualUnknown = ['[UNK]', '<unk>', '<UNK>', '<oov>', '<OOV>'];
const usualMask = ['[MASK]', '<mask>'];

/** @throws UserError `bad-vocabulary`, `bad-pattern`, `slow-pattern`, `unknown-token-missing`. */
export async function loadVocabulary(uri: string, config: TextInputConfig, files: Files): Promise<Tokens> {
  const ids = parseVocabulary(await readText(uri, files), uri);
  const pattern = config.pattern === undefined ? OWN_PATTERN : wordPattern(config.pattern, uri);
  const unknown = special(ids, config.unknownToken, usualUnknown, 'unknownToken', uri);
  return {
    tokenize: (text) =>
      Promise.resolve({ prefix: [], content: words(text, pattern, ids, unknown, config, uri), suffix: [] }),
    ids(text, most) {
      const read = config.lowercase === true ? lowered(text).text : text;
      // Without an entry for unknown words every word of the text is looked at: one that is not there is an error.
      const content = pattern
        .words(read, unknown === null ? Infinity : most)
        .map((word) => ids.get(word) ?? unknown?.id ?? notThere(word, uri));
      return { prefix: [], content, suffix: [], types: null };
    },
    vocabulary: () => byId(ids),
    pad: special(ids, config.padToken, usualPad, 'padToken', uri),
    mask: special(ids, undefined, usualMask, 'maskToken', uri),
    unknown,
    padLeft: false,
    maxLength: null,
  };
}

function words(
  text: string,
  pattern: WordPattern,
  ids: ReadonlyMap<string, number>,
  unknown: SpecialToken | null,
  config: TextInputConfig,
  uri: string,
): readonly Piece[] {
  const pieces: Piece[] = [];
  const read = config.lowercase === true ? lowered(text) : asItIs(text);
  for (const [start, end] of pattern.find(read.text)) {
    const word = read.text.slice(start, end);
    const id = ids.get(word) ?? unknown?.id ?? notThere(word, uri);
    const span = read.span(start, end);
    pieces.push({ token: word, id, span, word: pieces.length, type: 0 });
  }
  return pieces;
}

function notThere(word: string, uri: string): never {
  throw new UserError('unknown-token-missing', `“${word.slice(0, 40)}” is not in ${fileName(uri)}`, {
    where: uri,
    next: 'name the vocabulary entry for unknown words: "unknownToken"',
    uri,
  });
}

/** The text words are looked for in, and the span in the original of a span in it. */
interface Read {
  readonly text: string;
  span(start: number, end: number): readonly [number, number];
}

/** Lower case first, then words; where a letter grows (`İ`), whole letters are looked up. */
function lowered(text: string): Read {
  const plain = text.toLowerCase();
  if (plain.length === text.length) return asItIs(plain);
  const starts: number[] = [];
  const ends: number[] = [];
  let grown = '';
  let unit = 0;
  for (const character of text) {
    const lower = character.toLowerCase();
    grown += lower;
    while (starts.length < grown.length) {
      starts.push(unit);
      ends.push(unit + character.length);
    }
    unit += character.length;
  }
  return { text: grown, span: (start, end) => [starts[start] ?? unit, ends[end - 1] ?? unit] };
}

function asItIs(text: string): Read {
  return { text, span: (start, end) => [start, end] };
}

/** One word a line (the 0-based line is the id), a JSON list (the place is), or a JSON object from word to id. */
export function parseVocabulary(text: string, uri: string): ReadonlyMap<string, number> {
  const body = text.replace(/^\ufeff/, '');
  const ids = /^\s*[[{]\s*["\]}]/.test(body) ? fromJson(body, uri) : fromLines(body);
  if (ids.size === 0) throw badVocabulary(uri, 'it has no words');
  return ids;
}

function fromLines(text: string): ReadonlyMap<string, number> {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return new Map(lines.map((word, id) => [word, id]));
}

function fromJson(text: string, uri: string): ReadonlyMap<string, number> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badVocabulary(uri, cause instanceof Error ? cause.message : 'not valid JSON');
  }
  if (Array.isArray(value)) return new Map(value.map((word, id) => [String(word), id]));
  const entries = Object.entries(value as Record<string, unknown>);
  const wrong = entries.find(([, id]) => typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0);
  if (wrong !== undefined) throw badVocabulary(uri, `“${wrong[0]}” has no whole number as its id`);
  return new Map(entries as [string, number][]);
}

function badVocabulary(uri: string, where: string): UserError {
  return new UserError('bad-vocabulary', `${fileName(uri)} is not a vocabulary`, {
    where,
    next: 'write one word a line, or a JSON object from word to id',
    uri,
  });
}

function special(
  ids: ReadonlyMap<string, number>,
  name: string | undefined,
  usual: readonly string[],
  option: string,
  uri: string,
): SpecialToken | null {
  for (const token of name === undefined ? usual : [name]) {
    const id = ids.get(token);
    if (id !== undefined) return { token, id };
  }
  if (name === undefined) return null;
  throw new UserError('token-not-in-vocabulary', `${fileName(uri)} has no entry “${name}”`, {
    where: `"${option}"`,
    next: 'name an entry of the vocabulary, exactly as it is written there',
    uri,
  });
}
