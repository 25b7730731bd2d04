import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvaluatedMethod, EvaluateRequest, EvaluateResponse } from '../../../server/protocol';
import { modelBlame } from './fakes';

const cwd = mkdtempSync(join(tmpdir(), 'model-blame-cli-evaluate-'));
after(() => rmSync(cwd, { recursive: true, force: true }));
writeFileSync(join(cwd, 'mails.csv'), 'text,label\nhello,ham\n');

const hostile = 'x\u001b[31m';
const about = (mean: number, error: number | null = 0.01) => ({ mean, error, samples: 20 });

function method(id: string, area: number, overRandom: EvaluatedMethod['overRandom']): EvaluatedMethod {
  const others = { comprehensiveness: about(0.4), sufficiency: about(-0.02), flips: about(0.25) };
  return {
    method: id,
    name: id,
    deletion: about(0.2),
    insertion: about(0.2 + area),
    area: about(area),
    overRandom,
    ...others,
    faithfulness: null,
    gini: overRandom === null ? null : about(0.9),
    curves: { most: [1, 0], least: [1, 0] },
    milliseconds: overRandom === null ? null : 12,
    failed: id === 'lrp' ? { samples: 2, reason: hostile } : null,
  };
}

const answer: EvaluateResponse = {
  model: { name: hostile, path: '/m.onnx', hash: 'h', kind: 'text' } as unknown as EvaluateResponse['model'],
  dataset: 'mails.csv',
  samples: 20,
  total: 100,
  skipped: null,
  seed: 3,
  steps: 20,
  replacement: { id: 'baseline', label: '[PAD]' },
  sets: 50,
  methods: [method('lrp', 0.5, about(0.5)), method('random', 0.01, null), method('gradient', 0, about(-0.01, 0.02))],
  left: [{ method: 'grad-cam', reason: 'no convolution' }],
  milliseconds: 1234,
};

async function evaluate(args: readonly string[]) {
  const asked: EvaluateRequest[] = [];
  const services = {
    evaluate: (request: EvaluateRequest) => {
      asked.push(request);
      return Promise.resolve(answer);
    },
  };
  return { ...(await modelBlame(['evaluate', ...args], { cwd, services })), asked };
}

test('the request: methods, samples, seed, what takes the place of features', async () => {
  const plain = await evaluate(['mails.csv']);
  assert.equal(plain.code, 0);
  const { uris: _uris, ...asked } = plain.asked[0] ?? ({} as EvaluateRequest);
  assert.deepEqual(asked, {
    model: null,
    methods: null,
    samples: 50,
    seed: 0,
    steps: 20,
    replacement: 'baseline',
    baseline: null,
    engine: null,
  });
  const chosen = await evaluate(
    'mails.csv --method lrp,occlusion --samples 7 --seed 4 --steps 10 --replacement mean'.split(' '),
  );
  const { methods, samples, seed, steps, replacement } = chosen.asked[0] ?? ({} as EvaluateRequest);
  assert.deepEqual([methods, samples, seed, steps, replacement], [['lrp', 'occlusion'], 7, 4, 10, 'mean']);
});

test('wrong use is one line with the way to the help', async () => {
  for (const args of [
    [],
    ['mails.csv', '--method', 'lrp,,gradient'],
    ['mails.csv', '--replacement', 'donor'],
    ['mails.csv', '--steps', '0'],
    ['mails.csv', '--steps', '5000'],
    ['mails.csv', '--seed', '-1'],
    ['mails.csv', '--format', 'html'],
    ['missing.csv'],
  ]) {
    const { code, stderr, asked } = await evaluate(args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(asked.length, 0);
    assert.ok(stderr.trim().length > 0);
  }
});

test('files above this folder, absolute ones, and names with the signs of patterns are found', async () => {
  mkdirSync(join(cwd, 'here'));
  mkdirSync(join(cwd, 'set [2]', 'a'), { recursive: true });
  for (const name of ['a/one.png', 'two.png', 'rows [1].csv']) writeFileSync(join(cwd, 'set [2]', name), 'x');
  const found = async (given: string): Promise<string[]> => {
    const asked: EvaluateRequest[] = [];
    const services = { evaluate: (request: EvaluateRequest) => Promise.resolve((asked.push(request), answer)) };
    const { stderr } = await modelBlame(['evaluate', given], { cwd: join(cwd, 'here'), services });
    return (asked[0]?.uris ?? [stderr]).map((uri) => decodeURIComponent(uri.split('/').at(-1) ?? ''));
  };
  const all = ['one.png', 'rows [1].csv', 'two.png'];
  assert.deepEqual(await found('../set [2]'), all);
  assert.deepEqual(await found(join(cwd, 'set [2]')), all);
  assert.deepEqual(await found('../*/*.png'), ['two.png']);
  assert.deepEqual(await found(join(cwd, 's*', '**', '*.png')), ['one.png', 'two.png']);
  assert.deepEqual(await found('../set [2]/rows [1].csv'), ['rows [1].csv']);
});

test('the table has the protocol, the control, and says which methods are no better than it', async () => {
  const { stdout } = await evaluate(['mails.csv']);
  assert.match(stdout, /20 of 100 samples of mails\.csv \(seed 3\)/);
  assert.match(stdout, /replaced by \[PAD\]/);
  const lines = stdout.split('\n');
  assert.match(lines.find((line) => line.startsWith('lrp')) ?? '', /0\.500 ± 0\.010 .* 25 % +0\.900 +12 ms$/);
  assert.match(lines.find((line) => line.startsWith('random')) ?? '', / – +–$/);
  assert.match(stdout, /gradient: no better than an order by lot \(area −0\.0100 ± 0\.020 over it\)/);
  assert.ok(!stdout.includes('lrp: no better'));
  assert.match(stdout, /lrp: 2 not explained: /);
  assert.match(stdout, /grad-cam left out: no convolution/);
  assert.ok(!stdout.includes('\u001b'), 'names of files and reasons are inert');
});

test('Markdown and JSON', async () => {
  const out = join(cwd, 'evaluation.md');
  assert.equal((await evaluate(['mails.csv', '--out', out])).code, 0);
  assert.match(readFileSync(out, 'utf8'), /^\| `lrp` \| 0\.500 ± 0\.010 \|/m);
  const { stdout } = await evaluate(['mails.csv', '--format', 'json']);
  assert.equal((JSON.parse(stdout) as EvaluateResponse).methods[0]?.area.mean, 0.5);
});
