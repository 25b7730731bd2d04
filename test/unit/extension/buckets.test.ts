import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { limit, steps, toBuckets } from '../../../extension/editor/buckets';
import { diverging } from '../../../server/render/colour';
import type { Theme } from '../../../server/render/colour';

const all = (relevance: Float32Array) => [...relevance.keys()];

test('strength in four steps a sign, symmetric about 0, weak ones plain, strongest first', () => {
  const relevance = Float32Array.of(2, -2, 1, -1, 0.5, 0.1, 0, -0.51);
  assert.deepEqual(toBuckets(relevance, all(relevance)), [
    { index: 0, bucket: 4 },
    { index: 1, bucket: -4 },
    { index: 2, bucket: 2 },
    { index: 3, bucket: -2 },
    { index: 7, bucket: -2 },
    { index: 4, bucket: 1 },
  ]);
});

test('the scale is that of the whole sample, not of what is visible', () => {
  assert.deepEqual(toBuckets(Float32Array.of(4, 1), [1]), [{ index: 1, bucket: 1 }]);
});

test('nothing for zeros; never more than the limit', () => {
  assert.deepEqual(toBuckets(new Float32Array(3), [0, 1, 2]), []);
  const many = new Float32Array(5000).fill(1);
  assert.equal(toBuckets(many, all(many)).length, limit);
});

interface Contributed {
  readonly id: string;
  readonly defaults: Readonly<Record<'dark' | 'light' | 'highContrast' | 'highContrastLight', string>>;
}

test('the contributed colours are the ends of the panel’s scale, in every theme', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly contributes: { readonly colors: readonly Contributed[] };
  };
  const themes = {
    dark: 'dark',
    light: 'light',
    highContrast: 'highContrastDark',
    highContrastLight: 'highContrastLight',
  } as const satisfies Record<string, Theme>;
  const { colors } = manifest.contributes;
  assert.equal(colors.length, 2 * steps);
  for (const { id, defaults } of colors)
    for (const [name, theme] of Object.entries(themes)) {
      const value = id.includes('positive') ? 1 : -1;
      const wanted = diverging(value, 1, theme).map((part) => Math.round(part).toString(16).padStart(2, '0'));
      assert.equal(defaults[name as keyof typeof themes].slice(0, 7), `#${wanted.join('')}`, `${id} ${name}`);
    }
});
