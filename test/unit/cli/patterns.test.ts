import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyse } from '../../../server/patterns/analyse';
import { patternViews } from '../../../server/protocol';
import type { PatternsRequest, PatternsResponse } from '../../../server/protocol';
import { madeOfWords } from '../patterns/made';
import { modelBlame } from './fakes';

const cwd = mkdtempSync(join(tmpdir(), 'model-blame-cli-patterns-'));
after(() => rmSync(cwd, { recursive: true, force: true }));
writeFileSync(join(cwd, 'mails.csv'), 'text,label\nhello,ham\n');

const hostile = '<script>alert(1)</script>\u001b[31m';
const explained = madeOfWords(
  Array.from({ length: 40 }, (_, i): Record<string, number> =>
    i % 4 === 0 ? { wrote: 2, [hostile]: 1 } : { money: 1, quiet: 0 },
  ),
  Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 0 : 1)),
  Array.from({ length: 40 }, () => 1),
);
const found = analyse(explained, {
  by: patternViews,
  cells: [{ gold: 1, predicted: 0, total: 10 }],
  class: null,
  space: 'heatmaps',
  clusters: null,
  flagged: [],
  seed: 0,
});
const answer: PatternsResponse = {
  model: {
    name: 'mail',
    uri: '',
    hash: '',
    labels: ['ham', hostile],
    labelsArePlaceholders: false,
    output: 'logits',
    inputKind: 'text',
  },
  method: 'lrp',
  parameters: {},
  cell: null,
  class: null,
  target: 'predicted',
  total: 40,
  labelled: 40,
  mistakes: 10,
  skipped: 0,
  samples: Array.from({ length: 40 }, (_, i) => ({
    address: { kind: 'record', uri: 'file:///mails.csv', record: i + 1 },
    title: `mails.csv:${i + 2}`,
    text: hostile,
    gold: 1,
    predicted: i % 4 === 0 ? 0 : 1,
    probability: 0.9,
  })),
  kind: 'words',
  ...found,
  warnings: [{ code: 'x', message: hostile }],
  milliseconds: 5,
};

async function patterns(args: readonly string[]) {
  const asked: PatternsRequest[] = [];
  const services = {
    patterns: (request: PatternsRequest) => {
      asked.push(request);
      return Promise.resolve(answer);
    },
  };
  return { ...(await modelBlame(['patterns', ...args], { cwd, services })), asked };
}

test('the request: views, cell, target, groups, flags', async () => {
  const all = await patterns(['mails.csv']);
  assert.equal(all.code, 0);
  assert.deepEqual(all.asked[0]?.by, ['features', 'rules', 'dead', 'clusters', 'unusual']);
  assert.match(all.asked[0].uris[0] ?? '', /^file:.*mails\.csv$/);
  const { asked } = await patterns(
    'mails.csv --by tokens,map --cell spam:ham --of gold --space activations --groups 3 --flagged wrote --flagged re --most 50 --method lrp'.split(
      ' ',
    ),
  );
  const { by, cell, target, space, clusters, flagged, most, method } = asked[0] ?? ({} as PatternsRequest);
  assert.deepEqual(
    [by, cell, target, space, clusters, flagged, most, method],
    [['features', 'map'], { gold: 'spam', predicted: 'ham' }, 'gold', 'activations', 3, ['wrote', 're'], 50, 'lrp'],
  );
});

test('a table: ranked words, rules, groups; nothing of a dataset acts on the terminal', async () => {
  const { stdout: out } = await patterns(['mails.csv']);
  assert.match(out, /mail · 40 samples, 10 of 40 misclassified/);
  assert.match(out, /\+20\.0 +\+2\.00 +10 .*wrote/);
  assert.match(out, /ham ← contains “wrote”/);
  assert.match(out, /quiet/);
  assert.ok(!out.includes('\u001b['));
});

test('JSON has the numbers', async () => {
  const { stdout: out } = await patterns(['mails.csv', '--format', 'json']);
  const read = JSON.parse(out) as {
    readonly features: readonly { readonly features: readonly { readonly sum: number }[] }[];
    readonly map: { readonly x: readonly number[] };
  };
  assert.equal(read.features[0]?.features[0]?.sum, 20);
  assert.equal(read.map.x.length, 40);
});

test('the report stands alone: no script, hostile words are text, one dot or cross for every sample', async () => {
  const file = join(cwd, 'report.html');
  const { code } = await patterns(['mails.csv', '--out', file]);
  assert.equal(code, 0);
  const html = readFileSync(file, 'utf8');
  assert.ok(!/<script|onerror|http:\/\/(?!www\.w3)|src="(?!data:)/.test(html));
  assert.match(html, /(&lt;|&#60;)script/);
  assert.match(html, /default-src 'none'/);
  assert.equal((html.match(/<circle /g) ?? []).length, 30);
  assert.equal((html.match(/class="c0 cross"/g) ?? []).length, 10);
});

test('wrong use is one line', async () => {
  for (const [args, said] of [
    [[], /which dataset/],
    [['mails.csv', '--by', 'all'], /--by takes/],
    [['mails.csv', '--cell', 'spam'], /GOLD:PREDICTED/],
    [['mails.csv', '--cell', 'a:b', '--class', 'a'], /not both/],
    [['mails.csv', '--groups', '99'], /at most 50/],
    [['mails.csv', '--format', 'png'], /terminal, json, html/],
    [['nothing.csv'], /nothing\.csv/],
  ] as const) {
    const { code, stderr: err } = await patterns(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, said);
    assert.equal(err.trim().split('\n').length, 1);
  }
});
