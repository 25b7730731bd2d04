/** Model checks over real files; the model is arithmetic. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toUri } from '../../../server/workspace/uris';
import { fakeCompute, hasCode, scratch, servicesFor } from './fakes';
import type { ServerServices } from '../../../server/services';

const space = scratch();
after(() => space.remove());

/** Logits are (0, Σ ids / 100): the last class wins unless all words are [PAD]; `ham` needs no words the model knows. */
const words = '[PAD]\n[UNK]\nfree\nmoney\nhe\nshe\n';
const csv = 'id,message,label,year\na,free money,spam,2001\nb,he,spam,2002\nc,"zzz\nhe",ham,2003\nd,money,ham,2002\n';

function folder(name: string, checks: readonly object[], more: Readonly<Record<string, string>> = {}): string {
  return space.folder(name, {
    'm.onnx': 'x',
    'words.txt': words,
    'data/test.csv': csv,
    'model-blame.json': JSON.stringify({
      models: {
        m: {
          path: 'm.onnx',
          labels: ['ham', 'spam'],
          input: { kind: 'text', vocabulary: 'words.txt', padToken: '[PAD]', unknownToken: '[UNK]', maxLength: 8 },
        },
      },
      datasets: [{ files: 'data/*.csv', model: 'm', text: 'message', label: 'label', id: 'id' }],
      checks,
    }),
    ...more,
  });
}

async function run(services: ServerServices, path: string, name: string, more: object = {}) {
  return services.check({ uri: toUri(path), name, ...more });
}

test('accuracy of a slice, samples by the line they begin on', async () => {
  const path = folder('accuracy', [
    { name: 'all', kind: 'accuracy', dataset: 'data/*.csv', atLeast: 0.9 },
    { name: 'spam', kind: 'accuracy', dataset: 'data/test.csv', gold: 'spam', atLeast: 1 },
    { name: 'another case', kind: 'accuracy', dataset: 'data/test.csv', gold: ['SPAM '], atLeast: 1 },
    {
      name: 'new',
      kind: 'accuracy',
      dataset: 'data/test.csv',
      where: { year: { above: 2001 }, message: { not: 'money' } },
      atLeast: 0.5,
    },
    { name: 'none', kind: 'accuracy', dataset: 'data/test.csv', where: { year: 1900 }, atLeast: 0.5 },
    { name: 'wrong column', kind: 'accuracy', dataset: 'data/test.csv', where: { yaer: 1900 }, atLeast: 0.5 },
    { name: 'no file', kind: 'accuracy', dataset: 'data/nothing.csv', atLeast: 0.5 },
  ]);
  const services = servicesFor(path, fakeCompute());
  const file = join(path, 'model-blame.json');
  const all = await run(services, file, 'all');
  assert.equal(all.outcome, 'failed');
  assert.equal(all.measured?.value, 0.5);
  assert.equal(all.model, 'm');
  assert.deepEqual(all.samples.map(({ name, line }) => [name, line]).sort(), [
    ['data/test.csv:4', 4],
    ['data/test.csv:6', 6],
  ]);
  assert.equal((await run(services, file, 'spam')).outcome, 'passed');
  assert.equal((await run(services, file, 'another case')).measured?.count, 2);
  const slice = await run(services, file, 'new');
  assert.equal(slice.measured?.count, 2);
  assert.equal(slice.outcome, 'passed');
  for (const [name, message] of [
    ['none', /No sample of/],
    ['wrong column', /no column "yaer".*test\.csv:2/],
    ['no file', /nothing\.csv/],
  ] as const) {
    const errored = await run(services, file, name);
    assert.equal(errored.outcome, 'errored', name);
    assert.match(errored.message, message);
    assert.ok(errored.next, name);
  }
});

test('a broken row is an error that names it, not a row less', async () => {
  const path = folder('broken', [{ name: 'all', kind: 'accuracy', dataset: 'data/*.csv', atLeast: 0 }], {
    'data/test.csv': `${csv}e,"never closed,ham,2002\n`,
  });
  const result = await run(servicesFor(path, fakeCompute()), join(path, 'model-blame.json'), 'all');
  assert.equal(result.outcome, 'errored');
  assert.match(result.message, /never closed.*test\.csv:7/);
});

