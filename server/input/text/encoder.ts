/** Text to token ids, attention mask and the rest, one window at a time. */
import type { Files, SourceText } from '../../dataset';
import type { Feeds } from '../../engine/types';
import { UserError } from '../../errors';
import type { TokenFeature, TokenFeatures } from '../../protocol';
import type { TextVectorization } from '../../model/types';
import type { TextInputConfig } from '../../workspace/types';
import { tensorOf } from '../model-input';
import type { EncoderOptions, InputSpec } from '../model-input';
import { resolveUri } from '../paths';
import type { Baseline, EncodedSample, InputEncoder } from '../types';
import { textBaseline, textBaselines } from './baselines';
import { firstWindow } from './first-window';
import { loadTokenizer } from './hugging-face';
import { textInputs } from './roles';
import type { Role, TextInputs } from './roles';
import type { Piece, Tokens } from './tokenization';
import { vectorized } from './vectorization';
import { loadVocabulary } from './vocabulary';
import { windowsOf } from './windows';
import type { TextWindow } from './windows';

/** When neither the configuration nor the model nor its files say how much a model reads. */
const DEFAULT_LENGTH = 512;

export interface TextEncoderOptions extends EncoderOptions {
  /** Rows of the embedding: a larger token id is an error. */
  readonly vocabularySize?: number;
  /** The model's own way to split text; a tokenizer or vocabulary in the configuration goes first. */
  readonly vectorization?: TextVectorization;
}

export interface TextInputEncoder extends InputEncoder {
  readonly kind: 'text';
  /** Tokens per window, special ones included. */
  readonly maxLength: number;
  /** @param window 0-based; texts longer than `maxLength` have several. */
  encode(text: SourceText, window?: number): Promise<EncodedSample>;
  /** The feeds of `encode` for the first window, without features. */
  feeds(text: SourceText): Promise<Feeds>;
  baseline(sample: EncodedSample, id: string): Baseline;
}

/**
 * @param modelInputs Inputs of the model, [batch, sequence] each.
 * @throws UserError when files or inputs do not fit.
 */
export async function createTextEncoder(
  config: TextInputConfig,
  modelInputs: readonly InputSpec[],
  files: Files,
  options: TextEncoderOptions = {},
): Promise<TextInputEncoder> {
  const inputs = textInputs(modelInputs);
  const tokens = await loadTokens(config, files, options);
  const maxLength = windowLength(config, inputs, tokens);
  const padTo = config.padToMaxLength === true || inputs.length !== null ? maxLength : null;
  if (padTo !== null && tokens.pad === null)
    throw new UserError('no-pad-token', `the model reads exactly ${padTo} tokens, and no padding token is known`, {
      next: 'name one: "padToken"',
    });
  const offers = textBaselines(tokens);
  const idsInput = inputs.roles.find(({ role }) => role === 'ids')?.input.name ?? '';
  /** The pieces of one window, and where it lies in the text. */
  const pieces = async (text: SourceText, window: number) => {
    if (text.text.trim() === '')
      throw new UserError('empty-text', 'the text is empty', { next: 'choose a row with text' });
    const all = await tokens.tokenize(text.text);
    if (all.content.length === 0)
      throw new UserError('empty-text', 'the tokenizer finds no token in the text', {
        where: JSON.stringify(text.text.slice(0, 40)),
        next: 'choose a row with words',
      });
    const room = maxLength - all.prefix.length - all.suffix.length;
    if (room < 1)
      throw new UserError('window-too-short', `${maxLength} tokens leave no room beside the special ones`, {
        where: '"maxLength"',
        next: 'make it larger',
      });
    const windows = windowsOf(all.content.length, room);
    const count = windows.length;
    const chosen = windows[window];
    if (chosen === undefined)
      throw new UserError(
        'no-such-window',
        `there is no window ${window + 1}: the text has ${count === 1 ? 'one' : count}`,
        {
          next: `choose one from 1 to ${count}`,
        },
      );
    const content = all.content.slice(chosen.start, chosen.end);
    const read = [...all.prefix, ...content, ...all.suffix];
    checkIds(read, options.vocabularySize);
    return { read, all, content, chosen, count };
  };
  const window = { inputs, maxLength, padTo, padId: tokens.pad?.id ?? 0, padLeft: tokens.padLeft };
  return {
    kind: 'text',
    maxLength,
    vocabulary: () => tokens.vocabulary(),
    baselines: offers.map((offer) => offer.info),
    async feeds(text) {
      const ids = text.text.trim() === '' ? undefined : await tokens.ids?.(text.text, maxLength);
      const quick = ids === undefined ? null : firstWindow(ids, window, options.vocabularySize ?? Infinity);
      return quick ?? tensorsOf((await pieces(text, 0)).read, inputs, padTo, tokens).feeds;
    },
    async encode(text, window = 0) {
      const { read, all, content, chosen, count } = await pieces(text, window);
      return {
        ...tensorsOf(read, inputs, padTo, tokens),
        count: read.length,
        fixed: new Set(read.flatMap((piece, index) => (piece.span === null ? [index] : []))),
        features: {
          kind: 'tokens',
          tokens: read.map((piece) => feature(piece, text)),
          text: text.text,
          truncated: all.content.length - content.length,
          window: { index: window, count, ...overlapOf(chosen, count, all.prefix.length) },
        },
      };
    },
    baseline: (sample, id) => textBaseline(offers, sample, id, idsInput),
  };
}

