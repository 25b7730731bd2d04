/** What the files beside a tokenizer say about it. */
import type { Files } from '../../dataset';
import { asNumber, asObject, asString, readJson, readJsonIfThere, sibling } from '../paths';
import type { JsonObject } from '../paths';

export interface TokenizerInfo {
  /** Tokens a model reads at once, special ones included; null when nothing says. */
  readonly maxLength: number | null;
  readonly padToken: string | null;
  readonly maskToken: string | null;
  readonly unknownToken: string | null;
  readonly padLeft: boolean;
  /** `WordPiece`, `BPE`, `Unigram`, `WordLevel`. */
  readonly model: string | null;
}

/** Larger limits are a tokenizer's way to say that there is none. */
const NO_LIMIT = 1e6;

/** Position tables of these begin after the padding id: two entries are never used. */
const offsetPositions = new Set([
  'roberta',
  'xlm-roberta',
  'camembert',
  'xmod',
  'data2vec-text',
  'longformer',
  'mpnet',
]);

/**
 * Reads `tokenizer.json` and, beside it or one folder up, `tokenizer_config.json`, `special_tokens_map.json`
 * and `config.json`.
 * @param uri URI of the `tokenizer.json`.
 */
export async function readTokenizerInfo(uri: string, files: Files): Promise<TokenizerInfo> {
  return tokenizerInfo(asObject(await readJson(uri, files)) ?? {}, uri, files);
}

export async function tokenizerInfo(tokenizer: JsonObject, uri: string, files: Files): Promise<TokenizerInfo> {
  const [settings, special, config] = await Promise.all([
    readJsonIfThere(sibling(uri, 'tokenizer_config.json'), files),
    readJsonIfThere(sibling(uri, 'special_tokens_map.json'), files),
    readJsonIfThere(sibling(uri, 'config.json'), files),
  ]);
  const padding = asObject(tokenizer['padding']);
  const model = asObject(tokenizer['model']);
  const named = (key: string): string | null => content(settings?.[key]) ?? content(special?.[key]) ?? null;
  const limits = [asNumber(settings?.['model_max_length']), positions(config), asNumber(settings?.['max_len'])].filter(
    (limit) => limit !== undefined && limit > 0 && limit < NO_LIMIT,
  ) as number[];
  const truncation = asNumber(asObject(tokenizer['truncation'])?.['max_length']);
  return {
    maxLength: limits.length > 0 ? Math.min(...limits) : (truncation ?? null),
    padToken: named('pad_token') ?? asString(padding?.['pad_token']) ?? null,
    maskToken: named('mask_token'),
    unknownToken: named('unk_token') ?? asString(model?.['unk_token']) ?? null,
    padLeft: (asString(settings?.['padding_side']) ?? asString(padding?.['direction']))?.toLowerCase() === 'left',
    model: asString(model?.['type']) ?? null,
  };
}

function positions(config: JsonObject | null): number | undefined {
  const size = asNumber(config?.['max_position_embeddings']) ?? asNumber(config?.['n_positions']);
  if (size === undefined) return undefined;
  return offsetPositions.has(asString(config?.['model_type']) ?? '') ? size - 2 : size;
}

/** A token is written as a string or as an object with its content. */
function content(value: unknown): string | undefined {
  return asString(value) ?? asString(asObject(value)?.['content']);
}
