import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { explainedSample, listedMistakes, parseSampleName } from '../../../extension/assistant/results';
import { escapeMarkdown } from '../../../extension/mistakes/markdown';
import { shiftRows } from '../../../extension/mistakes/shift-rows';
import { topFeatures } from '../../../extension/mistakes/top-features';
import {
  changeGroups,
  fileGroups,
  isFiltered,
  listGroups,
  pairGroups,
  plainView,
  rangeGroups,
  unusualGroups,
  withConditions,
} from '../../../extension/mistakes/view';
import type { Edit } from '../../../extension/samples/shift';
import type { MistakesView } from '../../../server/protocol';
import { tableResults, textResults } from '../../../webview/dev/samples';
import { summaryOf, surveyRow, surveyState } from '../../../webview/dev/survey';

const labels = ['negative', 'neutral', 'positive'];
const filtered: MistakesView = { ...plainView, filter: { only: 'wrong', text: 'good' } };

test('lists by explanation are whole lists, there to be opened as soon as the survey is done', () => {
  assert.deepEqual(unusualGroups({ phase: 'running' }, null), []);
  assert.deepEqual(
    unusualGroups({ phase: 'done' }, null).map(({ id, count }) => [id, count]),
    [
      ['list:shortcut', null],
      ['list:unlike', null],
    ],
  );
  assert.deepEqual(unusualGroups({ phase: 'done' }, { unlike: [4, 2], shortcut: [] }), [
    { id: 'list:shortcut', name: { kind: 'shortcut' }, filter: { positions: [] }, count: 0 },
    { id: 'list:unlike', name: { kind: 'unlike' }, filter: { positions: [4, 2] }, count: 2 },
  ]);
});

test('class pairs: only confused ones, most first, each with the view’s own conditions', () => {
  const confusion = [5, 2, 0, 0, 9, 7, 1, 0, 4];
  const groups = pairGroups({ ...summaryOf(labels), confusion }, { ...filtered, filter: { only: 'wrong' } });
  // The diagonal is in what the filter let through: it is not for this to know that rows are wrong.
  assert.deepEqual(
    groups.map(({ filter, count }) => [filter.gold, filter.predicted, count]),
    [
      [1, 1, 9],
      [1, 2, 7],
      [0, 0, 5],
      [2, 2, 4],
      [0, 1, 2],
      [2, 0, 1],
    ],
  );
  assert.ok(pairGroups(summaryOf(labels), filtered).every(({ filter }) => filter.text === 'good'));
});

test('ranges of confidence and loss leave no sample out and count none twice', () => {
  for (const [kind, most] of [
    ['confidence', 1],
    ['loss', 30],
  ] as const) {
    const groups = rangeGroups(kind, plainView);
    const lows = groups.map(({ name }) => ('low' in name ? name.low : Number.NaN));
    assert.deepEqual(
      lows,
      [...lows].sort((a, b) => b - a),
      'the surest, or the worst, first',
    );
    fc.assert(
      fc.property(fc.float({ min: 0, max: most, noNaN: true }), (value) => {
        const inside = groups.filter(({ filter }) => {
          const [low, high] = filter[kind] ?? [Number.NaN, Number.NaN];
          return value >= low && value <= high;
        });
        return inside.length === 1;
      }),
    );
  }
});

test('files are groups while they are few; pictures, of which each is a file, are not', () => {
  const file = (index: number) => ({ uri: `file:///${index}.csv`, first: index, count: 1 });
  const few = surveyState(labels, { files: [file(0), file(1)] });
  assert.deepEqual(
    fileGroups(few, filtered).map(({ filter }) => filter),
    [
      { only: 'wrong', text: 'good', uri: 'file:///0.csv' },
      { only: 'wrong', text: 'good', uri: 'file:///1.csv' },
    ],
  );
  const many = surveyState(labels, { files: Array.from({ length: 1000 }, (_, index) => file(index)) });
  assert.deepEqual(fileGroups(many, plainView), []);
});

test('lists beside the mistakes: only those that have something', () => {
  const plain = surveyState(labels, { unlabelled: 0, unreadable: 0 });
  assert.deepEqual(listGroups(plain, 0, plainView), []);
  const against = { hash: 'b', at: 0, model: null };
  const diff = { against, compared: 9, newlyRight: 2, newlyWrong: 0, stillWrong: 1 };
  const full = surveyState(labels, { unlabelled: 3, unreadable: 1, diff });
  assert.deepEqual(
    listGroups(full, 4, filtered).map(({ id, count, sort, filter }) => [id, count, sort, filter.only, filter.text]),
    [
      ['list:newly-right', 2, undefined, 'newly-right', 'good'],
      ['list:label-errors', 4, 'label-quality', 'label-errors', 'good'],
      ['list:unlabelled', 3, 'entropy', 'unlabelled', 'good'],
      ['list:unreadable', 1, 'position', 'unreadable', 'good'],
    ],
  );
  assert.deepEqual(
    changeGroups(full, plainView).map(({ count }) => count),
    [0, 2],
  );
});

