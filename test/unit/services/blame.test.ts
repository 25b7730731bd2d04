/** Blame and counterfactuals of table rows with the real compute, on a linear model: every number is known by hand. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { localCompute } from '../../../server/compute/local';
import { UserError } from '../../../server/errors';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32, i64 } from '../../../server/graph/tensor';
import { createServices } from '../../../server/services';
import { orderOf, randomOrder, trialOf } from '../../../server/services/blame/blame';
import { bagDistance, standardDistance } from '../../../server/services/blame/donors';
import { rewritten } from '../../../server/services/blame/counterfactual-text';
import { changedBy, lentTokens } from '../../../server/services/blame/replacement';
import { toUri } from '../../../server/workspace/uris';
import { denseModel } from '../explain/networks';
import { scratch } from './fakes';
import type { EncodedSample } from '../../../server/input/types';
import type { BlameRequest, SampleAddress } from '../../../server/protocol';

const files = scratch();
const compute = localCompute({ threads: 1 });
after(async () => {
  await compute.dispose();
  files.remove();
});

/** f_yes − f_no = 2a − b + 0.5c. */
const model = writeOnnx(
  denseModel('linear-table', 3, 2, (b, x) => b.op('MatMul', [x, b.constant(f32([0, 2, 0, -1, 0, 0.5], [3, 2]))])).graph,
);
const train = 'a,b,c,label\n1,0,0,yes\n0,1,0,no\n2,1,4,yes\n-1,2,0,no\n';
const TRAIN = [
  [1, 0, 0],
  [0, 1, 0],
  [2, 1, 4],
  [-1, 2, 0],
];
const yes = ([a = 0, b = 0, c = 0]: readonly number[]): number => 1 / (1 + Math.exp(-(2 * a - b + 0.5 * c)));

function workspace(
  name: string,
  datasets: readonly object[] = [{ files: 'train.csv', role: 'train', label: 'label' }],
) {
  const columns = ['a', 'b', 'c'].map((column) => ({ name: column, type: 'number' }));
  const config = { path: 'm.onnx', labels: ['no', 'yes'], input: { kind: 'table', columns } };
  const folder = files.folder(name, {
    'm.onnx': model,
    'train.csv': train,
    // Predicted no (2·0 − 3 + 0.5 = −2.5), gold yes; predicted yes and gold yes; no label; a label that is no class.
    'test.csv': 'a,b,c,label\n0,3,1,yes\n3,0,0,yes\n0,3,1,\n0,3,1,maybe\n',
    'model-blame.json': JSON.stringify({
      models: { m: config },
      datasets: [...datasets, { files: 'test.csv', role: 'test', label: 'label', model: 'm' }].slice(
        0,
        datasets.length === 0 ? 0 : undefined,
      ),
    }),
  });
  return { folder, services: createServices({ folders: [folder], compute }) };
}
const at = (folder: string, record: number): SampleAddress => ({
  kind: 'record',
  uri: toUri(join(folder, 'test.csv')),
  record,
});
const ask = (address: SampleAddress, change: Partial<BlameRequest> = {}): BlameRequest => ({
  address,
  model: 'm',
  method: null,
  parameters: {},
  replacement: null,
  baseline: null,
  remove: 3,
  ...change,
});
const refused = (code: string, next: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UserError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.next ?? '', next);
  return true;
};
const close = (actual: number | undefined, expected: number): void =>
  assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-5, `${actual} is not ${expected}`);

const { folder, services } = workspace('linear');

test('the prior is the mean prediction over the training set, computed once; the surprise of gold is −log π', async () => {
  const answer = await services.blame(ask(at(folder, 1), { parameters: { signal: 'prior' } }));
  const pi = TRAIN.reduce((sum, row) => sum + yes(row), 0) / TRAIN.length;
  close(answer.prior?.probabilities[1], pi);
  close(answer.prior?.surprise, -Math.log(pi));
  assert.deepEqual(answer.prior?.source, { dataset: 'train.csv', role: 'train', samples: 4, total: 4 });
  // δ = (1 − π, π − 1): S = (π − 1)(f_yes − f_no), so Σ b = S(x) − S(x′) of the donors' mean.
  const S = (row: readonly number[]): number => (pi - 1) * (2 * (row[0] ?? 0) - (row[1] ?? 0) + 0.5 * (row[2] ?? 0));
  close(answer.explanation.accounting.score, S([0, 3, 1]));
});

