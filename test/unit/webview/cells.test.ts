import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cellsOf, directionOf, sourceOf, textLimit } from '../../../webview/text/cells';
import { span, tokensOf } from '../../../webview/dev/samples';
import type { TokenFeature, TokenFeatures } from '../../../server/protocol';

const uri = 'file:///f.csv';
const token = (text: string, start: number, end: number, whole: string, word: number): TokenFeature => ({
  token: text,
  text: whole.slice(start, end),
  id: 1,
  word,
  special: false,
  textSpan: [start, end],
  source: span(uri, whole, start, end, 0),
});
const features = (text: string, tokens: readonly TokenFeature[]): TokenFeatures => ({
  kind: 'tokens',
  tokens,
  text,
  truncated: 0,
  window: { index: 0, count: 1 },
});

test('words sum over their subwords and cover all of their characters', () => {
  const text = 'un believably good';
  const tokens = [
    token('un', 0, 2, text, 0),
    token('believ', 3, 9, text, 1),
    token('##ably', 9, 13, text, 1),
    token('good', 14, 18, text, 2),
  ];
  const { cells } = cellsOf(features(text, tokens), Float32Array.of(1, 2, -0.5, 4), 'word');
  assert.deepEqual(
    cells.map(({ text: shown, relevance }) => [shown, relevance]),
    [
      ['un', 1],
      ['believably', 1.5],
      ['good', 4],
    ],
  );
  assert.deepEqual(cells[1]?.source?.range, { start: { line: 0, character: 3 }, end: { line: 0, character: 13 } });
  assert.equal(cells[1].source.endOffset, 13);
});

test('single tokens keep their own values', () => {
  const text = 'believably';
  const tokens = [token('believ', 0, 6, text, 0), token('##ably', 6, 10, text, 0)];
  const { cells } = cellsOf(features(text, tokens), Float32Array.of(2, -0.5), 'token');
  assert.deepEqual(
    cells.map((cell) => cell.relevance),
    [2, -0.5],
  );
});

test('byte-level pieces of one character are one cell with the whole character', () => {
  const text = 'a 👍🏽 b';
  const tokens = [
    token('a', 0, 1, text, 0),
    token('Ġð', 1, 6, text, 1),
    token('Ł', 1, 6, text, 1),
    token('Ġb', 6, 8, text, 2),
  ];
  const { cells } = cellsOf(features(text, tokens), Float32Array.of(0, 1, 2, 0), 'token');
  assert.deepEqual(
    cells.map((cell) => cell.text),
    ['a', '👍🏽', 'b'],
  );
  assert.deepEqual(cells[1]?.features, [1, 2]);
  assert.equal(cells[1].relevance, 3);
});

test('runs of words come behind the text, each a cell of its own', () => {
  const text = 'not so good !';
  const single = [token('not', 0, 3, text, 0), token('so', 4, 6, text, 1), token('good', 7, 11, text, 2)];
  const runs = [token('not so', 0, 6, text, 3), token('so good', 4, 11, text, 4)];
  for (const unit of ['word', 'token'] as const) {
    const { cells, after } = cellsOf(features(text, [...single, ...runs]), Float32Array.of(1, 2, 3, 4, 5), unit);
    assert.deepEqual(
      cells.map((cell) => [cell.before, cell.text, cell.relevance, cell.source?.startOffset]),
      [
        ['', 'not', 1, 0],
        [' ', 'so', 2, 4],
        [' ', 'good', 3, 7],
        [' ! · ', 'not so', 4, 0],
        [' · ', 'so good', 5, 4],
      ],
    );
    assert.equal(after, '');
  }
});

test('padding is one cell, and special tokens do not set the scale', () => {
  const all = tokensOf('good film', 5);
  const relevance = Float32Array.from(all.tokens, (item) => (item.special ? 9 : 0.5));
  const { cells } = cellsOf(all, relevance, 'word');
  assert.deepEqual(
    cells.map((cell) => cell.text),
    ['[CLS]', 'good', 'film', '[SEP]', '[PAD]'],
  );
  assert.equal(cells.at(-1)?.relevance, 45);
  assert.equal(textLimit(cells), 0.5);
});

test('cells and the text between them give the text again, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'Wort', ' ', '\n', '👍🏽', '"', 'é', '\u202e', '日') }),
      fc.constantFrom('word' as const, 'token' as const),
      (text, unit) => {
        const all = tokensOf(text);
        const relevance = Float32Array.from(all.tokens, (_, i) => i);
        const { cells, after } = cellsOf(all, relevance, unit);
        const own = cells.filter((cell) => !cell.special);
        assert.equal(own.map((cell) => cell.before + cell.text).join('') + after, text);
        const total = relevance.reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(cells.reduce((sum, cell) => sum + (cell.relevance ?? 0), 0) - total) < 1e-3);
        assert.deepEqual(
          cells.flatMap((cell) => cell.features),
          all.tokens.map((_, i) => i),
        );
      },
    ),
  );
});

test('a source that spans lines starts at the first and ends at the last character', () => {
  const text = 'one\ntwo';
  const joined = sourceOf([token('b', 4, 7, text, 0), token('a', 0, 3, text, 0)]);
  assert.deepEqual(joined?.range, { start: { line: 0, character: 0 }, end: { line: 1, character: 3 } });
  assert.equal(sourceOf([]), null);
});

test('a text runs as its first letter does', () => {
  assert.equal(directionOf('12 — שלום and more'), 'rtl');
  assert.equal(directionOf('“good” שלום'), 'ltr');
  assert.equal(directionOf('…'), 'ltr');
});

test('runs of characters are added to the word they follow, and stand behind the text by themselves', () => {
  const text = 'no good';
  const tokens = [
    token('no', 0, 2, text, 0),
    token('o g', 1, 4, text, 0),
    token('good', 3, 7, text, 1),
    token(' go', 2, 5, text, 1),
  ];
  const words = cellsOf(features(text, tokens), Float32Array.of(1, 2, 4, 8), 'word');
  assert.deepEqual(
    words.cells.map(({ text: shown, relevance, source }) => [shown, relevance, source?.startOffset, source?.endOffset]),
    [
      ['no', 3, 0, 2],
      ['good', 12, 3, 7],
    ],
  );
  const single = cellsOf(features(text, tokens), Float32Array.of(1, 2, 4, 8), 'token');
  assert.deepEqual(
    single.cells.map(({ text: shown, relevance }) => [shown, relevance]),
    [
      ['no', 1],
      ['good', 4],
      ['o g', 2],
      ['go', 8],
    ],
  );
});