test('labels of rows, records and texts; paths are those of the workspace file', async () => {
  const path = folder('label', [], {
    'deep/er/x.modelcheck.json': JSON.stringify({
      checks: [
        { name: 'line', kind: 'label', sample: 'data/test.csv:3' },
        { name: 'second line of a record', kind: 'label', sample: 'data/test.csv:5' },
        { name: 'record', kind: 'label', sample: 'data/test.csv#1', label: 'spam', atLeast: 0.99 },
        { name: 'text', kind: 'label', text: 'free', label: 'spam', model: 'm' },
        { name: 'past the end', kind: 'label', sample: 'data/test.csv:99' },
      ],
    }),
  });
  const services = servicesFor(path, fakeCompute());
  const file = join(path, 'deep/er/x.modelcheck.json');
  assert.equal((await run(services, file, 'line')).outcome, 'passed');
  const wrong = await run(services, file, 'second line of a record');
  assert.equal(wrong.outcome, 'failed');
  assert.match(wrong.message, /^data\/test\.csv:4 is predicted spam/);
  const unsure = await run(services, file, 'record');
  assert.equal(unsure.outcome, 'failed');
  assert.match(unsure.measured?.expected ?? '', /spam, probability at least 0\.99/);
  assert.equal((await run(services, file, 'text')).outcome, 'passed');
  assert.equal((await run(services, file, 'past the end')).outcome, 'errored');
});

test('invariance edits the text the model reads', async () => {
  const path = folder('invariance', [
    { name: 'he', kind: 'invariance', dataset: 'data/test.csv', replace: [{ words: ['he'], with: ['she'] }] },
    { name: 'to nothing', kind: 'invariance', text: 'free', model: 'm', replace: [{ words: ['free'], with: '[PAD]' }] },
  ]);
  const services = servicesFor(path, fakeCompute());
  const file = join(path, 'model-blame.json');
  const he = await run(services, file, 'he');
  assert.equal(he.outcome, 'passed');
  assert.equal(he.measured?.count, 2, 'only the rows that say “he”');
});

test('accepted mistakes are written beside the workspace file, by id', async () => {
  const path = folder('mistakes', [
    { name: 'no new ones', kind: 'mistakes', dataset: 'data/test.csv', accepted: 'checks/accepted.json' },
  ]);
  const services = servicesFor(path, fakeCompute());
  const file = join(path, 'model-blame.json');
  const missing = await run(services, file, 'no new ones');
  assert.equal(missing.outcome, 'errored');
  assert.match(missing.next ?? '', /--accept/);
  assert.equal((await run(services, file, 'no new ones', { accept: true })).outcome, 'passed');
  const written = JSON.parse(readFileSync(join(path, 'checks/accepted.json'), 'utf8')) as { mistakes: object[] };
  assert.deepEqual(written.mistakes[0], { sample: 'data/test.csv:4', id: 'c', gold: 'ham', predicted: 'spam' });
  assert.equal((await run(services, file, 'no new ones')).outcome, 'passed');
  writeFileSync(join(path, 'data/test.csv'), `${csv}e,she,ham,2004\n`);
  const again = await run(services, file, 'no new ones');
  assert.equal(again.outcome, 'failed');
  assert.deepEqual(
    again.samples.map(({ name }) => name),
    ['data/test.csv:7'],
  );
});

test('an untrusted workspace writes and reads nothing outside itself', async () => {
  const path = folder('untrusted', [
    { name: 'out', kind: 'mistakes', dataset: 'data/test.csv', accepted: '../accepted.json' },
    { name: 'data', kind: 'accuracy', dataset: '../other/data/*.csv', atLeast: 0 },
    { name: 'row', kind: 'label', sample: '../accuracy/data/test.csv:2' },
  ]);
  const services = servicesFor(path, fakeCompute(), { trusted: false });
  for (const name of ['out', 'data', 'row']) {
    const result = await run(services, join(path, 'model-blame.json'), name, { accept: true });
    assert.equal(result.outcome, 'errored', name);
    assert.match(result.message, /not trusted/, name);
  }
  assert.equal(existsSync(join(space.root, 'accepted.json')), false);
});

