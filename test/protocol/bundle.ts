/** The server as it ships, bundled once for a test file: it starts in a fraction of the time from source. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Below the checkout, where native modules are found. */
export async function bundleServer(): Promise<{ readonly main: string; readonly remove: () => void }> {
  mkdirSync(join(root, 'out'), { recursive: true });
  const outdir = mkdtempSync(join(root, 'out', 'server-'));
  await build({
    entryPoints: {
      server: join(root, 'server/main.ts'),
      compute: join(root, 'server/compute.ts'),
      patterns: join(root, 'server/patterns/child.ts'),
    },
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    external: [
      'onnxruntime-node',
      'tokenizers',
      'sharp',
      'webgpu',
      '@tensorflow/tfjs-node',
      '@tensorflow/tfjs-node-gpu',
    ],
    // As in esbuild.mjs.
    banner: {
      js: [
        "import { createRequire as makeRequire } from 'node:module';",
        'const require = makeRequire(import.meta.url);',
        'const __dirname = import.meta.dirname ?? require("node:path").dirname(require("node:url").fileURLToPath(import.meta.url));',
      ].join(' '),
    },
  });
  return { main: join(outdir, 'server.js'), remove: () => rmSync(outdir, { recursive: true, force: true }) };
}
