import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../server/errors';
import { classScores, probabilities, scoreOf } from '../../../server/explain/scores';
import type { Reading } from '../../../server/explain/scores';
import { resolveTarget } from '../../../server/explain/targets';
import type { TargetRequest } from '../../../server/protocol';

const softmax: Reading = { activation: 'softmax', single: false, onlyProbabilities: false };
const sigmoid: Reading = { activation: 'sigmoid', single: false, onlyProbabilities: false };
const single: Reading = { activation: 'sigmoid', single: true, onlyProbabilities: false };
const bare: Reading = { activation: 'softmax', single: false, onlyProbabilities: true };
const oneProbability: Reading = { activation: 'sigmoid', single: true, onlyProbabilities: true };
const labels = ['cat', 'Dog', 'bird'];
const logits = Float32Array.of(1, 3, 2);

const scoreFor = (
  request: TargetRequest,
  f: Float32Array,
  reading: Reading,
  names: readonly string[] = labels,
): number => scoreOf(resolveTarget(request, f, reading, names).resolved, f, reading);
const close = (a: number, b: number): void =>
  assert.ok(Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b)), `${a} is not ${b}`);

test('predicted is the most likely class, as a logit', () => {
  const { target, resolved } = resolveTarget({ kind: 'predicted' }, logits, softmax, labels);
  assert.deepEqual(target, { kind: 'class', class: 1, label: 'Dog', scale: 'logit' });
  assert.deepEqual([resolved.head, [...resolved.seed]], ['linear', [0, 1, 0]]);
});

test('a class by name, by name in another case, by index, by digits', () => {
  for (const wanted of ['Dog', 'dog', 1, '1'])
    assert.equal(resolveTarget({ kind: 'class', class: wanted }, logits, softmax, labels).resolved.class, 1);
  // A label made of digits wins over the index.
  assert.equal(resolveTarget({ kind: 'class', class: '0' }, logits, softmax, ['1', '0', '2']).resolved.class, 1);
});

test('an unknown class is an error that lists what there is', () => {
  for (const wanted of ['fish', 3, -1, 1.5, '7'])
    assert.throws(
      () => resolveTarget({ kind: 'class', class: wanted }, logits, softmax, labels),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.code, 'unknown-class');
        assert.match(error.next ?? '', /cat, Dog, bird/);
        return true;
      },
    );
});

test('scores of every kind of target', () => {
  const p = [1, 3, 2].map((f) => Math.exp(f) / (Math.exp(1) + Math.exp(3) + Math.exp(2)));
  close(scoreFor({ kind: 'class', class: 2 }, logits, softmax), 2);
  close(scoreFor({ kind: 'class', class: 2, scale: 'probability' }, logits, softmax), p[2] as number);
  close(scoreFor({ kind: 'class', class: 2, scale: 'logProbability' }, logits, softmax), Math.log(p[2] as number));
  close(scoreFor({ kind: 'contrast', class: 'Dog', against: 'bird' }, logits, softmax), 1);
  close(scoreFor({ kind: 'contrastToRest', class: 'Dog' }, logits, softmax), 3 - Math.log(Math.exp(1) + Math.exp(2)));
  close(scoreFor({ kind: 'class', class: 0, scale: 'probability' }, logits, sigmoid), 1 / (1 + Math.exp(-1)));
});

test('one logit is two classes, f and −f', () => {
  const f = Float32Array.of(0.8);
  close(scoreFor({ kind: 'class', class: 1 }, f, single), 0.8);
  close(scoreFor({ kind: 'class', class: 0 }, f, single), -0.8);
  close(scoreFor({ kind: 'class', class: 0, scale: 'probability' }, f, single), 1 / (1 + Math.exp(0.8)));
  close(scoreFor({ kind: 'contrast', class: 1, against: 0 }, f, single), 1.6);
  assert.deepEqual(
    classScores(f, single, []).map((score) => score.class),
    [1, 0],
  );
});

test('only probabilities: the probability is explained, a logit is refused', () => {
  const p = Float32Array.of(0.2, 0.5, 0.3);
  assert.equal(scoreFor({ kind: 'predicted' }, p, bare), 0.5);
  assert.throws(() => scoreFor({ kind: 'class', class: 0, scale: 'logit' }, p, bare), /probabilities only/);
  assert.equal(classScores(p, bare, labels)[0]?.logit, null);
  close(scoreFor({ kind: 'class', class: 0 }, Float32Array.of(0.7), oneProbability), 0.3);
  close(scoreFor({ kind: 'contrast', class: 1, against: 0 }, Float32Array.of(0.7), oneProbability), 0.4);
});

test('a contrast to the rest needs classes that exclude each other; a class has no contrast with itself', () => {
  assert.throws(() => scoreFor({ kind: 'contrastToRest', class: 0 }, logits, sigmoid), /independent/);
  assert.throws(() => scoreFor({ kind: 'contrast', class: 0, against: 'cat' }, logits, softmax), /itself/);
});

test('with two classes the rest is the other one', () => {
  const f = Float32Array.of(0.5, 2);
  close(scoreFor({ kind: 'contrastToRest', class: 1 }, f, softmax, []), 1.5);
});

test('probabilities: in [0, 1], sum to 1 under softmax, no overflow', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 2, maxLength: 8 }), (f) => {
      for (const reading of [softmax, sigmoid]) {
        const p = probabilities(Float32Array.from(f), reading);
        assert.ok(p.every((value) => value >= 0 && value <= 1));
      }
      close(
        probabilities(Float32Array.from(f), softmax).reduce((a, b) => a + b, 0),
        1,
      );
    }),
  );
});
