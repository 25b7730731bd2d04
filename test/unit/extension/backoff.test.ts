import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createBackoff } from '../../../extension/server/backoff';

test('soon, later, later still; then only a person', () => {
  const backoff = createBackoff(4, 180_000);
  const waits = [0, 1000, 2000, 3000, 4000].map((now) => backoff.next(now));
  assert.deepEqual(waits, [200, 800, 3200, 12_800, null]);
});

test('deaths long ago and a person’s restart are forgiven', () => {
  const backoff = createBackoff(1, 1000);
  assert.equal(backoff.next(0), 200);
  assert.equal(backoff.next(2000), 200);
  assert.equal(backoff.next(2100), null);
  backoff.reset();
  assert.equal(backoff.next(2200), 200);
});
