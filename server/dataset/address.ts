/** Sample addresses as a person writes them. */
import { existsSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserError } from '../errors';
import type { SampleAddress } from '../protocol';

const datasets = new Set(['.csv', '.tsv', '.jsonl', '.ndjson', '.json']);

/**
 * `file:LINE` is a physical line, `file#N` a data record, anything else a whole file. A file that really has such
 * a name wins, and so does a drive letter (`C:\x.csv`).
 * @throws UserError `sample-not-found`, `row-missing`, `bad-row`.
 */
export function parseAddress(given: string, cwd: string): SampleAddress {
  const whole = toFile(given, cwd);
  if (existsSync(whole)) return wholeFile(given, whole);
  const row = /^(?<file>.+)(?<mark>[:#])(?<number>\d+)$/s.exec(given)?.groups;
  if (row === undefined) throw notFound(given);
  const file = toFile(row['file'] ?? '', cwd);
  if (!existsSync(file)) throw notFound(row['file'] ?? '');
  if (statSync(file).isDirectory())
    throw new UserError('sample-not-found', 'This is a folder, not a dataset file', {
      where: row['file'] ?? '',
      next: 'name a file in it',
    });
  const number = Number(row['number']);
  if (number < 1 || !Number.isSafeInteger(number))
    throw new UserError('bad-row', 'Lines and records are counted from 1', {
      where: given,
      next: `the first data row is ${row['file'] ?? ''}#1`,
    });
  const uri = pathToFileURL(file).href;
  return row['mark'] === ':' ? { kind: 'line', uri, line: number } : { kind: 'record', uri, record: number };
}

function wholeFile(given: string, path: string): SampleAddress {
  if (statSync(path).isDirectory())
    throw new UserError('sample-not-found', 'This is a folder, not a sample', {
      where: path,
      next: 'name a picture, or a row such as reviews.csv:17',
    });
  if (datasets.has(extname(path).toLowerCase()))
    throw new UserError('row-missing', 'A dataset file has many samples', {
      where: given,
      next: `name a line (${given}:2) or a record (${given}#1)`,
    });
  return { kind: 'file', uri: pathToFileURL(path).href };
}

export function toFile(given: string, cwd: string): string {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(given) && !given.startsWith('file:'))
    throw new UserError('not-a-file', 'Samples are files of this machine; nothing is downloaded', { where: given });
  try {
    return given.startsWith('file:') ? fileURLToPath(given) : resolve(cwd, given);
  } catch (cause) {
    throw new UserError('not-a-file', 'This is not the address of a file', { where: given, cause });
  }
}

export function notFound(given: string): UserError {
  return new UserError('sample-not-found', 'There is no such file', {
    where: given,
    next: 'check the path; rows are named as reviews.csv:17 or reviews.csv#16',
  });
}
