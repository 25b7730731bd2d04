import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { escapeHtml, pieces, shorten, visible } from '../../../server/render/text';

test('ordinary text of any script stays as it is', () => {
  for (const text of [
    'It was good.',
    'naïve café',
    'שלום עולם',
    '東京',
    '=cmd|x',
    'می\u200cخواهم', // Persian: the non-joiner is spelling
    'क्\u200dष',
    '👩‍👩‍👧 ❤️ 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} 1️⃣ 👍🏽',
  ])
    assert.equal(visible(text), text);
});

test('control characters and escapes become symbols', () => {
  assert.equal(visible('\u001b[31mred\u001b]0;title\u0007'), '⟨ESC⟩[31mred⟨ESC⟩]0;title⟨BEL⟩');
  assert.equal(visible('a\nb\tc\rd\0'), 'a↵b⇥c⟨CR⟩d⟨NUL⟩');
  assert.equal(visible('\u009b31m\u007f'), '⟨U+009B⟩31m⟨DEL⟩');
  assert.equal(visible('a\nb\tc', { keepLayout: true }), 'a\nb\tc');
  assert.equal(visible('a\rb', { keepLayout: true }), 'a⟨CR⟩b');
  assert.equal(visible('a\r\nb', { keepLayout: true }), 'a\nb');
  assert.equal(visible('a\r\nb'), 'a⟨CR⟩↵b');
});

test('direction overrides and invisible characters are named', () => {
  assert.equal(visible('user\u202etxt.exe\u2066\u2069'), 'user⟨RLO⟩txt.exe⟨LRI⟩⟨PDI⟩');
  assert.equal(visible('fr\u200bee\u200dx\ufeff\u00ad'), 'fr⟨ZWSP⟩ee⟨ZWJ⟩x⟨BOM⟩⟨SHY⟩');
  assert.equal(visible('a\u2028b'), 'a⟨LS⟩b');
  assert.equal(visible('a\u{e0041}\ud800'), 'a⟨U+E0041⟩⟨U+D800⟩');
  assert.equal(visible('x\ufe0f'), 'x⟨U+FE0F⟩');
  // Tags behind a flag can carry a hidden message: only the three flags that exist are emoji.
  assert.match(visible('🏴\u{e0068}\u{e0069}\u{e007f}'), /^🏴⟨U\+E0068⟩⟨U\+E0069⟩⟨U\+E007F⟩$/);
  assert.deepEqual(pieces('a\u202e'), [
    { kind: 'plain', text: 'a' },
    { kind: 'symbol', text: '⟨RLO⟩', name: 'right-to-left override U+202E' },
  ]);
});

test('a leading combining mark does not climb onto what stands before it', () => {
  assert.equal(visible('\u0301x'), '◌\u0301x');
});

test('whatever the text, nothing hidden or active is left', () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u001b', '\u009b', '\u202e', '\u200d', '\u200c', '\ufe0f', '\ud83d', '👩', 'ا', 'a', '\n', '1'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(nasty, (text) => {
      const shown = visible(text);
      assert.doesNotMatch(shown, /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]/u);
      const symbols = pieces(text);
      assert.equal(symbols.map((piece) => piece.text).join(''), shown);
    }),
    { numRuns: 2000 },
  );
});

test('HTML is escaped in text and in attributes', () => {
  const escaped = escapeHtml(`<img src=x onerror="alert('1')">&\``);
  assert.doesNotMatch(escaped, /[<>"'`]/);
  assert.equal(
    escaped.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
    `<img src=x onerror="alert('1')">&\``,
  );
});

test('long text is cut in the middle, by characters', () => {
  assert.equal(shorten('abcdefghij', 5), 'ab…ij');
  assert.equal(shorten('😀😀😀😀', 3), '😀…😀');
  assert.equal(shorten('abc', 3), 'abc');
});
