// Bundles the three programs (extension host, server + compute + command line, page). Warnings are errors.
//   --watch      again on every change
//   --release    minified, without source maps
//   --out DIR    into another folder than dist/
import { build, context } from 'esbuild';
import { cpSync, mkdirSync, existsSync, chmodSync, readdirSync, rmSync, statSync } from 'node:fs';

const watch = process.argv.includes('--watch');
const release = process.argv.includes('--release');
const out = process.argv.includes('--out') ? (process.argv[process.argv.indexOf('--out') + 1] ?? 'dist') : 'dist';

const common = {
  bundle: true,
  sourcemap: release ? false : 'linked',
  minify: release,
  logLevel: 'info',
  logOverride: {},
  // Its main file is UMD, whose requires a bundler cannot see.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
};
/** Native modules are found beside the bundle (dist/node_modules in a VSIX) or in node_modules (checkout). */
const native = [
  'onnxruntime-node',
  'tokenizers',
  'sharp',
  'webgpu',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
];
// Under a name of its own: a module may import the same function.
const require = [
  "import { createRequire as makeRequire } from 'node:module';",
  'const require = makeRequire(import.meta.url);',
  // What emscripten's code for Node starts from.
  'const __dirname = import.meta.dirname ?? require("node:path").dirname(require("node:url").fileURLToPath(import.meta.url));',
].join(' ');

const targets = [
  {
    entryPoints: ['extension/main.ts'],
    outfile: `${out}/extension.cjs`,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
  },
  {
    entryPoints: {
      server: 'server/main.ts',
      compute: 'server/compute.ts',
      cli: 'server/cli.ts',
      patterns: 'server/patterns/child.ts',
      trial: 'server/engine/trial/child.ts',
    },
    outdir: out,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: native,
    // What the three programs share is there once, and what a command does not need is not even parsed.
    splitting: true,
    chunkNames: 'chunk-[hash]',
    banner: { js: require },
  },
  {
    entryPoints: {
      webview: 'webview/main.ts',
      survey: 'webview/survey/main.ts',
      'patterns-page': 'webview/patterns/main.ts',
    },
    outdir: out,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    loader: { '.svg': 'text' },
    tsconfig: 'webview/tsconfig.json',
  },
  {
    entryPoints: {
      webview: 'webview/style.css',
      survey: 'webview/survey/style.css',
      'patterns-page': 'webview/patterns/style.css',
    },
    outdir: out,
    target: 'es2022',
  },
];

const written = new Set();
for (const target of targets) {
  const options = { ...common, ...target };
  if (watch) await (await context(options)).watch();
  else {
    const { warnings, metafile } = await build({ ...options, metafile: true });
    if (warnings.length > 0) process.exit(1);
    for (const path of Object.keys(metafile.outputs)) written.add(path.split('/').at(-1));
  }
}
mkdirSync(out, { recursive: true });
// TensorFlow.js' WebAssembly kernels, which it reads from files.
const wasm = 'node_modules/@tensorflow/tfjs-backend-wasm/dist';
for (const name of existsSync(wasm) ? readdirSync(wasm).filter((file) => file.endsWith('.wasm')) : [])
  cpSync(`${wasm}/${name}`, `${out}/tensorflow/${name}`);
if (existsSync(`${out}/cli.js`)) chmodSync(`${out}/cli.js`, 0o755);
// Chunks of earlier builds, but for those a program that still runs may load.
if (!watch)
  for (const name of readdirSync(out))
    if (name.startsWith('chunk-') && !written.has(name) && Date.now() - statSync(`${out}/${name}`).mtimeMs > 600_000)
      rmSync(`${out}/${name}`);
