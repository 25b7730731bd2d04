import { test } from 'node:test';
import assert from 'node:assert/strict';
import { changedObject, changedRow, delimitedRow } from '../../../extension/panel/changed-row';
import { featureName } from '../../../webview/result/feature-names';
import { emptyPanel, receive } from '../../../webview/state';
import type { Panel } from '../../../webview/state';
import { isWrong, keptTab, tabOf } from '../../../webview/tab';
import { bestTrial, priorSource, randomText, stepAt, surpriseText } from '../../../webview/blame/words';
import { blameOf, wrongDigit } from '../../../webview/dev/blame';
import { conversation, elementResults, imageResults, textResults } from '../../../webview/dev/samples';

const wrong: Panel = conversation(textResults()).reduce(receive, emptyPanel);
const right: Panel = conversation(imageResults(4)).reduce(receive, emptyPanel);

test('blame is the view where the model is wrong; a person’s choice holds, and going back is no choice', () => {
  assert.deepEqual([isWrong(wrong), isWrong(right), isWrong(emptyPanel)], [true, false, false]);
  assert.deepEqual([tabOf(wrong, { tab: 'auto' }), tabOf(right, { tab: 'auto' })], ['blame', 'explain']);
  assert.equal(tabOf(wrong, { tab: 'explain' }), 'explain');
  assert.equal(keptTab(wrong, 'blame'), 'auto');
  assert.equal(keptTab(wrong, 'explain'), 'explain');
  assert.equal(keptTab(right, 'blame'), 'blame');
});

test('answers beside the explanation come and are taken back', () => {
  const blame = blameOf(textResults());
  const with_ = receive(wrong, { type: 'blame', state: { phase: 'done', result: blame } });
  assert.equal(with_.blame?.phase === 'done' ? with_.blame.result : null, blame);
  assert.equal(with_.explanation, wrong.explanation);
  assert.equal(receive(with_, { type: 'blame', state: null }).blame, null);
});

test('how surprising gold is, against an even guess', () => {
  const gold = { class: 0, label: 'ham' };
  const said = (share: number): string =>
    surpriseText({ probabilities: [share, 1 - share], surprise: -Math.log(share), source: null }, gold);
  assert.match(
    said(0.5),
    /gives ham 50 %: a label as likely as others \(−log π = 0\.69 nats, an even guess has 0\.69\)/,
  );
  assert.match(said(0.1), /a surprising label \(−log π = 2\.3 nats/);
  assert.match(said(0.99), /a label it expects anyway/);
  assert.equal(
    priorSource({
      probabilities: [1],
      surprise: 0,
      source: { dataset: 'a.csv', role: 'test', samples: 5, total: 5 },
    }),
    'Prior: mean prediction over all 5 samples of a.csv (test).',
  );
});

test('the step looked at: the chosen one, else where gold is reached, else the last', () => {
  const blame = blameOf(textResults(), true);
  const [slow, quick] = blame.trials;
  assert.ok(slow !== undefined && quick !== undefined && quick.flipsAt !== null);
  assert.equal(bestTrial(blame), 1);
  assert.equal(stepAt(quick, -1), quick.flipsAt);
  assert.equal(stepAt(quick, 99), quick.steps.length - 1);
  assert.equal(stepAt({ ...quick, flipsAt: null }, -1), quick.steps.length - 1);
  const flipping = { ...quick, flipsAt: 4 };
  assert.equal(
    randomText([flipping, { ...quick, flipsAt: null }, { ...quick, flipsAt: 7 }], 10),
    'Control, 3 random orders: gold within 10 in 2 of 3, after 5.5 (median).',
  );
});

test('names of features: token with its place, pixel with its colour, element of an input', () => {
  const { features } = textResults().explanation;
  assert.deepEqual([featureName(features, 4).name, featureName(features, 4).detail], ['not', '17:14']);
  assert.equal(featureName(features, 0).name, '[CLS]');
  const picture = wrongDigit().explanation.features;
  assert.match(featureName(picture, 28 + 3).name, /^pixel \(3, 1\)$/);
  assert.equal(featureName(elementResults().explanation.features, 128 + 5).name, 'context[5]');
});

test('a counterfactual row keeps the record’s other characters, and quotes what needs it', () => {
  const row = '7,"a ""b"", c",41,web';
  assert.equal(changedRow(row, [{ start: 15, end: 17, text: '39' }]), '7,"a ""b"", c",39,web');
  assert.equal(
    changedRow(row, [
      { start: 18, end: 21, text: 'a,b' },
      { start: 3, end: 13, text: 'say "x"' },
    ]),
    '7,"say ""x""",41,"a,b"',
  );
  assert.equal(
    changedObject('{"id": 7, "age": 41, "note": "x"}', { id: '7', age: '39', note: 'say "x"' }),
    '{"id":7,"age":39,"note":"say \\"x\\""}',
  );
  assert.equal(delimitedRow({ id: '1', text: 'a, "b"', label: 'ham' }, ','), '1,"a, ""b""",ham');
});
