import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  BlameRequest,
  BlameResponse,
  CounterfactualRequest,
  CounterfactualResponse,
  FlipsRequest,
  FlipsResponse,
} from '../../../server/protocol';
import { rowCsv } from '../../../server/render/blameCounterfactual';
import { textExplanation } from '../render/samples';
import { modelBlame } from './fakes';

const cwd = mkdtempSync(join(tmpdir(), 'model-blame-cli-blame-'));
after(() => rmSync(cwd, { recursive: true, force: true }));
writeFileSync(join(cwd, 'reviews.csv'), 'text,label\ngood,pos\n');
mkdirSync(join(cwd, 'digits', '4'), { recursive: true });
for (const name of ['a.png', 'b.png']) writeFileSync(join(cwd, 'digits', '4', name), 'x');

const step = (removed: number, outcome: 'same' | 'other' | 'gold', gold: number) => ({
  removed,
  feature: removed === 0 ? null : removed,
  class: 0,
  label: outcome === 'gold' ? 'spam' : 'ham',
  outcome,
  gold,
  predicted: 1 - gold,
});
function answer(change: Partial<BlameResponse> = {}): BlameResponse {
  const explanation = textExplanation();
  const trial = {
    replacement: 'a\u001b[31m.csv:3',
    donor: 0,
    order: [1, 2],
    steps: [step(0, 'same', 0.1), step(1, 'other', 0.3), step(2, 'gold', 0.8)],
    flipsAt: 2,
  };
  return {
    explanation: { ...explanation, prediction: explanation.prediction.map((score) => ({ ...score, class: 7 })) },
    gold: { class: 1, label: 'spam' },
    prior: {
      probabilities: [0.9, 0.1],
      surprise: 2.302585,
      source: { dataset: 'train.csv', role: 'train', samples: 2000, total: 9000 },
    },
    replacement: { id: 'donor', label: 'the nearest sample with the gold label' },
    order: [1, 2],
    trials: [trial],
    random: [
      { ...trial, flipsAt: null },
      { ...trial, flipsAt: 1 },
    ],
    donors: [],
    ...change,
  };
}

test('blame: what is typed becomes the request, what is not has defaults', async () => {
  const requests: BlameRequest[] = [];
  const services = {
    blame: (request: BlameRequest) => {
      requests.push(request);
      return Promise.resolve(answer());
    },
  };
  await modelBlame(['blame', 'reviews.csv:2'], { cwd, services });
  const { address, ...rest } = requests[0] as BlameRequest;
  assert.equal(address.kind, 'line');
  assert.deepEqual(rest, {
    model: null,
    method: 'blame',
    parameters: {},
    baseline: null,
    replacement: null,
    engine: null,
    gold: null,
    remove: 10,
    donors: 3,
  });
  const typed = ['--gold', 'spam', '--remove', '4', '--replacement', 'Sign-Flip', '--donors', '2', '--baseline', 'pad'];
  await modelBlame(['blame', 'reviews.csv:2', ...typed], { cwd, services });
  const { gold, remove, replacement, donors, baseline } = requests[1] as BlameRequest;
  assert.deepEqual([gold, remove, replacement, donors, baseline], ['spam', 4, 'sign-flip', 2, 'pad']);
});

test('blame on the terminal: surprise, every step with its class, and the verdict; no control characters', async () => {
  const { stdout, code } = await modelBlame(['blame', 'reviews.csv:2'], {
    cwd,
    services: { blame: () => Promise.resolve(answer()) },
  });
  assert.equal(code, 0);
  assert.match(stdout, /p\(spam\) 0\.100, a surprise of 2\.30 nats \(prior over 2000 of 9000 samples of train\.csv\)/);
  assert.match(stdout, /^ {2}0 +the sample itself +ham +p\(spam\) +0\.100/m);
  assert.match(stdout, /^ {2}1 .*ham +p\(spam\) +0\.300.*another wrong one$/m);
  assert.match(stdout, /^ {2}2 .*spam +p\(spam\) +0\.800.*✓ gold$/m);
  assert.match(stdout, /spam after 2 features in the order of blame; in random order within 2: 1 of 2 times\./);
  // eslint-disable-next-line no-control-regex -- the test is about them
  assert.doesNotMatch(stdout, /\u001b/);
  const none = answer({ trials: answer().trials.map((trial) => ({ ...trial, flipsAt: null })) });
  const other = await modelBlame(['blame', 'reviews.csv:2'], { cwd, services: { blame: () => Promise.resolve(none) } });
  assert.match(other.stdout, /Not spam within 2 features/);
});

test('blame as JSON can be read back', async () => {
  const { stdout } = await modelBlame(['blame', 'reviews.csv:2', '--format', 'json'], {
    cwd,
    services: { blame: () => Promise.resolve(answer()) },
  });
  const back = JSON.parse(stdout) as { trials: { flipsAt: number }[]; explanation: { relevance: number[] } };
  assert.equal(back.trials[0]?.flipsAt, 2);
  assert.ok(Array.isArray(back.explanation.relevance));
});

