/** Priors that took long are kept on disk, in the user's cache folder, for the next process. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Prior } from './prior';

/** Milliseconds of work that are worth a file. */
export const WORTH = 2000;

/** `MODEL_BLAME_CACHE`, else the platform's folder for caches. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const own = env['MODEL_BLAME_CACHE'];
  if (own !== undefined && own !== '') return own;
  const base = process.platform === 'win32' ? env['LOCALAPPDATA'] : env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'model-blame');
}

const fileOf = (key: string): string => join(cacheFolder(), 'priors', `${key}.json`);

/** @returns Null when there is none, or none that can be believed. */
export async function storedPrior(key: string, classes: number | null): Promise<Prior | null> {
  try {
    const read = JSON.parse(await readFile(fileOf(key), 'utf8')) as Partial<Prior> | null;
    const p = read?.probabilities;
    const isDistribution =
      Array.isArray(p) &&
      (classes === null || p.length === classes) &&
      p.every((value) => typeof value === 'number' && value >= 0 && value <= 1);
    return isDistribution && read?.source !== undefined ? { probabilities: p, source: read.source } : null;
  } catch {
    return null;
  }
}

/** Written whole or not at all. A cache that cannot be written is no error. */
export async function storePrior(key: string, prior: Prior): Promise<void> {
  const file = fileOf(key);
  const draft = `${file}.${process.pid}`;
  try {
    await mkdir(join(cacheFolder(), 'priors'), { recursive: true });
    await writeFile(draft, JSON.stringify(prior));
    await rename(draft, file);
  } catch {
    // The prior is computed again next time.
  }
}
