import { test } from 'node:test';
import assert from 'node:assert/strict';
import { accuracy } from '../../../server/checks/kinds/accuracy';
import { invariance } from '../../../server/checks/kinds/invariance';
import { label } from '../../../server/checks/kinds/label';
import { mistakes } from '../../../server/checks/kinds/mistakes';
import { relevance } from '../../../server/checks/kinds/relevance';
import { UserError } from '../../../server/errors';
import { predicted, run, world } from './world';
import type { Explained } from '../../../server/checks/types';

const rows = [
  predicted(1, 'ham', [0.9, 0.1]),
  predicted(2, 'ham', [0.4, 0.6]),
  predicted(3, 'spam', [0.2, 0.8]),
  predicted(4, 'spam', [0.95, 0.05]),
];
const code = (wanted: string) => (error: unknown) => error instanceof UserError && error.code === wanted;

test('accuracy: numbers, and the surest mistake first, by name', async () => {
  const config = { name: 'n', kind: 'accuracy', dataset: 'data/test.csv', atLeast: 0.75 } as const;
  const verdict = await accuracy.run(config, world({ rows }), run);
  assert.equal(verdict.passed, false);
  assert.deepEqual(verdict.measured, {
    what: 'accuracy',
    value: 0.5,
    atLeast: 0.75,
    atMost: null,
    expected: 'accuracy at least 0.75',
    actual: 'accuracy 0.5',
    count: 4,
  });
  assert.deepEqual(
    verdict.samples.map(({ name, line, detail }) => [name, line, detail]),
    [
      ['data/test.csv:5', 5, 'ham 0.95, gold spam'],
      ['data/test.csv:3', 3, 'spam 0.6, gold ham'],
    ],
  );
  assert.match(verdict.message, /data\/test\.csv:5 {2}ham 0\.95, gold spam/);
});

test('accuracy: the bound itself is kept, error rate is the other side, F1 is of a class', async () => {
  const of = async (config: object) =>
    accuracy.run({ name: 'n', kind: 'accuracy', dataset: 'd', ...config }, world({ rows }), run);
  assert.equal((await of({ atLeast: 0.5 })).passed, true);
  assert.deepEqual((await of({ atLeast: 0.5 })).samples, []);
  assert.equal((await of({ metric: 'errorRate', atMost: 0.4 })).passed, false);
  assert.equal((await of({ metric: 'f1', class: 'spam', atLeast: 0.5 })).measured.value, 0.5);
  await assert.rejects(of({ metric: 'f1', class: 'other', atLeast: 0 }), code('unknown-class'));
});

test('accuracy: a class is blamed for its own mistakes only', async () => {
  const lines = async (metric: 'recall' | 'precision' | 'f1'): Promise<readonly (number | null)[]> => {
    const config = { name: 'n', kind: 'accuracy', dataset: 'd', metric, class: 'spam', atLeast: 1 } as const;
    const { samples, message } = await accuracy.run(config, world({ rows }), run);
    assert.match(message, new RegExp(`\\(${samples.length} wrong`));
    return samples.map(({ line }) => line);
  };
  // Line 5 is spam predicted ham, line 3 is ham predicted spam.
  assert.deepEqual(await lines('recall'), [5]);
  assert.deepEqual(await lines('precision'), [3]);
  assert.deepEqual(await lines('f1'), [5, 3]);
});

test('accuracy: without labels, or without samples, nothing passes', async () => {
  const config = { name: 'n', kind: 'accuracy', dataset: 'd', atMost: 1 } as const;
  await assert.rejects(accuracy.run(config, world({ rows: [] }), run), code('empty-slice'));
  await assert.rejects(accuracy.run(config, world({ rows: [predicted(1, null, [1, 0])] }), run), code('no-labels'));
  const strange = accuracy.run(config, world({ rows: [predicted(1, 'other', [1, 0])] }), run);
  await assert.rejects(strange, (error) => code('no-labels')(error) && String(error).includes('“other”'));
});

test('labels that the model does not know count neither as right nor as wrong, and are said', async () => {
  const some = [
    ...rows,
    predicted(5, 'eggs', [0.9, 0.1]),
    predicted(6, 'eggs', [0.1, 0.9]),
    predicted(7, null, [1, 0]),
  ];
  const config = { name: 'n', kind: 'accuracy', dataset: 'd', atLeast: 0.5 } as const;
  const verdict = await accuracy.run(config, world({ rows: some }), run);
  assert.deepEqual([verdict.measured.value, verdict.measured.count], [0.5, 4]);
  assert.match(
    verdict.message,
    /2 wrong; left out: 1 sample without a label and 2 samples whose label is no class of the model \(“eggs”\)\)/,
  );
  const files = new Map<string, string>();
  const mistaken = { name: 'm', kind: 'mistakes', dataset: 'd', accepted: 'a.json' } as const;
  const accepted = await mistakes.run(mistaken, world({ rows: some, files }), { accept: true });
  assert.match(accepted.message, /2 mistakes of 4 samples in a\.json\. Left out: 1 sample without/);
  assert.match((await mistakes.run(mistaken, world({ rows: some, files }), run)).message, /Left out: 1 sample/);
});

test('label: the class, the probability, the gold label by itself', async () => {
  const of = (config: object, row = 0) =>
    label.run({ name: 'n', kind: 'label', sample: 's', ...config }, world({ rows: rows.slice(row) }), run);
  assert.equal((await of({ label: 'ham' })).passed, true);
  assert.equal((await of({ label: 'ham', atLeast: 0.95 })).passed, false);
  assert.equal((await of({})).passed, true);
  const wrong = await of({}, 1);
  assert.equal(wrong.passed, false);
  assert.equal(wrong.message, 'data/test.csv:3 is predicted spam 0.6 (ham 0.4), asked: ham.');
  assert.equal(wrong.measured.expected, 'ham');
  await assert.rejects(of({ label: 'eggs' }), code('unknown-class'));
});

