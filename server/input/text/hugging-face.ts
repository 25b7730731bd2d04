/** `tokenizer.json` of the Hugging Face tokenizers library. */
import type { Encoding, Tokenizer } from 'tokenizers';
import { fileName } from '../../dataset';
import type { Files } from '../../dataset';
import { UserError } from '../../errors';
import { asObject, readJson } from '../paths';
import { tokenizerInfo } from './info';
import { readableSpans, wordsBySpace } from './spans';
import type { Span } from './spans';
import { byId } from './tokenization';
import type { Piece, SpecialToken, TokenIds, Tokenization, Tokens } from './tokenization';

const usualPad = ['[PAD]', '<pad>', '<|padding|>', '<|pad|>'];
const usualMask = ['[MASK]', '<mask>'];
const usualUnknown = ['[UNK]', '<unk>', '<|unk|>'];

/** @throws UserError `bad-tokenizer` when the library refuses the file. */
export async function loadTokenizer(uri: string, files: Files): Promise<Tokens> {
  const json = await readJson(uri, files);
  const info = await tokenizerInfo(asObject(json) ?? {}, uri, files);
  const tokenizer = await parse(json, uri);
  // Truncation inside the file applies silently and its overflow is broken: windows are ours.
  tokenizer.disableTruncation();
  tokenizer.disablePadding();
  const special = (name: string | null, usual: readonly string[]): SpecialToken | null => {
    for (const token of name === null ? usual : [name, ...usual]) {
      const id = tokenizer.tokenToId(token);
      if (id !== null) return { token, id };
    }
    return null;
  };
  return {
    tokenize: async (text) => split(await encode(tokenizer, text, uri), text),
    ids: async (text) => idsOf(await encode(tokenizer, text, uri)),
    vocabulary: () => byId(Object.entries(tokenizer.getVocab(true))),
    pad: special(info.padToken, usualPad),
    mask: special(info.maskToken, usualMask),
    unknown: special(info.unknownToken, usualUnknown),
    padLeft: info.padLeft,
    maxLength: info.maxLength,
  };
}

/** The native library is loaded when the first text is read, not before: a cold start pays for what it uses. */
async function parse(json: unknown, uri: string): Promise<Tokenizer> {
  const library = await import('tokenizers').catch((cause: unknown) => {
    throw new UserError('tokenizers-unavailable', 'the tokenizers library cannot be loaded on this machine', {
      where: `${process.platform}-${process.arch}`,
      next: 'reinstall, or give the model a word "vocabulary" instead of a "tokenizer"',
      cause,
    });
  });
  try {
    return library.Tokenizer.fromString(JSON.stringify(json));
  } catch (cause) {
    throw new UserError('bad-tokenizer', `${fileName(uri)} is not a tokenizer that can be read`, {
      where: cause instanceof Error ? cause.message : uri,
      next: 'export it again with tokenizer.save_pretrained(folder)',
      uri,
      cause,
    });
  }
}

async function encode(tokenizer: Tokenizer, text: string, uri: string): Promise<Encoding> {
  try {
    return await tokenizer.encode(text, null, { addSpecialTokens: true });
  } catch (cause) {
    throw new UserError('text-not-tokenized', `${fileName(uri)} cannot split this text`, {
      where: cause instanceof Error ? cause.message : uri,
      next: 'check that the tokenizer belongs to the model and knows an unknown token',
      uri,
      cause,
    });
  }
}

/**
 * Where the content begins and ends: added tokens are those at both ends that the library marks; one typed by a person
 * in the text is content.
 */
function contentOf(encoding: Encoding): readonly [number, number] {
  const added = encoding.getSpecialTokensMask();
  const first = added.findIndex((flag) => flag === 0);
  const from = first < 0 ? prefixOfEmpty(added.length) : first;
  return [from, first < 0 ? from : added.findLastIndex((flag) => flag === 0) + 1];
}

function idsOf(encoding: Encoding): TokenIds {
  const ids = encoding.getIds();
  const [from, to] = contentOf(encoding);
  const types = encoding.getTypeIds();
  return {
    prefix: ids.slice(0, from),
    content: ids.slice(from, to),
    suffix: ids.slice(to),
    types: types.every((type) => type === 0) ? null : types,
  };
}

function split(encoding: Encoding, text: string): Tokenization {
  const tokens = encoding.getTokens();
  const ids = encoding.getIds();
  const types = encoding.getTypeIds();
  const [from, to] = contentOf(encoding);
  const spans = readableSpans(
    text,
    encoding.getOffsets().slice(from, to) as unknown as readonly Span[],
    tokens.slice(from, to),
  );
  const words = wordsOf(encoding.getWordIds().slice(from, to), text, spans);
  const piece = (index: number): Piece => ({
    token: tokens[index] as string,
    id: ids[index] as number,
    span: index >= from && index < to ? (spans[index - from] as Span) : null,
    word: index >= from && index < to ? (words[index - from] as number) : null,
    type: types[index] as number,
  });
  const pieces = tokens.map((_, index) => piece(index));
  return { prefix: pieces.slice(0, from), content: pieces.slice(from, to), suffix: pieces.slice(to) };
}

/** No content at all: where it would go does not matter. */
function prefixOfEmpty(length: number): number {
  return Math.min(1, length);
}

/** The library's words, if it knows any; a token without one is a word of its own. */
function wordsOf(ids: readonly (number | null | undefined)[], text: string, spans: readonly Span[]): readonly number[] {
  const distinct = new Set(ids.filter((id) => id !== null && id !== undefined));
  if (distinct.size <= 1) return wordsBySpace(text, spans);
  let next = Math.max(...distinct) + 1;
  return ids.map((id) => id ?? next++);
}