test('a filter is one when it says more than “wrong by top 1”', () => {
  assert.equal(isFiltered(plainView), false);
  assert.equal(isFiltered({ ...plainView, filter: {} }), false);
  assert.equal(isFiltered({ ...plainView, filter: { only: 'wrong', topK: 2 } }), true);
  assert.equal(isFiltered({ ...plainView, filter: { only: 'right' } }), true);
  assert.equal(isFiltered({ ...plainView, filter: { only: 'wrong', gold: 0 } }), true);
  assert.deepEqual(withConditions({ only: 'wrong', gold: 1 }, { gold: undefined, text: 'x' }), {
    only: 'wrong',
    text: 'x',
  });
});

const edit = (line: number, character: number, endLine: number, endCharacter: number, text: string): Edit => ({
  range: { start: { line, character }, end: { line: endLine, character: endCharacter } },
  text,
});

test('marked rows move with lines typed above, and are let go where the edit touched them', () => {
  assert.deepEqual(shiftRows([1, 5, 9], edit(5, 0, 5, 0, 'new,row\n')), [1, 6, 10], 'a line in front of a row');
  assert.deepEqual(shiftRows([1, 5, 9], edit(5, 3, 5, 4, 'x')), [1, null, 9], 'typed in a row');
  assert.deepEqual(shiftRows([1, 5, 9], edit(4, 0, 6, 0, '')), [1, null, 7], 'two lines taken away');
  assert.deepEqual(shiftRows([1, 5, 9], edit(3, 8, 3, 8, '\n')), [1, 6, 10], 'a line broken above');
  assert.deepEqual(shiftRows([1, 5, 9], edit(20, 0, 20, 0, 'end\n')), [1, 5, 9]);
});

/** Slow and obvious: the text itself, whose rows carry their names. */
test('whatever is inserted or deleted as whole lines, a row’s mark stays on the row', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      (start, removed, inserted) => {
        const lines = Array.from({ length: 12 }, (_, index) => `row ${index}`);
        const from = Math.min(start, lines.length - 1);
        const to = Math.min(from + removed, lines.length - 1);
        const shifted = shiftRows([...lines.keys()], edit(from, 0, to, 0, 'new\n'.repeat(inserted)));
        const after = [...lines];
        after.splice(from, to - from, ...Array.from({ length: inserted }, () => 'new'));
        shifted.forEach((line, index) => {
          if (line === null) assert.ok(index >= from && index < to);
          else assert.equal(after[line], `row ${index}`);
        });
      },
    ),
  );
});

test('no punctuation of dataset text is markup in a hover', () => {
  const hostile = '<img src=x> [a](command:x) **b** `c` $(bug) &lt; # | http://x.test a@b.c';
  const escaped = escapeMarkdown(hostile);
  assert.equal(escaped.replaceAll('\\', ''), hostile);
  assert.doesNotMatch(escaped, /(?<!\\)[<>[\]()*_`$&#|:@.]/);
});

test('top features are words, not pieces of them, strongest first; of tables, cells', () => {
  const { explanation } = textResults();
  const top = topFeatures(explanation, 3);
  assert.equal(top.length, 3);
  const sizes = top.map(({ relevance }) => Math.abs(relevance));
  assert.deepEqual(
    sizes,
    [...sizes].sort((a, b) => b - a),
  );
  const whole = topFeatures(explanation, 100).find(({ name }) => name === 'unbelievably');
  assert.ok(whole !== undefined && Math.abs(whole.relevance - 0.52) < 1e-6, 'unbeli + ##evably');
  assert.match(topFeatures(tableResults().explanation, 1)[0]?.name ?? '', /^\w+ = /);
});

test('what an assistant is told is small, plain JSON', () => {
  const { explanation } = textResults();
  const told = explainedSample(explanation, 2);
  assert.deepEqual(JSON.parse(JSON.stringify(told)), told, 'nothing that JSON loses');
  assert.equal(told.features.length, 2);
  assert.equal(told.predicted.label, explanation.prediction[0]?.label);
  assert.equal(told.accounting.sum, Number(explanation.accounting.sum.toPrecision(4)));
  const row = surveyRow(3, labels);
  const listed = listedMistakes(surveyState(labels), [{ ...row, text: 'x'.repeat(5000) }], 73, () => 'reviews.csv:5');
  assert.deepEqual(
    [listed.matching, listed.mistakes[0]?.sample, listed.mistakes[0]?.text?.length],
    [73, 'reviews.csv:5', 200],
  );
  assert.deepEqual(listed.files, ['reviews.csv']);
});

test('names of samples as an assistant writes them', () => {
  assert.deepEqual(parseSampleName('data/a b.csv:17'), { path: 'data/a b.csv', line: 17 });
  assert.deepEqual(parseSampleName('a.csv#16'), { path: 'a.csv', record: 16 });
  assert.deepEqual(parseSampleName(' img/1.png '), { path: 'img/1.png' });
  assert.deepEqual(parseSampleName('a.csv:0'), { path: 'a.csv:0' });
  assert.equal(parseSampleName('  '), null);
});
