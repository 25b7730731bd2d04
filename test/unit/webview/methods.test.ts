import { test } from 'node:test';
import assert from 'node:assert/strict';
import { accountingFacts, accountingLine } from '../../../webview/result/accounting-text';
import { absorbedWords, balanceWords, barOf, leaks, scaleOf, summary } from '../../../webview/conservation/rows';
import { firstSentence } from '../../../webview/widgets/sentences';
import { chosenUnits, throughUnits, toggled, withUnits } from '../../../webview/choices/units-choice';
import { balances, lrpExplanation } from '../../../webview/dev/blame';
import { choices } from '../../../webview/dev/catalogue';
import { tableResults } from '../../../webview/dev/samples';

test('what the pass absorbed is named, and is no residual', () => {
  const { accounting } = lrpExplanation(tableResults());
  assert.match(accountingLine(accounting), /= 1\.65 that the pass started with \(score 1\.73\) − 0\.420 absorbed/);
  const { targetConstant: _none, ...linear } = accounting;
  assert.match(accountingLine(linear), /= 1\.65 \(score\) − 0\.420 absorbed on the way, 25\.5 % of it$/);
  assert.match(accountingLine({ ...linear, sum: 1.65, expected: 1.65, absorbed: 0 }), /nothing absorbed on the way$/);
  assert.match(accountingLine({ ...linear, sum: 2, expected: 1.5, absorbed: -0.5 }), /\+ 0\.500 that biases .* added/);
  assert.deepEqual(
    accountingFacts(accounting)
      .map(([name]) => name)
      .slice(0, 3),
    ['Score', 'Constant of the target', 'Absorbed'],
  );
});

test('bars of the books: one scale, 0 inside, negative parts on the left of it', () => {
  const scale = scaleOf(balances);
  assert.ok(scale.low < 0 && scale.high > 0);
  const zero = barOf(0, scale).left;
  const right = barOf(scale.high, scale);
  assert.ok(Math.abs(right.left - zero) < 1e-9 && Math.abs(right.left + right.width - 100) < 1e-9);
  const left = barOf(scale.low, scale);
  assert.ok(Math.abs(left.left) < 1e-9 && Math.abs(left.width - zero) < 1e-9);
  assert.equal(barOf(1, scaleOf([])).width, 100);
});

test('what stayed and why, in words; nodes that hand everything on are no leaks', () => {
  const first = balances[0];
  assert.ok(first !== undefined);
  assert.equal(absorbedWords({ ...first, absorbed: { bias: 0.1, softmax: -0.5 } }), 'softmax −0.50, bias 0.10');
  assert.match(balanceWords(first), /^Gemm by epsilon: 2\.31 arrived, 2\.20 went on; stayed: bias 0\.11$/);
  assert.deepEqual(
    leaks(balances).map(({ node }) => node),
    balances.filter(({ absorbed }) => Object.keys(absorbed).length > 0).map(({ node }) => node),
  );
  assert.match(
    summary(balances),
    /^Stayed behind in 6 of 7 nodes: bias .* The hatched parts are negative relevance\.$/,
  );
  assert.match(
    summary([{ ...first, absorbed: {} }]),
    /^Nothing stayed behind in 1 nodes?\. No node handed on negative/,
  );
});

test('units: alone, added with Shift, let go of; through another method where this one cannot', () => {
  assert.deepEqual(toggled([], 3, false), [3]);
  assert.deepEqual(toggled([3], 3, false), []);
  assert.deepEqual(toggled([3, 7], 3, false), [3]);
  assert.deepEqual(toggled([7], 3, true), [3, 7]);
  assert.deepEqual(toggled([3, 7], 7, true), [3]);
  assert.deepEqual(chosenUnits({ units: ' 3, 17' }), [3, 17]);
  assert.deepEqual(withUnits({ units: '1', steps: 4 }, 'conv', []), { steps: 4, layer: 'conv' });
  assert.equal(throughUnits(choices.methods, 'gradient'), 'layer-gradient-x-activation');
  assert.equal(throughUnits([], 'grad-cam'), null);
});

test('the first sentence of a text', () => {
  assert.equal(firstSentence('One thing, e.g. this. And another.'), 'One thing, e.g. this.');
  assert.equal(firstSentence('no stop'), 'no stop.');
  assert.equal(firstSentence('A model; a dataset.'), 'A model; a dataset.');
  assert.equal(firstSentence('Bach et al. 2015 said so. Yes.'), 'Bach et al. 2015 said so.');
});
