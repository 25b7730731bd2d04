/** Which position of a sequence is meant: by number, by words, by default; and what a model of language calls its classes. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { followed } from '../../../server/services/blame/follow';
import { choosePosition, positionFeed, withTokenLabels } from '../../../server/services/positions';
import { POSITION } from '../../../server/compute/types';
import type { PositionTop } from '../../../server/compute/types';
import type { EncodedSample } from '../../../server/input/types';
import type { LoadedModel } from '../../../server/services/load';
import { UserError } from '../../../server/errors';

const text = 'Anna met Anna in Rome';
const words = ['[CLS]', 'Anna', 'met', 'Anna', 'in', 'Ro', '##me', '[SEP]'];
const spans = [null, [0, 4], [5, 8], [9, 13], [14, 16], [17, 19], [19, 21], null] as const;

/** Two places of padding on the left. */
const encoded = {
  feeds: {},
  count: words.length,
  featureOf: { ids: Int32Array.of(-1, -1, ...words.keys()) },
  fixed: new Set([0, 7]),
  features: {
    kind: 'tokens',
    text,
    truncated: 0,
    window: { index: 0, count: 1 },
    tokens: words.map((token, index) => ({
      token,
      text: spans[index] === null ? '' : text.slice(...(spans[index] as [number, number])),
      id: index,
      word: index,
      special: spans[index] === null,
      textSpan: spans[index] as readonly [number, number] | null,
      source: null,
    })),
  },
} as EncodedSample;

function model(rows: number): LoadedModel {
  const summary = { output: { classes: 3, positions: true }, entries: [{ rows }] };
  return { summary, labels: ['O', 'PER', 'LOC'], labelsArePlaceholders: true } as unknown as LoadedModel;
}
const tagger = model(100);
const language = model(3);

const said = (...classes: readonly number[]): PositionTop[] =>
  [0, 0, ...classes].map((index, place) => ({ class: index, probability: index === 0 ? 0.99 : 0.5 + place / 100 }));
const tags = said(1, 1, 0, 1, 0, 2, 2, 2);

test('tags: the surest position that is not of the commonest class, special tokens left out', () => {
  const positions = choosePosition(tagger, encoded, said(1, 1, 0, 0, 0, 2, 0, 2), undefined);
  assert.equal(positions.all.length, 8);
  assert.equal(positions.all[positions.chosen]?.feature, 5);
  assert.match(positions.because ?? '', /other than O/);
  assert.deepEqual(positionFeed(positions)[POSITION]?.data, BigInt64Array.of(7n));
});

test('a number is a token, padding not counted', () => {
  const positions = choosePosition(tagger, encoded, tags, 2);
  assert.deepEqual(positions.all[positions.chosen], { place: 4, feature: 2, class: 0, label: 'O', probability: 0.99 });
  assert.equal(positions.because, null);
});

test('words: the first token of them, or the last where the next one is predicted', () => {
  const at = (one: LoadedModel): number | undefined => {
    const { all, chosen } = choosePosition(one, encoded, tags, 'Rome');
    return all[chosen]?.feature;
  };
  assert.deepEqual([at(tagger), at(language)], [5, 6]);
});

test('a model of language: the last token, or the masked one', () => {
  const last = choosePosition(language, encoded, tags, undefined);
  assert.deepEqual([last.chosen, last.because], [7, 'the last token: what comes next']);
  assert.ok(encoded.features.kind === 'tokens');
  const tokens = encoded.features.tokens.map((one, index) => (index === 4 ? { ...one, token: '[MASK]' } : one));
  const masked = { ...encoded, features: { ...encoded.features, tokens } };
  assert.equal(choosePosition(language, masked, tags, undefined).chosen, 4);
});

test('words that are not there, or there twice, and numbers outside', () => {
  const refused = (position: number | string, message: RegExp): void =>
    assert.throws(
      () => choosePosition(tagger, encoded, tags, position),
      (error) => error instanceof UserError && error.code === 'no-such-position' && message.test(error.message),
    );
  refused('Paris', /no such words.*"Paris"/);
  refused('Anna', /2 times.*number: 2, 4/);
  refused(8, /no position 9.*1 to 8/);
});

test('tokens name the classes of a model of language; rows beyond the vocabulary keep their number', () => {
  assert.deepEqual(withTokenLabels(language, ['a', 'b']).labels, ['a', 'b', 'token 2']);
  const named = { ...language, labelsArePlaceholders: false };
  assert.equal(withTokenLabels(named, ['a', 'b']), named);
});

test('after words were changed the position is the same word’s, wherever it went; gone where it is no token any more', () => {
  assert.ok(encoded.features.kind === 'tokens');
  const before = { ...encoded, features: encoded.features };
  const at = (words: string) => choosePosition(tagger, encoded, tags, words);
  // “Rome” in “met Eve in Rome”: “Anna ” left out, the other Anna replaced; no padding now.
  const kept = [0, 2, 3, 4, 5, 6, 7];
  const moved = [null, [0, 3], [4, 7], [8, 10], [11, 13], [13, 15], null] as const;
  const after = {
    ...encoded,
    count: kept.length,
    featureOf: { ids: Int32Array.of(...kept.keys()) },
    features: {
      ...before.features,
      text: 'met Eve in Rome',
      tokens: kept.map((old, index) => ({ ...before.features.tokens[old]!, textSpan: moved[index] ?? null })),
    },
  } as EncodedSample;
  const edits = [
    { start: 9, end: 13, to: 'Eve' },
    { start: 0, end: 5, to: '' },
  ];
  assert.deepEqual(followed(at('Rome'), before, after, edits)?.[POSITION]?.data, BigInt64Array.of(4n));
  assert.deepEqual(followed(at('in'), before, after, edits)?.[POSITION]?.data, BigInt64Array.of(3n));
  const end = choosePosition(tagger, encoded, tags, 7);
  assert.deepEqual(followed(end, before, after, edits)?.[POSITION]?.data, BigInt64Array.of(6n), '[SEP]');
  assert.equal(followed(at('Rome'), before, after, [...edits, { start: 14, end: 16, to: 'nearby' }]), null);
});
