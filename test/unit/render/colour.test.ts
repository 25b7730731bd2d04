import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contrast, diverging, hex, legend, neutral, scaleLimit, textOn } from '../../../server/render/colour';
import type { Rgb, Theme } from '../../../server/render/colour';

const themes: readonly Theme[] = ['light', 'dark', 'highContrastLight', 'highContrastDark'];

/** Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB. */
const visions = {
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function linear(colour: Rgb): number[] {
  return colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
}

function seen(colour: Rgb, matrix: readonly number[]): number[] {
  const rgb = linear(colour);
  return [0, 3, 6].map((row) => rgb.reduce((sum, part, i) => sum + part * matrix[row + i]!, 0));
}

/** OKLab of linear RGB, for distances as people see them. */
function oklab(rgb: readonly number[]): number[] {
  const [r, g, b] = rgb as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((part, i) => part - b[i]!));

test('for is red, against is blue, and zero is neutral', () => {
  for (const theme of themes) {
    const [r, , b] = diverging(1, 1, theme);
    assert.ok(r > b + 40, `${theme} for ${hex(diverging(1, 1, theme))}`);
    const [r2, , b2] = diverging(-1, 1, theme);
    assert.ok(b2 > r2 + 40, `${theme} against ${hex(diverging(-1, 1, theme))}`);
    const grey = neutral(theme);
    assert.ok(Math.max(...grey) - Math.min(...grey) <= 2, `${theme} neutral ${hex(grey)}`);
  }
  assert.deepEqual(diverging(3, 0, 'light'), neutral('light'));
  assert.deepEqual(diverging(9, 1, 'dark'), diverging(1, 1, 'dark'));
});

test('equal amounts for and against have the same lightness', () => {
  for (const theme of themes)
    for (const share of [0.25, 0.5, 0.75, 1]) {
      const up = oklab(linear(diverging(share, 1, theme)))[0]!;
      const down = oklab(linear(diverging(-share, 1, theme)))[0]!;
      assert.ok(Math.abs(up - down) < 0.01, `${theme} ${share}: ${up} ${down}`);
    }
});

test('strength grows away from neutral all the way', () => {
  for (const theme of themes)
    for (const sign of [-1, 1]) {
      let before = -1;
      for (let i = 0; i <= 20; i++) {
        const away = distance(oklab(linear(diverging((sign * i) / 20, 1, theme))), oklab(linear(neutral(theme))));
        assert.ok(away > before, `${theme} at ${(sign * i) / 20}`);
        before = away;
      }
    }
});

test('red and blue stay apart for colour-blind people', () => {
  for (const theme of themes)
    for (const [name, matrix] of Object.entries(visions))
      for (const share of [0.5, 1]) {
        const apart = distance(
          oklab(seen(diverging(share, 1, theme), matrix)),
          oklab(seen(diverging(-share, 1, theme), matrix)),
        );
        // A just noticeable difference in OKLab is about 0.02.
        assert.ok(apart > 0.08 * (1 + share), `${theme} ${name} at ${share}: ${apart.toFixed(3)}`);
      }
});

test('text on every colour of the scale has a contrast of at least 4.5', () => {
  fc.assert(
    fc.property(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(...themes), (share, theme) => {
      const background = diverging(share, 1, theme);
      assert.ok(contrast(background, textOn(background)) >= 4.5);
    }),
  );
  assert.ok(Math.abs(contrast([0, 0, 0], [255, 255, 255]) - 21) < 1e-9);
});

test('the limit is the largest absolute relevance', () => {
  assert.equal(scaleLimit(new Float32Array([0.5, -2, 1])), 2);
  assert.equal(scaleLimit([]), 0);
});

test('the legend says in words what red and blue mean', () => {
  assert.equal(
    legend({ kind: 'class', class: 1, label: 'positive', scale: 'logit' }).text,
    'red: evidence for positive; blue: against',
  );
  assert.equal(
    legend({ kind: 'contrast', class: 1, label: 'spam', against: 0, againstLabel: 'ham' }).text,
    'red: evidence for spam rather than ham; blue: for ham',
  );
  assert.match(legend({ kind: 'contrastToRest', class: 1, label: 'seven' }).text, /rather than all others/);
});
