/** `model-blame survey` over a real model: every form of output, every exit code. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { localCompute } from '../../../server/compute/local';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { createServices } from '../../../server/services';
import { tableModel } from '../../protocol/models';
import { sarifLog } from '../../support/sarif';
import { modelBlame } from './fakes';
import type { Outcome } from './fakes';

const folder = mkdtempSync(join(tmpdir(), 'model-blame-survey-'));
mkdirSync(join(folder, 'data set'));
writeFileSync(join(folder, 'loans.onnx'), writeOnnx(tableModel()));
const entry = { files: 'data set/*.csv', model: 'loans', label: 'label' };
writeFileSync(
  join(folder, 'model-blame.json'),
  JSON.stringify({ models: { loans: { path: 'loans.onnx', labels: ['no', 'yes'] } }, datasets: [entry] }),
);
/** The model's logit is 2a − b; every tenth label is the other one. */
const ROWS = 200;
const isYes = (i: number): boolean => 2 * (i % 7) - (i % 11) > 0;
const gold = (i: number): string => (isYes(i) === (i % 10 !== 0) ? 'yes' : 'no');
const rows = Array.from(
  { length: ROWS },
  (_, i) => `${i % 7},${i % 11},${i},${gold(i)},${i % 4 === 0 ? 'left' : 'right'}`,
);
writeFileSync(join(folder, 'data set', 'test.csv'), `a,b,c,label,side\n${rows.join('\n')}\n`);
writeFileSync(join(folder, 'no-label.csv'), 'a,b,c\n1,2,3\n');

