/** The package's version, from the manifest beside the bundle (`dist/`) or above the sources. */
import { existsSync, readFileSync } from 'node:fs';

export function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    const url = new URL(place, import.meta.url);
    if (!existsSync(url)) continue;
    const manifest = JSON.parse(readFileSync(url, 'utf8')) as { readonly version?: string };
    if (manifest.version !== undefined) return manifest.version;
  }
  return 'unknown';
}
