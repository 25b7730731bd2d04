/** Composites: which layer gets which rule, what a person may write, and what the preview tells. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { UserError } from '../../../../server/errors';
import { f32 } from '../../../../server/graph/tensor';
import { BATCH } from '../../../../server/graph/types';
import type { Model } from '../../../../server/model/types';
import { composites } from '../../../../server/program/rules/lrp/composites';
import { compositeFrom, compositeFromText } from '../../../../server/program/rules/lrp/definition';
import { fitsGlob } from '../../../../server/program/rules/lrp/glob';
import { previewRules } from '../../../../server/program/rules/lrp/preview';
import { ruleDocs } from '../../../../server/program/rules/lrp/rule-docs';
import { linearRuleNames } from '../../../../server/program/rules/lrp/types';
import { inputs, modelOf } from '../../../support/interpreter/models';
import { processorTime } from '../../../support/processor-time';

const ones = (...dims: number[]) => f32(new Float32Array(dims.reduce((one, other) => one * other, 1)).fill(1), dims);

/** Conv, ReLU, Conv, mean over positions, MatMul and its bias. */
function network(): Model {
  const b = inputs({ x: [BATCH, 1, 4] });
  const first = b.op('Conv', ['x', b.constant(ones(2, 1, 3), 'w1')], {}, 'first');
  const second = b.op('Conv', [b.op('Relu', [first]), b.constant(ones(2, 2, 2), 'w2')], {}, 'second');
  const mean = b.op('ReduceMean', [second, b.indices([2])], { keepdims: { type: 'int', value: 0 } });
  const head = b.op('MatMul', [mean, b.constant(ones(2, 3), 'w3')], {}, 'head');
  return modelOf({ b, entries: ['x'], logits: b.op('Add', [head, b.constant(ones(3), 'b3')], {}, 'bias') });
}

const rulesOf = (composite: unknown): string[] =>
  previewRules(network(), { composite }).rows.map(({ op, rule }) => `${op} ${rule ?? 'none'}`);

test('a composite by position and kind', () => {
  assert.deepEqual(rulesOf('epsilonPlusFlat'), [
    'Conv flat',
    'Relu pass',
    'Conv zPlus',
    'ReduceMean epsilon',
    'MatMul epsilon',
    'Add pass',
  ]);
});

test('rules of one’s own win over position and kind, counted from the input', () => {
  const mine = {
    rules: [
      { operator: 'Conv', from: 2, rule: 'gamma' },
      { operator: 'ReduceMean', rule: 'zPlus' },
    ],
    input: { rule: 'box' },
    dense: { rule: 'zero' },
  };
  assert.deepEqual(rulesOf(compositeFrom(mine)), [
    'Conv box',
    'Relu pass',
    'Conv gamma',
    'ReduceMean zPlus',
    'MatMul zero',
    'Add pass',
  ]);
});

test('the preview tells numbers, places and the folded target', () => {
  const { rows } = previewRules(network(), {
    composite: compositeFrom({ dense: { rule: 'epsilon', epsilon: 0.1, relative: true }, input: { rule: 'box' } }),
  });
  assert.deepEqual(
    rows.filter(({ linear }) => linear).map(({ detail }) => detail),
    ['needs the bounds of the input, sees the input', 'ε = 1e-6', 'ε = 1e-6', 'ε = 0.1 · rms, the target is folded in'],
  );
  assert.match(rows.at(-1)?.detail ?? '', /^bias of /);
});

test('the box rule in a hidden layer is refused, with the reason', () => {
  const { rows } = previewRules(network(), { composite: compositeFrom({ convolution: { rule: 'box' } }) });
  const [first, , second] = rows;
  assert.equal(first?.rule, 'box');
  assert.deepEqual([second?.rule, second?.linear], [null, true]);
  assert.match(second?.detail ?? '', /rule box is for a layer that sees the input.*another rule/);
});

test('two rules for one node name both, the node and the composite', () => {
  const mine = compositeFrom({
    name: 'mine',
    rules: [
      { operator: 'Conv', rule: 'flat' },
      { until: 1, rule: 'box' },
    ],
  });
  assert.throws(
    () => previewRules(network(), { composite: mine }),
    (error) =>
      error instanceof UserError &&
      error.code === 'bad-composite' &&
      /“mine”.*rule 1 \(flat\) and rule 2 \(box\)/.test(error.what) &&
      (error.where ?? '').includes('Conv'),
  );
});

test('selectors that match nothing are listed', () => {
  const mine = compositeFrom({
    rules: [
      { operator: ['ConvTranspose', 'Gemm'], rule: 'flat' },
      { operator: 'Conv', from: 3, rule: 'box' },
      { name: 'no such *', rule: 'zero' },
    ],
  });
  assert.deepEqual(previewRules(network(), { composite: mine }).unmatched, [
    'rule 1 (ConvTranspose or Gemm)',
    'rule 2 (Conv from 3)',
    'rule 3 (any layer named no such *)',
  ]);
});

test('what cannot be read as a composite says where and what', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{', /no JSON/],
    ['[]', /not an object — the composite/],
    ['{"rule": "flat"}', /unknown property "rule".*known: name, rules/],
    ['{"rules": {"rule": "flat"}}', /"rules" is no list/],
    ['{"rules": [{"rule": "flat"}, {"operator": "Relu", "rule": "flat"}]}', /"Relu" is no linear operator — rule 2/],
    ['{"rules": [{"name": "(a+)+$", "from": 0, "rule": "flat"}]}', /count layers from 1/],
    ['{"rules": [{"from": 2, "until": 1, "rule": "flat"}]}', /from 2 until 1 is no layer/],
    ['{"dense": {"rule": "alphaBeta", "alpha": 2, "beta": -1}}', /α − β.*α \+ β = 1/],
    ['{"dense": {"rule": "epsilom"}}', /no rule “epsilom”.*epsilon/],
    ['{"dense": {"rule": "epsilon", "epsilon": "small"}}', /"epsilon" is no number/],
    ['{"dense": {"rule": "zPlus", "bias": "drop"}}', /absorb, ignore, redistribute/],
  ];
  for (const [text, message] of cases)
    assert.throws(
      () => compositeFromText(text),
      (error) => error instanceof UserError && message.test(error.message),
      text,
    );
});

test('patterns of names: stars and question marks, everything else is itself', () => {
  const yes = [
    ['*', ''],
    ['/a/*', '/a/b/c'],
    ['*Conv?', '/x/Conv1'],
    ['a*b*c', 'aXbYbZc'],
    ['(a+)+$', '(a+)+$'],
  ] as const;
  const no = [
    ['/a/*', 'x/a/b'],
    ['Conv?', 'Conv'],
    ['a*b', 'ab_'],
    ['', 'a'],
  ] as const;
  for (const [pattern, text] of yes) assert.ok(fitsGlob(pattern, text), pattern);
  for (const [pattern, text] of no) assert.ok(!fitsGlob(pattern, text), pattern);
  const began = processorTime();
  assert.ok(!fitsGlob('a*'.repeat(500) + 'b', 'a'.repeat(5000)));
  assert.ok(processorTime() - began < 2000, 'a hostile pattern takes no time');
});

test('every rule is documented, and every composite passes its own check', () => {
  assert.deepEqual(Object.keys(ruleDocs).sort(), [...linearRuleNames].sort());
  for (const { composite } of Object.values(composites)) compositeFrom(composite);
});
