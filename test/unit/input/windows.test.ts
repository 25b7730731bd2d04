/** Windows over long texts: laws that hold for every length, and one example by hand. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { windowsOf } from '../../../server/input/text/windows';

test('by hand: 20 tokens, 8 at once', () => {
  assert.deepEqual(windowsOf(20, 8), [
    { start: 0, end: 8, own: [0, 7], shared: [0, 2] },
    { start: 6, end: 14, own: [7, 13], shared: [2, 2] },
    { start: 12, end: 20, own: [13, 20], shared: [2, 0] },
  ]);
});

test('every token counts in exactly one window, which reads it; no window is longer or, where there are several, shorter than the model reads', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 60 }), (count, room) => {
      const windows = windowsOf(count, room);
      let next = 0;
      for (const { start, end, own } of windows) {
        assert.equal(own[0], next);
        assert.ok(own[0] >= start && own[1] <= end && own[1] > own[0]);
        assert.equal(end - start, Math.min(room, count));
        next = own[1];
      }
      assert.equal(next, count);
    }),
  );
});

test('inside a text no token that counts is at a border: an eighth of the window lies between', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 8, max: 60 }), (count, room) => {
      for (const { start, end, own } of windowsOf(count, room)) {
        const least = Math.floor(Math.floor(room / 4) / 2);
        if (start > 0) assert.ok(own[0] - start >= least);
        if (end < count) assert.ok(end - own[1] >= least);
      }
    }),
  );
});
