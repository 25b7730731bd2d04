import { test } from 'node:test';
import assert from 'node:assert/strict';
import { featureAt } from '../../../extension/editor/features';
import type { SourceSpan } from '../../../server/protocol';

const uri = 'file:///a.csv';
const span = (line: number, start: number, endLine: number, end: number): SourceSpan => ({
  uri,
  line: line + 1,
  range: { start: { line, character: start }, end: { line: endLine, character: end } },
  startOffset: 0,
  endOffset: 0,
  startByte: 0,
  endByte: 0,
});

test('the caret is on the feature whose characters contain it; at a border on the right one', () => {
  const sources = [null, span(1, 0, 1, 4), span(1, 4, 1, 6), span(1, 8, 2, 3)];
  const at = (line: number, character: number) => featureAt(sources, uri, { line, character });
  assert.equal(at(1, 0), 1);
  assert.equal(at(1, 3), 1);
  assert.equal(at(1, 4), 2);
  assert.equal(at(1, 6), 2, 'behind the last character, nothing follows');
  assert.equal(at(1, 7), null);
  assert.equal(at(1, 99), 3, 'over a line end');
  assert.equal(at(2, 2), 3);
  assert.equal(at(2, 4), null);
  assert.equal(featureAt(sources, 'file:///b.csv', { line: 1, character: 0 }), null);
});

test('several tokens of one character: the first', () => {
  assert.equal(featureAt([span(0, 2, 0, 4), span(0, 2, 0, 4)], uri, { line: 0, character: 3 }), 0);
});
