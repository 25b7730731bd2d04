/** Packs extensions for the workbench: the real one, the one with the stand-in server, and test drivers. */
import { createRequire } from 'node:module';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../../..');

/** `createRequire` gives bundled CommonJS packages their `require` in an ES module. */
const banner =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

export interface Packed {
  readonly vsix: string;
  dispose(): void;
}

/** The extension as it is built now, its native modules beside the bundle. */
export function packExtension(): Packed {
  const stage = stageExtension();
  const modules = join(stage, 'dist', 'node_modules');
  for (const name of closure(['onnxruntime-node', 'tokenizers', 'sharp']))
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true, filter: isWanted });
  return pack(stage);
}

/** The extension with the stand-in server: no model, no native module. */
export async function packWithFakeServer(): Promise<Packed> {
  const stage = stageExtension();
  await build({
    entryPoints: [join(import.meta.dirname, 'fake-server.ts')],
    outfile: join(stage, 'dist', 'server.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: banner },
    logLevel: 'error',
  });
  return pack(stage);
}

/** A small extension of TypeScript sources: `entry` is bundled to the manifest's `main`. */
export async function packDriver(folder: string, entry: string): Promise<Packed> {
  const stage = mkdtempSync(join(tmpdir(), 'model-blame-stage-'));
  cpSync(join(folder, 'package.json'), join(stage, 'package.json'));
  await build({
    entryPoints: [join(folder, entry)],
    outfile: join(stage, 'main.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    logLevel: 'error',
  });
  return pack(stage);
}

function stageExtension(): string {
  const built = join(root, 'dist', 'extension.cjs');
  if (!existsSync(built)) throw new Error(`${built} is missing: run “npm run build” first`);
  const stage = mkdtempSync(join(tmpdir(), 'model-blame-stage-'));
  for (const name of ['package.nls.json', 'l10n', 'media', 'walkthrough', 'schemas', 'LICENSE', 'dist'])
    if (existsSync(join(root, name)))
      cpSync(join(root, name), join(stage, name), {
        recursive: true,
        filter: (path) => !path.endsWith('.map') && !path.includes('node_modules'),
      });
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  const { scripts: _scripts, devDependencies: _dev, dependencies: _needed, ...kept } = manifest;
  writeFileSync(join(stage, 'package.json'), JSON.stringify(kept));
  return stage;
}

/** Packages and everything they depend on, as far as installed. */
function closure(names: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (name: string) => {
    const file = join(root, 'node_modules', name, 'package.json');
    if (found.has(name) || !existsSync(file)) return;
    found.add(name);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
      dependencies?: Record<string, string>;
      optionalDependencies?: Record<string, string>;
    };
    for (const next of [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]) visit(next);
  };
  names.forEach(visit);
  return [...found];
}

/** Only this machine's binaries. */
function isWanted(path: string): boolean {
  const platform = /[\\/]napi-v\d+[\\/](\w+)(?:[\\/](\w+))?/.exec(path);
  return platform === null || (platform[1] === process.platform && (platform[2] ?? process.arch) === process.arch);
}

function pack(stage: string): Packed {
  const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');
  const vsix = join(stage, 'extension.vsix');
  mkdirSync(stage, { recursive: true });
  const args = ['package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', vsix];
  const run = spawnSync(process.execPath, [vsce, ...args], { cwd: stage, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`vsce failed:\n${run.stdout}${run.stderr}`);
  return { vsix, dispose: () => rmSync(stage, { recursive: true, force: true }) };
}
