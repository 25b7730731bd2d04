import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenFeature, TokenFeatures } from '../../../server/protocol';
import { strip } from '../../../server/render/strip';

const text = 'not so good !';

/** Tokens by what they cover. */
function features(spans: readonly (readonly [number, number])[]): TokenFeatures {
  const tokens = spans.map((span): TokenFeature => ({
    token: text.slice(...span),
    text: text.slice(...span),
    textSpan: span,
    source: null,
    special: false,
    word: null,
    id: 0,
  }));
  return { kind: 'tokens', text, tokens, truncated: 0, window: { index: 0, count: 1 } } as unknown as TokenFeatures;
}

const shown = (spans: readonly (readonly [number, number])[], relevance: readonly number[]): string =>
  strip(features(spans), relevance)
    .map((segment) => (segment.kind === 'gap' ? segment.text : `[${segment.text} ${segment.relevance}]`))
    .join('');

test('runs of words come behind the text, each with its own value', () => {
  const single = [
    [0, 3],
    [4, 6],
    [7, 11],
  ] as const;
  assert.equal(shown(single, [1, 2, 3]), '[not 1] [so 2] [good 3] !');
  assert.equal(
    shown([...single, [0, 6], [4, 11]], [1, 2, 3, 4, 5]),
    '[not 1] [so 2] [good 3] ! · [not so 4] · [so good 5]',
  );
});

test('tokens that share a character stand together', () => {
  assert.equal(
    shown(
      [
        [0, 3],
        [0, 3],
        [4, 6],
      ],
      [1, 2, 3],
    ),
    '[not 3] [so 3] good !',
  );
});
