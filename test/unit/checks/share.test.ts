import { test } from 'node:test';
import assert from 'node:assert/strict';
import { shareOn } from '../../../server/checks/share';
import { UserError } from '../../../server/errors';
import type { Explanation, Features } from '../../../server/protocol';
import type { Place } from '../../../server/workspace/checkTypes';

function share(
  features: Features,
  relevance: readonly number[],
  place: Place,
  measure: 'absolute' | 'positive' = 'absolute',
  mask = null as Parameters<typeof shareOn>[3],
) {
  const sample = { address: { kind: 'text', text: '' }, title: 'x', contentHash: '' } as Explanation['sample'];
  const value = shareOn({ features, relevance: Float32Array.from(relevance), sample }, place, measure, mask);
  return value === null ? null : Math.round(value * 1e6) / 1e6;
}
const code = (wanted: string) => (error: unknown) => error instanceof UserError && error.code === wanted;

function tokens(text: string, spans: readonly (readonly [number, number] | null)[]): Features {
  return {
    kind: 'tokens',
    text,
    truncated: 0,
    window: { index: 0, count: 1 },
    tokens: spans.map((textSpan, id) => ({
      token: '',
      text: '',
      id,
      word: null,
      special: textSpan === null,
      textSpan,
      source: null,
    })),
  };
}
// [CLS] un ##believ ##able click here
const text = tokens('Unbelievable! Click here', [null, [0, 2], [2, 8], [8, 12], [14, 19], [20, 24]]);
const relevance = [1, 1, -2, 1, 4, -1];

test('words are whole, whatever their case, and take all their tokens', () => {
  assert.equal(share(text, relevance, { words: ['click'] }), 0.4);
  assert.equal(share(text, relevance, { words: ['UNBELIEVABLE'] }), 0.4);
  assert.equal(share(text, relevance, { words: ['believ'] }), null, 'a part of a word is not the word');
  assert.equal(share(text, relevance, { pattern: 'believ' }), 0.2, 'a pattern may be a part');
  assert.equal(share(text, relevance, { words: ['c.ick'] }), null, 'words are not patterns');
});

test('positive counts only evidence for the class', () => {
  assert.equal(share(text, relevance, { words: ['click'] }, 'positive'), Math.round((4 / 7) * 1e6) / 1e6);
  assert.equal(share(text, relevance, { words: ['here'] }, 'positive'), 0);
});

test('no relevance has no share', () => {
  assert.equal(share(text, [0, 0, 0, 0, 0, 0], { words: ['click'] }), null);
  assert.equal(share(text, [-1, -1, -1, -1, -1, -1], { words: ['click'] }, 'positive'), null);
});

test('columns', () => {
  const columns = (names: readonly string[]): Features => ({
    kind: 'columns',
    columns: names.map((name) => ({ name, text: '', type: 'number', value: 0, source: null })),
  });
  assert.equal(share(columns(['a', 'b', 'c']), [1, -2, 1], { columns: ['b', 'c'] }), 0.75);
  assert.equal(share(columns(['a']), [1], { columns: ['b'] }), 0, 'not read, no relevance');
  assert.throws(() => share(text, relevance, { columns: ['b'] }), code('no-columns'));
});

/** A picture of 4 × 2 that the model reads at 2 × 2 after a crop of its right half … */
function pixels(originX: number, scaleX: number): Features {
  return {
    kind: 'pixels',
    width: 2,
    height: 2,
    channels: 1,
    picture: new Uint8ClampedArray(16),
    original: { width: 4, height: 2 },
    placement: { originX, originY: 0, scaleX, scaleY: 1 },
    uri: null,
  };
}

test('regions are in pixels of the file, wherever the model reads it', () => {
  const left = { region: { x: 0, y: 0, width: 2, height: 2 } };
  assert.equal(share(pixels(0, 2), [1, 2, 3, 4], left), 0.4, 'squeezed to half: left column');
  assert.equal(share(pixels(2, 1), [1, 2, 3, 4], left), 0, 'cropped away');
  assert.equal(share(pixels(1, 1), [1, 2, 3, 4], left), 0.4, 'cropped in the middle: one column is left of 2');
  const corner = { region: { x: 2, y: 1, width: 2, height: 1 } };
  assert.equal(share(pixels(0, 2), [1, 2, 3, 4], corner), 0.4, 'lower right pixel');
  assert.throws(
    () => share(pixels(0, 2), [1, 2, 3, 4], { region: { x: 4, y: 0, width: 1, height: 1 } }),
    code('region-outside'),
  );
  assert.throws(() => share(text, relevance, left), code('no-picture'));
});

test('light pixels of a mask are meant', () => {
  const grey = Uint8Array.of(0, 0, 255, 128, 0, 0, 127, 0);
  assert.equal(share(pixels(2, 1), [1, 2, 3, 4], { mask: 'm.png' }, 'absolute', { width: 4, height: 2, grey }), 0.3);
  assert.throws(
    () => share(pixels(2, 1), [1, 2, 3, 4], { mask: 'm.png' }, 'absolute', { width: 2, height: 2, grey }),
    code('mask-size'),
  );
});