test('baseline: features in the order of blame, replaced one after another, each step predicted', async () => {
  const answer = await services.blame(
    ask(at(folder, 1), { replacement: 'baseline', baseline: 'zero', parameters: { signal: 'contrast' } }),
  );
  // S = f_no − f_yes: blame −2a + b − 0.5c from zero = (0, 3, −0.5). Only b pushes away from yes.
  assert.deepEqual(
    Array.from(answer.explanation.relevance, (value) => Math.round(value * 1e4) / 1e4 + 0),
    [0, 3, -0.5],
  );
  assert.deepEqual(answer.order, [1]);
  const [trial] = answer.trials;
  assert.deepEqual(
    trial?.steps.map(({ removed, feature, label, outcome }) => [removed, feature, label, outcome]),
    [
      [0, null, 'no', 'same'],
      [1, 1, 'yes', 'gold'],
    ],
  );
  close(trial.steps[1]?.gold, yes([0, 0, 1]));
  close(trial.steps[1]?.predicted, 1 - yes([0, 0, 1]));
  assert.equal(trial.flipsAt, 1);
  assert.ok(answer.random.length >= 5);
  for (const { order } of answer.random) assert.deepEqual(new Set(order), new Set([1, 2]), 'a is zero already');
});

test('donors: the nearest rows with the gold label, never the sample itself; their values take the place', async () => {
  const answer = await services.blame(ask(at(folder, 1), { donors: 2, parameters: { signal: 'contrast' } }));
  assert.equal(answer.replacement.id, 'donor', 'where a dataset is known');
  // Standard deviations over the two rows: 0.5, 0.5, 2. (2,1,4): √(16 + 16 + 2.25); (1,0,0): √(4 + 36 + 0.25).
  assert.deepEqual(
    answer.donors.map(({ sample }) => sample.record),
    [3, 1],
  );
  close(answer.donors[0]?.distance, Math.sqrt(34.25));
  close(answer.donors[1]?.distance, Math.sqrt(40.25));
  const [first] = answer.trials;
  // x′ is the mean of both: blame −2(0 − 1.5) … = 3, b: 3 − 0.5 = 2.5, c: −0.5(1 − 2) = 0.5.
  assert.deepEqual(first?.order, [0, 1, 2]);
  close(first.steps[1]?.gold, yes([2, 3, 1]));
  close(first.steps[3]?.gold, yes([2, 1, 4]));
  assert.equal(answer.trials.length, 2);
});

test('a sample of the dataset is not its own donor', async () => {
  const own: SampleAddress = { kind: 'record', uri: toUri(join(folder, 'train.csv')), record: 1 };
  const { donors } = await services.blame(ask(own, { parameters: { signal: 'own' } }));
  assert.deepEqual(
    donors.map(({ sample }) => sample.record),
    [3],
  );
});

test('sign-flip and mean: what takes the place', async () => {
  const flip = await services.blame(
    ask(at(folder, 1), { replacement: 'sign-flip', parameters: { signal: 'contrast' } }),
  );
  close(flip.trials[0]?.steps[1]?.gold, yes([0, -3, 1]));
  const mean = await services.blame(ask(at(folder, 1), { replacement: 'mean', parameters: { signal: 'contrast' } }));
  // Means 0.5, 1, 1: c is the same and never replaced.
  assert.deepEqual(mean.order, [1, 0]);
  close(mean.trials[0]?.steps[2]?.gold, yes([0.5, 1, 1]));
});

test('no gold, a label that is no class, a class nobody knows; --gold is the way out', async () => {
  await assert.rejects(services.blame(ask(at(folder, 3))), refused('no-gold', /--gold/));
  await assert.rejects(services.blame(ask(at(folder, 4))), refused('unknown-gold', /Classes: no, yes/));
  await assert.rejects(services.blame(ask(at(folder, 3), { gold: 'perhaps' })), refused('unknown-class', /no, yes/));
  const given = await services.blame(ask(at(folder, 3), { gold: 'yes', replacement: 'baseline' }));
  assert.deepEqual(given.gold, { class: 1, label: 'yes' });
});