const services = createServices({ folders: [folder], compute: localCompute(), cacheFolder: join(folder, 'cache') });
after(async () => {
  await services.dispose();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
const { surveys } = services;
const survey = (...args: string[]): Promise<Outcome> =>
  modelBlame(['survey', ...args], {
    cwd: folder,
    services: { surveys, explain: (request, options) => services.explain(request, options) },
  });
const file = join('data set', 'test.csv');

test('table: accuracy, classes, confusion, slices, mistakes', async () => {
  const { code, stdout, stderr } = await survey(file, '--slice', 'side', '--top', '3');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /accuracy +90 % \(180 of 200/);
  assert.match(stdout, /left +50 /);
  assert.match(stdout, /right +150 /);
  assert.match(stdout, /mistakes, by loss/);
  assert.match(stdout, /… 17 more/);
  assert.match(stdout, /test\.csv:\d+ +(yes → no|no → yes)/);
});

test('--fail-above: exit code 1 above, 0 at it; a share or a percentage', async () => {
  for (const [given, expected] of [
    ['0.05', 1],
    ['9.9%', 1],
    ['0.1', 0],
    ['10 %', 0],
    ['1', 0],
  ] as const) {
    const { code, stdout, stderr } = await survey(file, '--fail-above', given);
    assert.equal(code, expected, `${given}: ${stderr}`);
    assert.match(stdout, expected === 1 ? /✗ failed: 10\.00 %/ : /✓ passed: 10\.00 %/);
  }
  for (const given of ['2', '-1', 'many', '110%'])
    assert.equal((await survey(file, '--fail-above', given)).code, 2, given);
});

test('rows that cannot be read: why the first; a file without any other is an error', async () => {
  writeFileSync(join(folder, 'data set', 'some.csv'), 'a,b,c,label\n1,2,3,no\n1,x,3,no\n');
  const some = await survey(join('data set', 'some.csv'));
  assert.equal(some.code, 0);
  assert.match(some.stdout, /─ 1 sample ─/);
  assert.match(some.stdout, /^! 1 sample could not be read or predicted: .*some\.csv:3/m);
  writeFileSync(join(folder, 'data set', 'none.csv'), 'a,b,c,label\n1,x,3,no\n');
  const none = await survey(join('data set', 'none.csv'));
  assert.equal(none.code, 2);
  assert.match(none.stderr, /The only sample could not be read and predicted — .*none\.csv:2/);
});

test('JSON: the numbers by counting', async () => {
  const { code, stdout } = await survey(file, '--format', 'json', '--where', 'side=left', '--top', '50');
  assert.equal(code, 0);
  const report = JSON.parse(stdout);
  const chosen = Array.from({ length: ROWS }, (_, i) => i).filter((i) => i % 4 === 0);
  const wrong = chosen.filter((i) => i % 10 === 0);
  assert.deepEqual(
    [report.summary.accuracy.count, report.summary.accuracy.of],
    [chosen.length - wrong.length, chosen.length],
  );
  const lines = (report.mistakes.rows as { line: number }[]).map(({ line }) => line).sort((a, b) => a - b);
  assert.deepEqual(
    lines,
    wrong.map((i) => i + 2),
  );
});

test('SARIF: valid, one result a mistake at its line; the exit code is in it', async () => {
  const { code, stdout } = await survey(file, '--format', 'sarif', '--fail-above', '0.05');
  assert.equal(code, 1);
  const [run] = sarifLog(stdout).runs;
  assert.ok(run !== undefined);
  assert.equal(run.invocations?.[0]?.exitCode, 1);
  const places = run.results.map(({ locations: [place] }) => place?.physicalLocation);
  assert.deepEqual(new Set(places.map((place) => place?.artifactLocation.uri)), new Set(['data%20set/test.csv']));
  const lines = places.map((place) => place?.region.startLine ?? 0).sort((a, b) => a - b);
  assert.deepEqual(
    lines,
    Array.from({ length: ROWS / 10 }, (_, k) => 10 * k + 2),
  );
});

test('HTML: a file that stands alone, with the worst mistakes explained', async () => {
  const { code, stdout, stderr } = await survey(file, '--out', 'report.html', '--slice', 'side');
  assert.equal(code, 0, stderr);
  assert.equal(stdout, '');
  const html = readFileSync(join(folder, 'report.html'), 'utf8');
  assert.match(html, /^<!doctype html>/i);
  assert.match(html, /default-src 'none'/);
  assert.doesNotMatch(html, /<script|src="http|href="http/);
  for (const part of ['Confusion', 'Reliability', 'By side', 'The worst, explained'])
    assert.ok(html.includes(part), part);
  assert.equal(html.match(/<h3>/g)?.length, 10);
});

test('without a gold label: why, and no numbers about none', async () => {
  const { code, stdout } = await survey('no-label.csv', '--model', 'loans');
  assert.equal(code, 0);
  assert.match(
    stdout,
    /accuracy +no labelled sample\n! 1 sample has no usable gold label and is left out: nothing says where/,
  );
  assert.doesNotMatch(stdout, /macro F1|calibration|no mistakes/);
  const html = await survey('no-label.csv', '--model', 'loans', '--format', 'html');
  assert.match(html.stdout, /left out: nothing says where the label is/);
  assert.doesNotMatch(html.stdout, /Confusion|Reliability/);
});

test('Arrow: every prediction, as any library reads it', async () => {
  const { code } = await survey(file, '--out', 'all.arrow');
  assert.equal(code, 0);
  const table = tableFromIPC(readFileSync(join(folder, 'all.arrow')));
  assert.equal(table.numRows, ROWS);
  assert.deepEqual(
    Array.from(table.getChild('predicted') ?? []).map(String),
    Array.from({ length: ROWS }, (_, i) => (isYes(i) ? 'yes' : 'no')),
  );
});

test('what cannot be surveyed or checked says why, with exit code 2, and writes nothing', async () => {
  const missing = await survey('tset.csv', '--out', 'none.html');
  assert.equal(missing.code, 2);
  assert.equal(existsSync(join(folder, 'none.html')), false);
  const unlabelled = await survey('no-label.csv', '--model', 'loans', '--fail-above', '0.1');
  assert.deepEqual([unlabelled.code, unlabelled.stdout], [2, '']);
  assert.match(unlabelled.stderr, /gold label/);
  const column = await survey(file, '--slice', 'sid');
  assert.equal(column.code, 2);
  assert.match(column.stderr, /Did you mean side/);
  assert.equal((await survey(file, '--sort', 'colour')).code, 2);
});
