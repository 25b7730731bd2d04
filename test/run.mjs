// Runs layers of tests, one after another, and ends with one summary line per layer and a total.
//   node test/run.mjs unit conformance …        layers by name
//   node test/run.mjs unit --only dataset       only files whose path contains "dataset"
import { spawn } from 'node:child_process';
import { globSync, readFileSync, mkdtempSync, rmSync } from './support/fs.mjs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const args = process.argv.slice(2);
const at = args.indexOf('--only');
const only = at >= 0 ? args.splice(at, 2)[1] : '';
const layers = args.length > 0 ? args : ['unit', 'conformance', 'protocol', 'host', 'e2e'];

const scratch = mkdtempSync(join(tmpdir(), 'model-blame-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const layer of layers) {
  const files = globSync(`test/${layer}`, '.test.ts').filter((file) => file.includes(only));
  if (files.length === 0) {
    lines.push(`${layer}: no test files`);
    continue;
  }
  const began = Date.now();
  const report = join(scratch, `${layer}.json`);
  const code = await run(files, report, layer);
  const counts = { passed: 0, failed: 0, skipped: 0, skips: [], ...read(report) };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  for (const key of ['passed', 'failed', 'skipped']) total[key] += counts[key];
  lines.push(
    `${layer}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${((Date.now() - began) / 1000).toFixed(0)} s)`,
  );
  for (const [peer, { cases, worst }] of Object.entries(counts.peers ?? {}))
    lines.push(`  against ${peer}: ${cases} comparisons, worst error ${worst.toExponential(1)}`);
  for (const skip of counts.skips) lines.push(`  skipped: ${skip}`);
  for (const name of counts.failures ?? []) lines.push(`  failed: ${name}`);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${lines.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

/** The workbench layers share one browser and one server: their files run one at a time. */
function run(files, report, layer) {
  const serial = layer === 'host' || layer === 'e2e' ? ['--test-concurrency=1'] : ['--test-concurrency=2'];
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--import',
      './test/support/seed.mjs',
      '--test',
      ...serial,
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=./test/support/summary.mjs',
      `--test-reporter-destination=${report}`,
      ...files,
    ],
    { stdio: 'inherit' },
  );
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

function read(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return {};
  }
}
