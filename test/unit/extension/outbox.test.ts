import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Outbox } from '../../../extension/panel/outbox';
import type { ToPage } from '../../../server/protocol';

const begin = (request: number): ToPage => ({
  type: 'begin',
  request,
  title: 'a.csv:2',
  choice: { method: null, target: { kind: 'predicted' }, baseline: null, parameters: {} },
});
const error: ToPage = { type: 'error', request: 1, error: { code: 'x', what: 'x', where: null, next: null } };

function box(): { outbox: Outbox; got: string[] } {
  const got: string[] = [];
  return { outbox: new Outbox(({ type }) => got.push(type)), got };
}

test('nothing is sent before the page listens; then all of it, in order', () => {
  const { outbox, got } = box();
  outbox.post(begin(1));
  outbox.post({ type: 'caret', feature: 3 });
  assert.deepEqual(got, []);
  outbox.ready();
  assert.deepEqual(got, ['begin', 'caret']);
});

test('a page that comes back gets the latest of each kind, and nothing that was overtaken', () => {
  const { outbox, got } = box();
  outbox.ready();
  outbox.post(begin(1));
  outbox.post(error);
  outbox.post({ type: 'stale', reason: 'edited' });
  outbox.post(begin(2));
  outbox.post({ type: 'progress', request: 2, done: 1, total: 4, message: '' });
  outbox.post({ type: 'progress', request: 2, done: 2, total: 4, message: '' });
  outbox.post({ type: 'notice', message: 'restarted' });
  got.length = 0;
  outbox.ready();
  assert.deepEqual(got, ['begin', 'progress', 'notice']);
});

test('what a page said itself is told only to the page that follows it', () => {
  const { outbox, got } = box();
  outbox.ready();
  outbox.keep({ type: 'view', view: { tab: 'explain' } });
  assert.deepEqual(got, []);
  outbox.ready();
  outbox.ready();
  assert.deepEqual(got, ['view', 'view']);
});