/** As places among the tokens of the window, special ones counted. */
function overlapOf(
  { start, own, shared }: TextWindow,
  count: number,
  before: number,
): Partial<TokenFeatures['window']> {
  const place = (token: number): number => token - start + before;
  return count > 1 ? { shared, own: [place(own[0]), place(own[1])] } : {};
}

async function loadTokens(config: TextInputConfig, files: Files, options: TextEncoderOptions): Promise<Tokens> {
  if (config.tokenizer !== undefined) return loadTokenizer(resolveUri(config.tokenizer, options), files);
  if (config.vocabulary !== undefined) return loadVocabulary(resolveUri(config.vocabulary, options), config, files);
  if (options.vectorization !== undefined) return vectorized(options.vectorization);
  throw new UserError('no-tokenizer', 'nothing says how this model splits text', {
    where: '"input"',
    next: 'give "tokenizer": a tokenizer.json, or "vocabulary": a list of words',
  });
}

function windowLength(config: TextInputConfig, inputs: TextInputs, tokens: Tokens): number {
  if (inputs.length !== null && config.maxLength !== undefined && config.maxLength !== inputs.length)
    throw new UserError('wrong-max-length', `the model reads exactly ${inputs.length} tokens`, {
      where: `"maxLength": ${config.maxLength}`,
      next: 'leave "maxLength" out',
    });
  const length = inputs.length ?? config.maxLength ?? tokens.maxLength ?? DEFAULT_LENGTH;
  if (Number.isSafeInteger(length) && length > 0) return length;
  throw new UserError('wrong-max-length', `${length} is not a number of tokens`, { where: '"maxLength"' });
}

function checkIds(pieces: readonly Piece[], size: number | undefined): void {
  const outside = size === undefined ? undefined : pieces.find((piece) => piece.id >= size);
  if (outside === undefined) return;
  throw new UserError('token-outside-embedding', `token “${outside.token}” has id ${outside.id}`, {
    where: `the model's embedding has ${size ?? 0} rows`,
    next: 'give the tokenizer or vocabulary that the model was trained with',
  });
}

/** Feeds of batch 1; padding belongs to no feature. */
function tensorsOf(
  pieces: readonly Piece[],
  inputs: TextInputs,
  padTo: number | null,
  tokens: Tokens,
): Pick<EncodedSample, 'feeds' | 'featureOf'> {
  const length = padTo ?? pieces.length;
  const shift = tokens.padLeft ? length - pieces.length : 0;
  const at = (index: number): Piece | undefined => pieces[index - shift];
  const value: Record<Role, (index: number) => number> = {
    ids: (index) => at(index)?.id ?? tokens.pad?.id ?? 0,
    mask: (index) => (at(index) === undefined ? 0 : 1),
    types: (index) => at(index)?.type ?? 0,
    positions: (index) => Math.max(0, index - shift),
  };
  const feeds: Feeds = Object.fromEntries(
    inputs.roles.map(({ role, input }) => [
      input.name,
      tensorOf(
        input.type.dtype,
        Array.from({ length }, (_, index) => value[role](index)),
        [1, length],
      ),
    ]),
  );
  const ids = inputs.roles.find(({ role }) => role === 'ids');
  const featureOf = Int32Array.from({ length }, (_, index) => (at(index) === undefined ? -1 : index - shift));
  return { feeds, featureOf: ids === undefined ? {} : { [ids.input.name]: featureOf } };
}

function feature(piece: Piece, text: SourceText): TokenFeature {
  const { span } = piece;
  return {
    token: piece.token,
    text: span === null ? '' : text.text.slice(span[0], span[1]),
    id: piece.id,
    word: piece.word,
    special: span === null,
    textSpan: span,
    source: span === null ? null : text.locate(span[0], span[1]),
  };
}