test('gold is what is predicted: allowed, by the prior, and every step says gold', async () => {
  const answer = await services.blame(ask(at(folder, 2), { replacement: 'baseline' }));
  assert.equal(answer.explanation.parameters['signal'], 'prior');
  assert.equal(answer.trials[0]?.flipsAt, 0);
  await assert.rejects(
    services.blame(ask(at(folder, 2), { parameters: { signal: 'contrast' }, replacement: 'baseline' })),
    refused('nothing-to-contrast', /prior|own/),
  );
});

test('without a dataset: no silent prior; uniform has to be asked for', async () => {
  const bare = workspace('bare', []);
  const row: SampleAddress = { kind: 'record', uri: toUri(join(bare.folder, 'test.csv')), record: 1 };
  const prior = ask(row, { gold: 'yes', parameters: { signal: 'prior' } });
  await assert.rejects(bare.services.blame(prior), refused('no-dataset', /prior=uniform/));
  const uniform = await bare.services.blame({ ...prior, parameters: { signal: 'prior', prior: 'uniform' } });
  close(uniform.prior?.surprise, Math.log(2));
  assert.equal(uniform.prior?.source, null);
  assert.equal(uniform.replacement.id, 'baseline', 'no donors without a dataset');
  await assert.rejects(
    bare.services.blame(ask(row, { gold: 'yes', replacement: 'donor' })),
    refused('no-dataset', /model-blame\.json/),
  );
  const contrast = await bare.services.blame(ask(row, { gold: 'yes' }));
  assert.equal(contrast.prior, null);
});

test('other methods are tested the same way: predicted rather than gold', async () => {
  const answer = await services.blame(
    ask(at(folder, 1), { method: 'gradient-x-input', replacement: 'baseline', baseline: 'zero' }),
  );
  assert.deepEqual(answer.explanation.target, {
    kind: 'contrast',
    class: 0,
    label: 'no',
    against: 1,
    againstLabel: 'yes',
  });
  assert.deepEqual(answer.order, [1]);
});

test('explain knows the method, its gold label and its prior too', async () => {
  const explanation = await services.explain({
    address: at(folder, 1),
    model: 'm',
    method: 'blame',
    target: { kind: 'predicted' },
    baseline: 'zero',
    parameters: { signal: 'prior' },
  });
  assert.equal(explanation.target.kind, 'blame');
  assert.match(explanation.warnings.find(({ code }) => code === 'prior')?.message ?? '', /all 4 samples of train\.csv/);
});

test('flips: counts every misclassified sample, says how many fixes each order makes', async () => {
  const answer = await services.flips({
    uris: [toUri(join(folder, 'test.csv'))],
    model: 'm',
    method: null,
    parameters: {},
    replacement: 'baseline',
    baseline: 'zero',
    remove: 2,
  });
  assert.equal(answer.samples, 4);
  assert.equal(answer.unlabelled, 2);
  assert.equal(answer.misclassified, 1);
  assert.deepEqual(answer.blame, [0, 1, 1]);
  assert.equal(answer.random[0], 0);
  // Random orders are (b, c) or (c, b); the second ends in f = 0, which the first class wins: only b first is fixed.
  assert.ok((answer.random[1] ?? 0) > 0 && (answer.random[1] ?? 1) < 1);
  assert.equal(answer.random[2], answer.random[1]);
  assert.deepEqual(
    answer.errors.map(({ gold, predicted, flipsAt }) => [gold, predicted, flipsAt]),
    [['yes', 'no', 1]],
  );
  await assert.rejects(
    services.flips({
      uris: [toUri(join(folder, 'train.csv'))],
      model: 'm',
      method: null,
      parameters: {},
      replacement: null,
      baseline: null,
      remove: 2,
    }),
    refused('nothing-misclassified', /dataset/),
  );
});

test('counterfactual of a row: values that occur, the fewest columns, no farther than needed', async () => {
  const answer = await services.counterfactual({ address: at(folder, 1), model: 'm' });
  assert.equal(answer.after[0]?.label, 'yes');
  assert.equal(answer.changes.length, 1, 'a = 2 alone is enough: 4 − 3 + 0.5 > 0');
  const [change] = answer.changes;
  assert.equal(change?.name, 'a');
  assert.equal(change.from, '0');
  assert.equal(change.to, '2', 'whole numbers stay whole: 1 is not enough (2 − 3 + 0.5 < 0)');
  assert.deepEqual(answer.result, { kind: 'columns', cells: { a: '2', b: '3', c: '1', label: 'yes' } });
  await assert.rejects(
    services.counterfactual({ address: at(folder, 2), model: 'm' }),
    refused('already-gold', /--gold/),
  );
});

