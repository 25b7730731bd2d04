import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import sharp from 'sharp';
import type { Explanation } from '../../../server/protocol';
import { readZip } from './zip';
import type { ZipEntry } from './zip';

const root = resolve(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'model-blame-vsix-'));
const vsix = join(scratch, 'extension.vsix');
const outside = join(scratch, 'installed');
const cli = join(outside, 'extension', 'dist', 'cli.js');
let entries: readonly ZipEntry[] = [];

before(() => {
  const packed = node(join(root, 'scripts', 'package.mjs'), ['--out', vsix], root);
  assert.equal(packed.status, 0, packed.stdout + packed.stderr);
  assert.match(packed.stdout, /\d+\.\d MB\n$/);
  entries = readZip(vsix);
  for (const entry of entries) {
    const path = join(outside, entry.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, entry.read());
  }
});
after(() => rmSync(scratch, { recursive: true, force: true }));

function node(script: string, args: readonly string[], cwd: string) {
  // Nothing of the checkout may help: no NODE_PATH, no loader.
  const { NODE_PATH: _path, NODE_OPTIONS: _options, ...env } = process.env;
  return spawnSync(process.execPath, [script, ...args], { cwd, env, encoding: 'utf8', timeout: 600_000 });
}

test('the package holds what runs, for one platform, and nothing else', () => {
  const allowed = [
    /^\[Content_Types\]\.xml$|^extension\.vsixmanifest$/,
    /^extension\/(package|package\.nls(\.[\w-]+)?)\.json$/,
    /^extension\/(readme\.md|changelog\.md|LICENSE\.txt)$/i,
    /^extension\/(l10n|schemas)\/[\w.-]+\.json$/,
    /^extension\/(media|walkthrough)\/[\w./-]+\.(png|svg|gif|md)$/,
    /^extension\/dist\/(extension\.cjs|(server|compute|cli|webview|survey|patterns|patterns-page|trial|chunk-\w+)\.js|(webview|survey|patterns|patterns-page)\.css)$/,
    /^extension\/dist\/tensorflow\/tfjs-backend-wasm(-simd|-threaded-simd)?\.wasm$/,
    /^extension\/dist\/node_modules\/(onnxruntime-node|onnxruntime-common|tokenizers|sharp|detect-libc|semver)\//,
    /^extension\/dist\/node_modules\/@img\/(colour|sharp-[\w-]+)\//,
  ];
  for (const { name } of entries)
    assert.ok(
      allowed.some((pattern) => pattern.test(name)),
      `unexpected: ${name}`,
    );
  for (const { name } of entries)
    assert.doesNotMatch(name, /\.(map|ts|tsx|mts|py|vsix|csv)$|\/(examples|test)\//, name);
  for (const name of [
    'extension.cjs',
    'server.js',
    'compute.js',
    'cli.js',
    'webview.js',
    'webview.css',
    'survey.js',
    'survey.css',
  ])
    assert.ok(
      entries.some((entry) => entry.name === `extension/dist/${name}`),
      name,
    );
  const binaries = entries.map(({ name }) => name).filter((name) => name.endsWith('.node'));
  assert.equal(binaries.length, 3, binaries.join('\n'));
  for (const name of binaries)
    assert.ok(name.includes(process.platform) && name.includes(process.arch), `another platform's: ${name}`);
  assert.ok(statSync(vsix).size < 60e6, `${statSync(vsix).size} bytes`);
});

test('no source of ours is in it, and the manifest asks for no packages', () => {
  const bundle = entries
    .find(({ name }) => name.endsWith('dist/cli.js'))!
    .read()
    .toString('utf8');
  assert.doesNotMatch(bundle, /sourceMappingURL/);
  const manifest = JSON.parse(
    entries
      .find(({ name }) => name === 'extension/package.json')!
      .read()
      .toString('utf8'),
  );
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.devDependencies, undefined);
  assert.equal(manifest.scripts, undefined);
});

test('the command line in it runs outside the tree: text, picture, report', async () => {
  assert.match(node(cli, ['--version'], scratch).stdout, /^\d+\.\d+\.\d+\n$/);
  const mail = join(scratch, 'mail');
  cpSync(join(root, 'examples', 'mail', 'models'), join(mail, 'models'), { recursive: true });
  cpSync(join(root, 'examples', 'mail', 'model-blame.json'), join(mail, 'model-blame.json'));
  mkdirSync(join(mail, 'data'));
  writeFileSync(
    join(mail, 'data', 'test.csv'),
    'id,message,label\n1,"Could you please ""help"" me, 😀\nwith money",ham\n',
  );
  const explained = node(cli, ['explain', 'data/test.csv:3', '--format', 'json'], mail);
  assert.equal(explained.status, 0, explained.stderr);
  const explanation = JSON.parse(explained.stdout) as Explanation;
  assert.ok(explanation.features.kind === 'tokens');
  const at = explanation.features.tokens.findIndex((token) => token.text === 'help');
  assert.equal(explanation.features.tokens[at]?.source?.line, 2);
  assert.equal(typeof explanation.relevance[at], 'number');

  const digits = join(scratch, 'digits');
  cpSync(join(root, 'examples', 'digits', 'models'), join(digits, 'models'), { recursive: true });
  cpSync(join(root, 'examples', 'digits', 'model-blame.json'), join(digits, 'model-blame.json'));
  const picture = sharp({ create: { width: 28, height: 28, channels: 3, background: 'black' } });
  await picture
    .composite([{ input: { create: { width: 4, height: 20, channels: 3, background: 'white' } }, left: 12, top: 4 }])
    .png()
    .toFile(join(digits, 'one.png'));
  const report = node(cli, ['explain', 'one.png', '--model', 'digits', '--out', 'one.html'], digits);
  assert.equal(report.status, 0, report.stderr);
  assert.ok(statSync(join(digits, 'one.html')).size > 5000);
});

test('every native module loads from the package alone', () => {
  const script = join(outside, 'extension', 'dist', 'check.cjs');
  writeFileSync(
    script,
    `for (const name of ['onnxruntime-node', 'tokenizers', 'sharp']) { const path = require.resolve(name); require(name); console.log(path); }`,
  );
  const loaded = node(script, [], scratch);
  assert.equal(loaded.status, 0, loaded.stderr);
  for (const path of loaded.stdout.trim().split('\n')) assert.ok(path.includes('installed'), path);
});
