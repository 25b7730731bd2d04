/** Models with as many classes as a language has words: answers list the likeliest and those that are explained. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { listedScores } from '../../../server/services/predict';

const scores = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ class: index, label: `w${index}`, logit: -index, probability: 0 }));

test('few classes are all listed', () => {
  assert.equal(listedScores(scores(1000), []).length, 1000);
});

test('of many the first, and those that are wanted', () => {
  const listed = listedScores(scores(50_000), [49_999, null, undefined, 3]).map((score) => score.class);
  assert.deepEqual([listed.length, listed[199], listed[200]], [201, 199, 49_999]);
});