test('invariance: which edit turned which sample; untouched samples do not count', async () => {
  const config = { name: 'n', kind: 'invariance', dataset: 'd', replace: [{ words: ['he'], with: 'she' }] } as const;
  const tables = world({
    rows,
    variants: (row) =>
      row === 1
        ? []
        : [
            { edit: 'kept', class: rows[row - 1]?.class ?? 0, probabilities: [0.5, 0.5] },
            { edit: '“he” → “she”', class: row === 3 ? 0 : (rows[row - 1]?.class ?? 0), probabilities: [0.7, 0.3] },
          ],
  });
  const verdict = await invariance.run(config, tables, run);
  assert.equal(verdict.passed, false);
  assert.equal(verdict.measured.value, 2 / 3);
  assert.deepEqual(
    verdict.samples.map(({ name, detail }) => [name, detail]),
    [['data/test.csv:4', '“he” → “she”: spam becomes ham 0.7']],
  );
  assert.equal((await invariance.run({ ...config, atLeast: 0.6 }, tables, run)).passed, true);
  await assert.rejects(invariance.run(config, world({ rows, variants: () => [] }), run), code('nothing-replaced'));
});

const columns = { kind: 'columns', columns: [{ name: 'leak' }, { name: 'age' }] } as unknown as Explained['features'];
const explained = (share: number): Explained => ({
  features: columns,
  relevance: Float32Array.of(share, share - 1),
  label: 'ham',
  sample: { address: { kind: 'text', text: '' }, title: 't', contentHash: '' },
});

test('relevance: mean, quantile, the worst by name, no relevance left out', async () => {
  const shares = [0.1, 0.5, 0.3, Number.NaN];
  const tables = world({
    rows,
    explain: (row) =>
      row === 4 ? { ...explained(0), relevance: Float32Array.of(0, 0) } : explained(shares[row - 1] ?? 0),
  });
  const config = { name: 'n', kind: 'relevance', dataset: 'd', on: { columns: ['leak'] }, atMost: 0.25 } as const;
  const verdict = await relevance.run(config, tables, run);
  assert.equal(verdict.passed, false);
  assert.equal(verdict.measured.value?.toFixed(6), '0.300000');
  assert.equal(verdict.samples[0]?.name, 'data/test.csv:3');
  assert.match(
    verdict.message,
    /mean share of relevance on leak is 0\.3 over 3 of 4 samples .* 1 sample without relevance left out/,
  );
  assert.equal((await relevance.run({ ...config, quantile: 0 }, tables, run)).passed, true);
  assert.equal((await relevance.run({ ...config, quantile: 1 }, tables, run)).measured.value?.toFixed(6), '0.500000');
  const least = await relevance.run({ ...config, atMost: 1, atLeast: 0.4 }, tables, run);
  assert.equal(least.passed, false);
});

test('relevance: a check that finds nothing to measure is an error, not a success', async () => {
  const config = { name: 'n', kind: 'relevance', dataset: 'd', on: { columns: ['leak'] }, atMost: 1 } as const;
  await assert.rejects(relevance.run(config, world({ rows: [] }), run), code('empty-slice'));
  const dead = world({ rows, explain: () => ({ ...explained(0), relevance: Float32Array.of(0, 0) }) });
  await assert.rejects(relevance.run(config, dead, run), code('nothing-measured'));
});

test('mistakes: accepted once, known again by content or id, counted when equal', async () => {
  const files = new Map<string, string>();
  const config = { name: 'n', kind: 'mistakes', dataset: 'd', accepted: 'a.json' } as const;
  await assert.rejects(mistakes.run(config, world({ rows, files }), run), code('nothing-accepted'));
  const accepted = await mistakes.run(config, world({ rows, files }), { accept: true });
  assert.equal(accepted.message, 'Accepted 2 mistakes of 4 samples in a.json.');
  assert.equal(
    files
      .get('a.json')
      ?.split('\n')
      .filter((line) => line.includes('"hash"')).length,
    2,
  );

  assert.equal((await mistakes.run(config, world({ rows, files }), run)).passed, true);
  const moved = rows.map((row) => ({ ...row, name: `elsewhere.csv:${(row.line ?? 0) + 7}` }));
  assert.equal((await mistakes.run(config, world({ rows: moved, files }), run)).passed, true);

  const twice = await mistakes.run(config, world({ rows: [...rows, rows[1] as (typeof rows)[number]], files }), run);
  assert.equal(twice.passed, false);
  assert.equal(twice.measured.actual, '1 new mistake');
  assert.equal(twice.samples[0]?.name, 'data/test.csv:3');

  const better = await mistakes.run(config, world({ rows: rows.slice(0, 3), files }), run);
  assert.equal(better.passed, true);
  assert.match(better.message, /1 accepted mistake is none any more/);

  const named = rows.map((row) => ({
    ...row,
    identity: () => Promise.resolve({ id: `id-${row.line}`, hash: 'e'.repeat(64) }),
  }));
  await mistakes.run(config, world({ rows: named, files }), { accept: true });
  const edited = rows.map((row) => ({
    ...row,
    identity: () => Promise.resolve({ id: `id-${row.line}`, hash: 'f'.repeat(64) }),
  }));
  assert.equal((await mistakes.run(config, world({ rows: edited, files }), run)).passed, true, 'the id stays');

  files.set('a.json', '{"mistakes": [{}]}');
  await assert.rejects(mistakes.run(config, world({ rows, files }), run), code('accepted-unreadable'));
});
