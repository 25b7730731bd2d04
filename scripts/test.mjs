// `npm test`: installs, builds, checks the sources (types, lint, format, floors), then runs every layer of tests.
// Ends with one line a layer and the total. Node built-ins only.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { buildPrograms, checkNode, installIfNeeded, prepareExamples, root, run, step } from './lib/steps.mjs';

const ci = process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false';
const tool = (...path) => join(root, 'node_modules', ...path);

checkNode();
await installIfNeeded();
await buildPrograms();
await prepareExamples();

/** Each is a test: it passes or fails as a whole. */
const checks = [
  ['types of server, extension and tests', [tool('typescript', 'bin', 'tsc'), '-p', '.']],
  ['types of the page', [tool('typescript', 'bin', 'tsc'), '-p', 'webview']],
  ['lint', [tool('eslint', 'bin', 'eslint.js'), '.', '--max-warnings', '0']],
  ['formatting', [tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  [
    'floors',
    [
      tool('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'server',
      'extension',
      'webview',
    ],
  ],
];

const failed = [];
const began = Date.now();
for (const [name, args] of checks) {
  await step(`static: ${name}`, async () => {
    if ((await run(process.execPath, args, { quiet: true })) !== 0) failed.push(name);
  });
}
const lines = [
  `static: ${checks.length - failed.length} passed, ${failed.length} failed, 0 skipped (${((Date.now() - began) / 1000).toFixed(0)} s)`,
  ...failed.map((name) => `  failed: ${name}`),
];

// The workbench layers need a browser; a machine without one says so, and CI must have one.
const browserLayers = ['host', 'e2e'];
const browser = [
  process.env.MODEL_BLAME_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].some((path) => path !== undefined && existsSync(path));
const skipped = browser || ci ? [] : browserLayers;
const layers = ['unit', 'conformance', 'protocol', ...(browser || ci ? browserLayers : [])];
const total = await runLayers(layers);

console.log(lines.join('\n'));
for (const layer of skipped)
  console.log(`${layer}: 0 passed, 0 failed, 1 skipped: no Chromium (set MODEL_BLAME_CHROMIUM)`);
const passed = total.passed + checks.length - failed.length;
const failures = total.failed + failed.length;
console.log(`\n${passed} passed, ${failures} failed, ${total.skipped + skipped.length} skipped`);
process.exitCode = failures > 0 || passed === 0 ? 1 : 0;

/** Shows what the runner shows, but for its last line, the total, which is returned. */
async function runLayers(names) {
  const child = spawn(process.execPath, [join('test', 'run.mjs'), ...names], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    // Colours survive the pipe.
    env: process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env,
  });
  const ended = new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let found = false;
  let blank = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(line);
    if (match !== null) {
      [counts.passed, counts.failed, counts.skipped] = match.slice(1).map(Number);
      found = true;
      continue;
    }
    // Empty lines wait for what comes after them, so that the summary stays in one piece.
    if (line === '') {
      blank += 1;
      continue;
    }
    console.log('\n'.repeat(blank) + line);
    blank = 0;
  }
  const code = await ended;
  if (!found || (code !== 0 && counts.failed === 0)) counts.failed += 1;
  return counts;
}
