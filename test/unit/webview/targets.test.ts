import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { effective, keepParameters } from '../../../webview/choices/effective';
import { emptyPanel } from '../../../webview/state';
import { choices } from '../../../webview/dev/catalogue';
import { textResults } from '../../../webview/dev/samples';
import { clicked, formOf, hasRest, requestOf } from '../../../webview/choices/targets';
import type { ModelRef, TargetRequest } from '../../../server/protocol';

const scores = [
  { class: 2, label: 'c', logit: 1, probability: 0.6 },
  { class: 0, label: 'a', logit: 0, probability: 0.3 },
  { class: 1, label: 'b', logit: -1, probability: 0.1 },
];

test('a click explains a class, with Shift it is what the explained class is compared with', () => {
  assert.deepEqual(clicked(1, false, { kind: 'predicted' }, scores), { kind: 'class', class: 1, scale: 'logit' });
  assert.deepEqual(clicked(1, true, { kind: 'predicted' }, scores), { kind: 'contrast', class: 2, against: 1 });
  assert.deepEqual(clicked(0, true, { kind: 'class', class: 'b' }, scores), { kind: 'contrast', class: 1, against: 0 });
  assert.deepEqual(clicked(1, true, { kind: 'class', class: 1 }, scores), { kind: 'class', class: 1, scale: 'logit' });
});

test('a click keeps the scale', () => {
  const request: TargetRequest = { kind: 'class', class: 2, scale: 'probability' };
  assert.deepEqual(clicked(0, false, request, scores), { kind: 'class', class: 0, scale: 'probability' });
});

test('only the bare prediction follows the prediction; on another scale the class is named', () => {
  const form = formOf({ kind: 'predicted' }, scores);
  assert.deepEqual(requestOf(form, scores), { kind: 'predicted' });
  assert.deepEqual(requestOf({ ...form, scale: 'probability' }, scores), {
    kind: 'class',
    class: 2,
    scale: 'probability',
  });
  assert.deepEqual(requestOf({ ...form, against: { kind: 'rest' } }, scores), { kind: 'contrastToRest', class: 2 });
});

test('the form of a request asks for the same request', () => {
  const requests = fc.oneof<fc.Arbitrary<TargetRequest>[]>(
    fc.constant({ kind: 'predicted' }),
    fc.record(
      {
        kind: fc.constant('class'),
        class: fc.nat(2),
        scale: fc.constantFrom('logit', 'probability', 'logProbability'),
      },
      { noNullPrototype: true },
    ),
    fc
      .tuple(fc.nat(2), fc.nat(2))
      .filter(([a, b]) => a !== b)
      .map(([a, b]) => ({ kind: 'contrast', class: a, against: b })),
    fc.record({ kind: fc.constant('contrastToRest'), class: fc.nat(2) }, { noNullPrototype: true }),
  );
  fc.assert(fc.property(requests, (request) => assert.deepEqual(requestOf(formOf(request, scores), scores), request)));
});

test('several independent yes-or-no outputs have no "all others"', () => {
  const model = { output: 'sigmoid', labels: ['a', 'b', 'c'] } as unknown as ModelRef;
  assert.equal(hasRest(model), false);
  assert.equal(hasRest({ ...model, labels: ['no', 'yes'] }), true);
  assert.equal(hasRest({ ...model, output: 'softmax' }), true);
});

test('what was not chosen is what the last result used, else the default', () => {
  const panel = { ...emptyPanel, choices };
  assert.equal(effective(panel).methodId, 'integrated-gradients');
  const explanation = { ...textResults().explanation, method: 'gradient', baseline: null };
  assert.equal(effective({ ...panel, explanation }).methodId, 'gradient');
  const chosen = { ...panel, explanation, choice: { ...panel.choice, method: 'occlusion', baseline: 'zero' } };
  assert.equal(effective(chosen).methodId, 'occlusion');
  assert.equal(effective(chosen).baseline?.id, 'zero');
});

test('parameters are those of the method and of its baseline, and no others are kept', () => {
  const choose = (method: string): ReturnType<typeof effective> =>
    effective({ ...emptyPanel, choices, choice: { ...emptyPanel.choice, method, baseline: 'noise' } });
  const names = (method: string): string[] => choose(method).definitions.map((item) => item.name);
  assert.deepEqual(names('integrated-gradients'), ['steps', 'quadrature', 'tolerance', 'film', 'seed']);
  assert.deepEqual(names('gradient'), [], 'a method without a baseline has none of its parameters');
  assert.deepEqual(keepParameters({ steps: 64, seed: 3 }, choose('integrated-gradients').method?.parameters ?? []), {
    steps: 64,
  });
});

test('quantities have a value alone, and are not compared with each other', () => {
  const quantities = ['price', 'rent'].map((label, index) => ({
    class: index,
    label,
    logit: null,
    probability: null,
    value: 20 - index,
  }));
  const rent: TargetRequest = { kind: 'class', class: 1, scale: 'value' };
  assert.deepEqual(clicked(1, false, { kind: 'predicted' }, quantities), rent);
  assert.deepEqual(clicked(1, true, { kind: 'predicted' }, quantities), rent);
  assert.deepEqual(requestOf(formOf({ kind: 'predicted' }, quantities), quantities), { kind: 'predicted' });
  assert.deepEqual(requestOf(formOf({ kind: 'class', class: 1 }, quantities), quantities), rent);
  assert.equal(hasRest({ output: 'quantities', labels: ['price', 'rent'] } as unknown as ModelRef), false);
});