test('steps: same, another wrong class, gold; the first gold counts', () => {
  const rows = [
    [0.6, 0.3, 0.1],
    [0.3, 0.5, 0.2],
    [0.2, 0.3, 0.5],
    [0.5, 0.3, 0.2],
  ];
  const trial = trialOf({ label: 'black', donor: null, order: [7, 8, 9] }, rows, 2, ['a', 'b', 'c']);
  assert.deepEqual(
    trial.steps.map(({ outcome, feature }) => [outcome, feature]),
    [
      ['same', null],
      ['other', 7],
      ['gold', 8],
      ['same', 9],
    ],
  );
  assert.equal(trial.flipsAt, 2);
  assert.equal(trialOf({ label: '', donor: null, order: [] }, rows.slice(0, 1), 2, []).flipsAt, null);
});

test('order: only what is blamed and what changes, most blamed first, ties in their own order', () => {
  const relevance = Float32Array.of(1, 3, -2, 3, 0, 2);
  assert.deepEqual(orderOf(relevance, new Set([0, 1, 2, 3, 4, 5]), 10), [1, 3, 5, 0]);
  assert.deepEqual(orderOf(relevance, new Set([0, 3, 4]), 1), [3]);
  assert.deepEqual(
    randomOrder(new Set([4, 2, 9]), 5, 1).toSorted((a, b) => a - b),
    [2, 4, 9],
  );
  assert.deepEqual(randomOrder(new Set([4, 2, 9]), 2, 1), randomOrder(new Set([9, 4, 2]), 2, 1));
});

test('texts: distance by weighted bags; donor tokens at the same relative place, special ones and padding stay', () => {
  const ids = (...values: number[]) => ({ ids: i64(values, [1, values.length]) });
  const others = [ids(1, 5, 6, 2), ids(1, 7, 8, 2), ids(1, 5, 8, 2)];
  const distance = bagDistance(ids(1, 5, 6, 2), others, ['ids']);
  close(distance(others[0] ?? {}), 0);
  assert.equal(distance(others[1] ?? {}), 1, 'only tokens that every text has are shared');
  assert.ok(distance(others[2] ?? {}) > 0.1 && distance(others[2] ?? {}) < 1);

  const text = (values: readonly number[], fixed: readonly number[], places: readonly number[]): EncodedSample => ({
    feeds: { ids: i64(values, [1, values.length]) },
    features: { kind: 'tokens', tokens: [], text: '', truncated: 0, window: { index: 0, count: 1 } },
    count: values.length,
    featureOf: { ids: Int32Array.from(places) },
    fixed: new Set(fixed),
  });
  const sample = text([1, 11, 12, 13, 2, 0], [0, 4], [0, 1, 2, 3, 4, -1]);
  const donor = text([1, 21, 22, 23, 24, 25, 2], [0, 6], [0, 1, 2, 3, 4, 5, 6]);
  const lent = lentTokens(sample, donor)['ids'];
  assert.deepEqual(Array.from(lent?.data as BigInt64Array, Number), [1, 21, 23, 25, 2, 0]);
  assert.deepEqual(
    [...changedBy(sample, { kind: 'feeds', feeds: lent === undefined ? {} : { ids: lent } })],
    [1, 2, 3],
  );
});

test('distance of numbers is in standard deviations; of another shape infinite', () => {
  const rows = [f32([0, 100], [1, 2]), f32([2, 300], [1, 2])];
  const distance = standardDistance(
    { x: f32([1, 100], [1, 2]) },
    rows.map((x) => ({ x })),
    ['x'],
  );
  close(distance({ x: rows[0] ?? f32([0], [1]) }), 1);
  close(distance({ x: rows[1] ?? f32([0], [1]) }), Math.sqrt(1 + 4));
  assert.equal(distance({ x: f32([1], [1, 1]) }), Infinity);
});

test('a word left out takes the blank before it along; several edits keep their places', () => {
  const words = [
    { start: 0, end: 3 },
    { start: 4, end: 7 },
    { start: 8, end: 12 },
  ];
  assert.equal(rewritten('not bad film', words, new Map([[1, '']])), 'not film');
  assert.equal(
    rewritten(
      'not bad film',
      words,
      new Map([
        [2, 'book'],
        [0, 'so'],
      ]),
    ),
    'so bad book',
  );
});
