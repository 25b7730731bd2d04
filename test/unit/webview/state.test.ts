import { test } from 'node:test';
import assert from 'node:assert/strict';
import { emptyPanel, isOld, receive, shown } from '../../../webview/state';
import type { Panel } from '../../../webview/state';
import { conversation, imageResults, textResults } from '../../../webview/dev/samples';
import type { ToPage } from '../../../server/protocol';

const play = (messages: readonly ToPage[], from: Panel = emptyPanel): Panel => messages.reduce(receive, from);
const begin = (request: number, title: string): ToPage => ({
  type: 'begin',
  request,
  title,
  choice: { method: 'occlusion', target: { kind: 'class', class: 0 }, baseline: null, parameters: {} },
});

test('a whole request ends with its explanation', () => {
  const results = textResults();
  const panel = play(conversation(results, 3));
  assert.equal(panel.phase, 'done');
  assert.equal(panel.explanation, results.explanation);
  assert.equal(shown(panel)?.explanation, results.explanation);
  assert.equal(isOld(panel), false);
});

test('messages of an earlier request change nothing', () => {
  const panel = play(conversation(textResults(), 5));
  for (const message of conversation(imageResults(4), 4)) assert.equal(receive(panel, message), panel);
  assert.equal(
    receive(panel, { type: 'error', request: 4, error: { code: 'x', what: 'x', where: null, next: null } }),
    panel,
  );
});

test('the result of the same sample stays, marked old, while another method is computed', () => {
  const results = textResults();
  const panel = play(
    [begin(2, 'reviews.csv:17'), { type: 'prediction', request: 2, prediction: results.prediction }],
    play(conversation(results)),
  );
  assert.equal(panel.phase, 'busy');
  assert.equal(isOld(panel), true);
  assert.equal(shown(panel)?.explanation, results.explanation);
  assert.equal(panel.choice.method, 'occlusion');
});

test('the prediction of another sample replaces the old explanation at once', () => {
  const panel = play(
    [begin(2, 'house.png'), { type: 'prediction', request: 2, prediction: imageResults(4).prediction }],
    play(conversation(textResults())),
  );
  assert.equal(shown(panel)?.features.kind, 'pixels');
  assert.equal(shown(panel)?.explanation, null);
});

test('an error about another sample leaves no old result under its title', () => {
  const error = { code: 'row-past-end', what: 'There is no line 99.', where: null, next: null };
  const panel = play(
    [begin(2, 'reviews.csv:99'), { type: 'error', request: 2, error }],
    play(conversation(textResults())),
  );
  assert.equal(shown(panel), null);
  assert.equal(panel.error, error);
  assert.equal(panel.title, 'reviews.csv:99');
});

test('cancelling keeps the result of the same sample', () => {
  const panel = play(
    [begin(2, 'reviews.csv:17'), { type: 'cancelled', request: 2 }],
    play(conversation(textResults())),
  );
  assert.equal(panel.phase, 'cancelled');
  assert.notEqual(shown(panel)?.explanation, null);
});

test('progress counts only while something runs, and a new request ends stale and error', () => {
  const done = play([...conversation(textResults()), { type: 'stale', reason: 'edited' }]);
  assert.equal(done.stale, 'edited');
  assert.equal(receive(done, { type: 'progress', request: 1, done: 1, total: 2, message: '' }), done);
  const next = receive(done, begin(2, 'reviews.csv:17'));
  assert.equal(next.stale, null);
  assert.deepEqual(receive(next, { type: 'progress', request: 2, done: 1, total: 2, message: 'm' }).progress, {
    done: 1,
    total: 2,
    message: 'm',
  });
});
