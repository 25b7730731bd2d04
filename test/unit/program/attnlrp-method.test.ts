/** What AttnLRP's method adds to its rules: its default target, and the sum that position embeddings share in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddingSums } from '../../../server/explain/methods/propagation/positions';
import { info } from '../../../server/explain/methods/propagation/attnlrp-info';
import { defaultTarget } from '../../../server/explain/targets';
import type { Reading } from '../../../server/explain/scores';
import type { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import { BATCH } from '../../../server/graph/types';
import type { Value } from '../../../server/graph/types';
import { inputs } from '../../support/interpreter/models';

const logits = Float32Array.of(0.1, 2, -1);
const reading: Reading = { activation: 'softmax', single: false, onlyProbabilities: false };

test('nobody chose: the predicted class against the rest; a choice is kept', () => {
  const predicted = { kind: 'predicted' } as const;
  assert.deepEqual(defaultTarget(info, predicted, logits, reading), { kind: 'contrastToRest', class: 1 });
  const chosen = { kind: 'class', class: 2 } as const;
  assert.equal(defaultTarget(info, chosen, logits, reading), chosen);
  assert.equal(defaultTarget({}, predicted, logits, reading), predicted);
});

test('where there is no rest, the predicted class itself', () => {
  const predicted = { kind: 'predicted' } as const;
  const several: Reading = { ...reading, activation: 'sigmoid' };
  assert.equal(defaultTarget(info, predicted, logits, several), predicted);
  assert.equal(defaultTarget(info, predicted, logits, { ...reading, onlyProbabilities: true }), predicted);
  const one: Reading = { ...several, single: true };
  assert.deepEqual(defaultTarget(info, predicted, Float32Array.of(-3), one), { kind: 'contrastToRest', class: 0 });
});

const sumAt = (build: (b: GraphBuilder, x: Value) => Value): Value | undefined => {
  const b = inputs({ x: [BATCH, 3, 4] });
  return embeddingSums(b.build([build(b, 'x')]), ['x']).get('x');
};
const row = (b: GraphBuilder): Value => b.constant(f32(Float32Array.from({ length: 12 }, (_, at) => at), [3, 4])); // prettier-ignore

test('words, scaled, plus segments, plus positions: the last sum', () => {
  const found = sumAt((b, x) => {
    const scaled = b.op('Mul', [x, b.scalar(2)]);
    const sum = b.op('Add', [b.op('Add', [scaled, row(b)]), row(b)], {}, 'total');
    b.op('Shape', [sum]);
    return b.op('Tanh', [sum]);
  });
  assert.equal(found, 'total');
});

test('an entry that goes on otherwise has no such sum: no positions, or a residual beside', () => {
  assert.equal(sumAt((b, x) => b.op('Tanh', [x])), undefined); // prettier-ignore
  assert.equal(sumAt((b, x) => b.op('Tanh', [b.op('Mul', [x, b.scalar(3)])])), undefined); // prettier-ignore
  assert.equal(sumAt((b, x) => b.op('Tanh', [b.op('Add', [x, b.op('Exp', [x])])])), undefined); // prettier-ignore
});
