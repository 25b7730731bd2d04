/** Reference data that lies beside a checkout, not in it. CI must have it; a user's clone may not. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** Path of a folder of reference data, or null when it is absent (an error where `CI` is set). */
export function referenceData(folder: string): string | null {
  const path = `${root}${folder}`;
  if (existsSync(path)) return path;
  if (process.env['CI'] !== undefined) throw new Error(`reference data ${folder} is missing, and CI must have it`);
  return null;
}

/** Options for a test that needs reference data: skipped, by name, where it is absent. */
export function needs(folder: string): { skip: string | false } {
  return { skip: referenceData(folder) === null ? `reference data ${folder} is not there` : false };
}
