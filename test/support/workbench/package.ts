/** The VSIX that people get, made anew only when a source is newer than it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const sources = ['extension', 'server', 'webview', 'schemas', 'media', 'walkthrough', 'l10n', 'scripts'];
const files = ['package.json', 'package.nls.json', 'package-lock.json', 'esbuild.mjs', '.vscodeignore'];

/** Path of the packed extension. @throws Error with the packager's output when it fails. */
export function packagedExtension(): string {
  const vsix = join(root, 'out', 'e2e', 'model-blame.vsix');
  if (existsSync(vsix) && statSync(vsix).mtimeMs > newest()) return vsix;
  mkdirSync(join(root, 'out', 'e2e'), { recursive: true });
  const script = join(root, 'scripts', 'package.mjs');
  const run = spawnSync(process.execPath, [script, '--out', vsix], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`packaging failed:\n${run.stdout}${run.stderr}`);
  return vsix;
}

function newest(): number {
  const inFolders = sources
    .map((name) => join(root, name))
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)));
  return Math.max(...[...inFolders, ...files.map((name) => join(root, name))].map((path) => statSync(path).mtimeMs));
}