test('all files of the workspace are listed, the faulty ones with what is wrong', async () => {
  const path = folder('list', [{ name: 'a', kind: 'accuracy', dataset: 'data/*.csv', atLeast: 0.9 }], {
    'x/b.modelcheck.json': '{ "checks": [ { "name": "b" } ] }',
    'x/c.modelcheck.json': '{ "checks": ',
    'x/d.modelcheck.json': '{ "checks": [ { "name": "d", "kind": "label", "text": "t", "model": "typo" } ] }',
    'node_modules/e.modelcheck.json': '{ "checks": [] }',
  });
  const services = servicesFor(path, fakeCompute());
  const { files } = await services.checks({ uris: null });
  assert.deepEqual(
    files.map(({ uri, checks, problem }) => [
      uri.slice(toUri(path).length + 1),
      checks.map((check) => [check.name, check.kind, check.problem?.message]),
      problem?.message,
    ]),
    [
      ['model-blame.json', [['a', 'accuracy', undefined]], undefined],
      ['x/b.modelcheck.json', [['b', null, '"kind" is missing in "0".']], undefined],
      ['x/c.modelcheck.json', [], 'Not valid JSON: value expected.'],
      ['x/d.modelcheck.json', [['d', null, 'There is no model "typo" in model-blame.json.']], undefined],
    ],
  );
  const faulty = await services.check({ uri: toUri(join(path, 'x/b.modelcheck.json')), name: 'b' });
  assert.equal(faulty.outcome, 'errored');
  await assert.rejects(
    services.check({ uri: toUri(join(path, 'model-blame.json')), name: 'z' }),
    hasCode('unknown-check'),
  );
});

test('two checks of one name: neither passes in the place of the other', async () => {
  const path = folder('twice', [
    { name: 'a', kind: 'accuracy', dataset: 'data/*.csv', atLeast: 0 },
    { name: 'a', kind: 'accuracy', dataset: 'data/*.csv', atLeast: 1 },
  ]);
  const result = await run(servicesFor(path, fakeCompute()), join(path, 'model-blame.json'), 'a');
  assert.equal(result.outcome, 'errored');
  assert.match(result.message, /two checks called "a"/);
});

test('a class that the model does not have is an error; another case of one is the class', async () => {
  const path = folder('classes', [
    { name: 'typo', kind: 'accuracy', dataset: 'data/*.csv', predicted: 'spamm', atLeast: 0 },
    { name: 'case', kind: 'accuracy', dataset: 'data/*.csv', predicted: ['Spam'], atLeast: 0 },
  ]);
  const services = servicesFor(path, fakeCompute());
  const typo = await run(services, join(path, 'model-blame.json'), 'typo');
  assert.equal(typo.outcome, 'errored');
  assert.match(`${typo.message} ${typo.next ?? ''}`, /no class "spamm".*ham, spam/);
  const other = await run(services, join(path, 'model-blame.json'), 'case');
  assert.equal(other.measured?.count, 4);
});

test('a check and a survey of the same rows leave out the same ones', async () => {
  const rows = 'id,message,label\na,free money,spam\nb,he,Ham\nc,he,eggs\nd,money,\ne,zzz,ham\n';
  const path = folder('left-out', [{ name: 'all', kind: 'accuracy', dataset: 'data/*.csv', atLeast: 0.1 }], {
    'data/test.csv': rows,
  });
  const services = servicesFor(path, fakeCompute());
  const all = await run(services, join(path, 'model-blame.json'), 'all');
  const { survey } = await services.surveys.start({ uris: [toUri(join(path, 'data/test.csv'))], model: null });
  await services.surveys.ended({ survey });
  const summary = await services.surveys.summary({ survey });
  // Of `free money`, `he` and a word the model does not know (id 1), all are predicted spam.
  assert.deepEqual([all.measured?.value, all.measured?.count], [1 / 3, 3]);
  assert.deepEqual([summary.accuracy.value, summary.labelled], [1 / 3, 3]);
  assert.match(all.message, /1 sample without a label and 1 sample whose label is no class of the model \(“eggs”\)/);
});
