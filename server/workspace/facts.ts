/** What the files of an export say about a model's classes, or that it has none. */
import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../errors';
import type { Task } from '../protocol';
import type { ModelFiles } from './exportFolder';

export interface ModelFacts {
  readonly labels: readonly string[] | null;
  /** True when the names are placeholders that an export writes when it knows none: `LABEL_0`, `LABEL_1`, …. */
  readonly placeholders: boolean;
  /** What `problem_type` says of Transformers' models; absent where it says nothing of it. */
  readonly task?: Task;
}

const LARGEST_CONFIG = 32 * 2 ** 20;
export function modelFacts(files: ModelFiles): ModelFacts {
  const config = readJsonObject(files.config);
  const labels = labelsOf(config['id2label'], files.config) ?? labelLines(files.labels);
  return {
    labels,
    placeholders: labels?.every((label) => /^LABEL_\d+$/.test(label)) ?? false,
    ...(config['problem_type'] === 'regression' ? { task: 'regression' } : {}),
  };
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
