/** What the JSON files of an export say about a model: class names, length, tokens. */
import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../errors';
import type { ModelFiles } from './exportFolder';

export interface ModelFacts {
  readonly labels: readonly string[] | null;
  /** True when the names are placeholders that an export writes when it knows none: `LABEL_0`, `LABEL_1`, …. */
  readonly placeholders: boolean;
  /** Tokens a text model reads at once; null when no file says so. */
  readonly maxLength: number | null;
}

const LARGEST_CONFIG = 32 * 2 ** 20;
/** Tokenizers without a limit write 1e30 there. */
const NO_LIMIT = 1e6;
/** Families that count positions from `pad_token_id + 1`: two positions fewer than the configuration says. */
const offsetPositions = /^(xlm-)?(roberta|camembert|xlm-roberta(-xl)?|roberta-prelayernorm|longformer|bart|mpnet)$/;

export function modelFacts(files: ModelFiles): ModelFacts {
  const config = readJsonObject(files.config);
  const tokenizer = readJsonObject(files.tokenizerConfig);
  const labels = labelsOf(config['id2label'], files.config) ?? labelLines(files.labels);
  return {
    labels,
    placeholders: labels?.every((label) => /^LABEL_\d+$/.test(label)) ?? false,
    maxLength: limit(tokenizer['model_max_length']) ?? positions(config),
  };
}

function limit(value: unknown): number | null {
  return typeof value === 'number' && value >= 1 && value < NO_LIMIT ? Math.floor(value) : null;
}

function positions(config: Readonly<Record<string, unknown>>): number | null {
  const value = limit(config['max_position_embeddings']);
  const family = config['model_type'];
  return value !== null && typeof family === 'string' && offsetPositions.test(family) ? value - 2 : value;
}

/** `{ "0": "negative", "1": "positive" }` → names in order; ids must be 0…n−1. */
function labelsOf(id2label: unknown, path: string | null): readonly string[] | null {
  if (typeof id2label !== 'object' || id2label === null) return null;
  const entries = Object.entries(id2label).sort(([a], [b]) => Number(a) - Number(b));
  if (entries.length < 2) return null;
  if (entries.some(([id], index) => Number(id) !== index))
    throw new UserError('wrong-labels', 'id2label does not number the classes 0, 1, 2, ….', {
      ...(path === null ? {} : { where: path }),
      next: 'Correct it, or write "labels" into model-blame.json.',
    });
  return entries.map(([, label]) => String(label));
}

function labelLines(path: string | null): readonly string[] | null {
  if (path === null || statSync(path).size > LARGEST_CONFIG) return null;
  const lines = readFileSync(path, 'utf8')
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.length >= 2 ? lines : null;
}

/** An object from a JSON file; empty when there is no file. Throws a UserError for a broken one. */
function readJsonObject(path: string | null): Readonly<Record<string, unknown>> {
  if (path === null || statSync(path).size > LARGEST_CONFIG) return {};
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (cause) {
    throw new UserError('invalid-json', 'Not valid JSON.', {
      where: path,
      next: 'Correct it, or delete it and describe the model in model-blame.json.',
      cause,
    });
  }
}