test('blame --dataset: all files of the glob, one table with both orders', async () => {
  const requests: FlipsRequest[] = [];
  const response: FlipsResponse = {
    model: textExplanation().model,
    samples: 100,
    misclassified: 4,
    unlabelled: 0,
    method: 'blame',
    parameters: { signal: 'contrast' },
    replacement: { id: 'donor', label: 'the nearest sample with the gold label' },
    remove: 2,
    blame: [0, 0.5, 0.75],
    random: [0, 0, 0.25],
    errors: [1, 1, 2, null].map((flipsAt, i) => ({
      sample: { ...textExplanation().sample, title: `${i}.png` },
      gold: '4',
      predicted: '9',
      flipsAt,
    })),
    milliseconds: 1000,
  };
  const services = {
    flips: (request: FlipsRequest) => {
      requests.push(request);
      return Promise.resolve(response);
    },
  };
  const { stdout, code } = await modelBlame(['blame', '--dataset', 'digits/**/*.png', '--flips', '2'], {
    cwd,
    services,
  });
  assert.equal(code, 0);
  assert.deepEqual(
    requests[0]?.uris,
    ['a.png', 'b.png'].map((name) => pathToFileURL(join(cwd, 'digits', '4', name)).href),
  );
  assert.equal(requests[0].remove, 2);
  assert.match(stdout, /4 of 100 samples misclassified/);
  assert.match(stdout, /^ {4}2 +75 % +25 %$/m);
  assert.match(stdout, /flips-to-gold@2: 75 % in the order of blame, 25 % in random order/);
  assert.match(stdout, /not within 2: 3\.png \(4, predicted 9\)/);
  await modelBlame(['blame', '--dataset', 'digits', '--flips', '2'], { cwd, services });
  assert.equal(requests[1]?.uris.length, 2, 'a folder means everything in it');
});

for (const [args, pattern] of [
  [['blame'], /no sample is given/],
  [['blame', 'reviews.csv:2', '--flips', '3'], /--dataset/],
  [['blame', 'reviews.csv:2', '--dataset', 'digits/**'], /not both/],
  [['blame', 'reviews.csv:2', '--remove', '0'], /--remove is a number from 1/],
  [['blame', 'reviews.csv:2', '--replacement', 'magic'], /baseline, sign-flip, mean, donor/],
  [['blame', '--dataset', 'nothing/**'], /nothing/],
  [['counterfactual', 'reviews.csv:2', '--most', 'x'], /--most is a number from 1/],
  [['counterfactual', 'reviews.csv:2', '--out', 'x.png'], /only pictures/],
] as const)
  test(`wrong use: ${args.join(' ')}`, async () => {
    const services = { counterfactual: () => Promise.resolve(changed()) };
    const { code, stderr } = await modelBlame(args, { cwd, services });
    assert.equal(code, 2, stderr);
    assert.match(stderr, pattern);
    assert.equal(stderr.trim().split('\n').length, 1);
  });

function changed(): CounterfactualResponse {
  const { sample, model, features, prediction } = textExplanation();
  return {
    sample,
    model,
    gold: { class: 1, label: 'spam' },
    before: prediction,
    after: prediction.toReversed(),
    changes: [
      { feature: 1, name: '“free”', from: 'free', to: '' },
      { feature: 2, name: 'income', from: '10', to: '20' },
    ],
    features,
    result: { kind: 'columns', cells: { name: 'O"Neil, Ann', income: '20', note: 'two\nlines' } },
    evaluations: 57,
    milliseconds: 12,
  };
}

test('counterfactual: from and to in the units of the file; a row of its own as CSV and JSON', async () => {
  const requests: CounterfactualRequest[] = [];
  const services = {
    counterfactual: (request: CounterfactualRequest) => {
      requests.push(request);
      return Promise.resolve(changed());
    },
  };
  const args = ['counterfactual', 'reviews.csv:2', '--gold', 'spam', '--most', '3'];
  const shown = await modelBlame(args, { cwd, services });
  assert.deepEqual([requests[0]?.gold, requests[0]?.most], ['spam', 3]);
  assert.match(shown.stdout, /what would make it spam: 2 changes/);
  assert.match(shown.stdout, /“free” +free → \(left out\)/);
  assert.match(shown.stdout, /income +10 → 20/);

  const csv = join(cwd, 'row.csv');
  const written = await modelBlame([...args, '--out', csv], { cwd, services });
  assert.equal(written.code, 0, written.stderr);
  assert.equal(readFileSync(csv, 'utf8'), 'name,income,note\n"O""Neil, Ann",20,"two\nlines"\n');
  const json = join(cwd, 'row.json');
  await modelBlame([...args, '--out', json], { cwd, services });
  assert.deepEqual(JSON.parse(readFileSync(json, 'utf8')), { name: 'O"Neil, Ann', income: '20', note: 'two\nlines' });
});

test('rows of CSV: text alone gets a column, pictures are none', () => {
  assert.equal(rowCsv({ kind: 'text', text: ' a ' }), 'text\n" a "\n');
  assert.equal(rowCsv({ kind: 'elements', values: {} }), null);
});
