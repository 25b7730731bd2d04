import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MistakesView, SurveyRowsResponse } from '../../../server/protocol';
import { summaryOf, surveyRows, surveyState } from '../../../webview/dev/survey';
import { conditionsOf, isDescending, sortBy, togglePair, toggleSlice } from '../../../webview/survey/filters';
import { calibrationWords, matrixRows, shareWords, strength, topPairs } from '../../../webview/survey/numbers';
import { pageRows, rowPages } from '../../../webview/survey/pages';
import { emptySurvey, receive } from '../../../webview/survey/state';
import { firstSeen, scrollTo, tallest, windowOf } from '../../../webview/survey/virtual';

const view: MistakesView = { filter: { only: 'wrong' }, sort: 'confidence', descending: null, grouping: 'pair' };

test('a pair is chosen and let go; the diagonal lists what is right', () => {
  const chosen = togglePair(view, 0, 1);
  assert.deepEqual(chosen.filter, { gold: 0, predicted: 1, only: 'wrong' });
  assert.deepEqual(togglePair(chosen, 0, 1).filter, { only: 'wrong' });
  assert.deepEqual(togglePair(chosen, 1, 1).filter, { gold: 1, predicted: 1, only: 'right' });
});

test('slices of several columns hold at once; a value is let go by itself', () => {
  const one = toggleSlice(view, 'source', 'web');
  const two = toggleSlice(one, 'year', '');
  assert.deepEqual(two.filter.where, [
    { column: 'source', value: 'web' },
    { column: 'year', value: '' },
  ]);
  assert.deepEqual(toggleSlice(two, 'source', 'app').filter.where?.at(-1), { column: 'source', value: 'app' });
  assert.equal(toggleSlice(one, 'source', 'web').filter.where, undefined);
  const state = surveyState(['no', 'yes']);
  const conditions = conditionsOf({ ...two, filter: { ...two.filter, gold: 1 } }, state);
  assert.deepEqual(
    conditions.map(({ words }) => words),
    ['gold yes', 'source = web', 'year = (empty)'],
  );
  assert.deepEqual(conditions[1]?.without.where, [{ column: 'year', value: '' }]);
});

test('an order’s own direction first, then the other', () => {
  assert.equal(isDescending(view), true);
  assert.equal(isDescending(sortBy(view, 'confidence')), false);
  assert.equal(isDescending(sortBy(sortBy(view, 'confidence'), 'confidence')), true);
  assert.equal(isDescending(sortBy(view, 'margin')), false);
});

test('matrix and pairs: shares are of the gold label', () => {
  const summary = { ...summaryOf(['a', 'b']), confusion: [8, 2, 0, 0] };
  const rows = matrixRows(summary);
  assert.deepEqual(
    rows.map((row) => row.map(({ share }) => share)),
    [
      [0.8, 0.2],
      [0, 0],
    ],
  );
  assert.deepEqual(
    topPairs(summary, 5).map(({ gold, predicted, count }) => [gold, predicted, count]),
    [[0, 1, 2]],
  );
  assert.equal(strength(0), 0);
  assert.ok(strength(0.001) > 0.1 && strength(1) === 1);
});

test('shares in words; nothing counted is a dash', () => {
  assert.equal(shareWords({ value: 0.97, count: 97, of: 100, low: 0.915, high: 0.99 }), '0.970 (0.915–0.990)');
  assert.equal(shareWords({ value: 0, count: 0, of: 0, low: 0, high: 1 }), '–');
  assert.match(calibrationWords(summaryOf(['a', 'b'])), /surer than it is right/);
  assert.match(calibrationWords({ ...summaryOf(['a', 'b']), reliability: [] }), /No labelled sample/);
});

test('the window holds every row in sight, and only few more, on lists of any length', () => {
  const viewport = fc.record({
    total: fc.integer({ min: 1, max: 5_000_000 }),
    rowHeight: fc.constantFrom(26, 44),
    height: fc.integer({ min: 60, max: 2000 }),
    share: fc.float({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(viewport, ({ total, rowHeight, height, share }) => {
      const full = Math.min(total * rowHeight, tallest);
      const scrollTop = share * Math.max(0, full - height);
      const place = { total, rowHeight, height, scrollTop };
      const { first, last, top, listHeight } = windowOf(place);
      const seen = firstSeen(place);
      assert.ok(listHeight <= tallest);
      assert.ok(first <= seen && last >= Math.min(total, seen + height / rowHeight) - 1e-6);
      assert.ok(last - first <= height / rowHeight + 20);
      // The drawn rows cover what is in sight.
      assert.ok(top <= scrollTop + 1e-3);
      assert.ok(top + (last - first) * rowHeight >= Math.min(scrollTop + height, listHeight) - 1);
    }),
  );
});

test('scrolling to a row brings it into sight', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000_000 }),
      fc.float({ min: 0, max: 1, noNaN: true }),
      fc.float({ min: 0, max: 1, noNaN: true }),
      (total, at, from) => {
        const [rowHeight, height] = [26, 700];
        const full = Math.min(total * rowHeight, tallest);
        const row = Math.floor(at * (total - 1));
        const place = { total, rowHeight, height, scrollTop: from * Math.max(0, full - height) };
        const scrollTop = scrollTo(row, place);
        const first = firstSeen({ ...place, scrollTop });
        assert.ok(row >= first - 1e-3 && row + 1 <= Math.max(first, 0) + Math.max(height / rowHeight, 1) + 1e-3);
      },
    ),
  );
});

test('rows are asked for once, a page at a time, and anew after a reset', () => {
  const asked: (readonly [number, number, number])[] = [];
  const pages = rowPages((request, offset, limit) => asked.push([request, offset, limit]));
  const answer = (offset: number): SurveyRowsResponse => surveyRows({ offset, limit: pageRows }, 1000, ['a', 'b']);
  pages.want(0, 30);
  pages.want(0, 40);
  assert.deepEqual(asked, [[1, 0, pageRows]]);
  assert.equal(pages.take(1, 0, answer(0)), true);
  assert.equal(pages.total(), 1000);
  assert.equal(pages.row(7)?.position, 7);
  pages.want(pageRows - 5, pageRows + 5);
  assert.deepEqual(asked.at(-1), [2, pageRows, pageRows]);
  pages.reset(true);
  assert.equal(pages.row(7)?.position, 7, 'shown until there is a newer one');
  pages.reset(false);
  assert.equal(pages.take(2, pageRows, answer(pageRows)), false, 'an answer to what nobody waits for any more');
  assert.equal(pages.row(7), undefined);
  pages.want(0, 5);
  pages.fail(3);
  pages.want(0, 5);
  assert.deepEqual(
    asked.map(([request]) => request),
    [1, 2, 3, 4],
  );
});

test('another survey’s numbers are not shown under this one’s name', () => {
  const first = receive(emptySurvey(null), { type: 'survey', state: surveyState(['a', 'b']), view });
  const known = receive(first, { type: 'summary', slice: null, summary: summaryOf(['a', 'b']) });
  assert.ok(known.summary !== null);
  assert.ok(receive(known, { type: 'survey', state: surveyState(['a', 'b'], { done: 7 }), view }).summary !== null);
  const other = receive(known, { type: 'survey', state: surveyState(['c', 'd'], { survey: 'other' }), view });
  assert.equal(other.summary, null);
  assert.equal(emptySurvey({ tab: 'slices', slice: 'year' }).tab, 'slices');
  assert.equal(emptySurvey({ tab: 'nonsense' }).tab, 'overview');
});
