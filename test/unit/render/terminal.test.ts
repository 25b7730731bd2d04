/* eslint-disable no-control-regex -- control characters are what these tests look for */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { width } from '../../../server/render/ansi';
import { explanationText, predictionText } from '../../../server/render/terminal';
import type { TerminalStyle } from '../../../server/render/terminal';
import { columnExplanation, elementExplanation, hostile, pixelExplanation, textExplanation } from './samples';

const plain: TerminalStyle = { colour: 'none', theme: 'dark', columns: 80 };
const full: TerminalStyle = { colour: 'truecolour', theme: 'dark', columns: 80 };
const some: TerminalStyle = { colour: '256', theme: 'light', columns: 60 };
/** The only escapes we ever print: colours and weights. */
const ours = /\u001b\[[0-9;]*m/g;

test('without colour there is no escape, and sign and value are in the text', () => {
  const text = explanationText(textExplanation('free money for you now'), { ...plain, columns: 120 });
  assert.ok(!text.includes('\u001b'));
  assert.match(text, /now\(−1\.5|now\(\+1\.5/);
  assert.match(
    text,
    /Σ relevance 2\.31, should be 2\.33 \(score 1\.59 − baseline score −0\.740\); residual −0\.0200 \(0\.9 %\)/,
  );
  assert.match(text, /predicted {2}spam {4}0\.831/);
  assert.match(text, /gold ham ✗/);
  assert.match(text, /red: evidence for spam; blue: against/);
});

test('with colour a truecolour terminal gets 24 bits, another 256 colours', () => {
  assert.match(explanationText(textExplanation(), full), /\u001b\[38;2;\d+;\d+;\d+;48;2;\d+;\d+;\d+m/);
  const text = explanationText(textExplanation(), some);
  assert.match(text, /\u001b\[38;5;\d+;48;5;\d+m/);
  assert.doesNotMatch(text, /[34]8;2;/);
});

test('hostile text does nothing in a terminal', () => {
  for (const style of [plain, full, some])
    for (const text of [
      explanationText(textExplanation(), style),
      explanationText(columnExplanation(), style),
      predictionText({ ...textExplanation(), scores: textExplanation().prediction }, style),
    ]) {
      const rest = text.replace(ours, '');
      assert.doesNotMatch(rest, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b]/);
      for (const line of text.split('\n')) {
        // A background never runs over the end of a line.
        const last = line.match(ours)?.at(-1);
        assert.ok(last === undefined || /^\u001b\[(0|22)m$/.test(last), JSON.stringify(line));
      }
    }
  assert.match(explanationText(textExplanation(), plain), /⟨ESC⟩\[31mred⟨ESC⟩\]0;pwned⟨BEL⟩/);
  assert.match(explanationText(textExplanation(), plain), /=cmd\|' \/C calc'!A0/);
});

test('no line is wider than the terminal', () => {
  const words = fc.string({ unit: fc.constantFrom('a', 'long', ' ', '\n', '東', '👩‍👩‍👧', 'é'), maxLength: 300 });
  fc.assert(
    fc.property(words, fc.integer({ min: 40, max: 100 }), (text, columns) => {
      for (const line of explanationText(textExplanation(text), { ...plain, columns })
        .split('\n')
        .slice(5))
        assert.ok(width(line) <= columns, JSON.stringify(line));
    }),
    { numRuns: 60 },
  );
});

test('all characters of a text are there, in order', () => {
  const text = 'one two three four five six seven eight nine ten';
  const shown = explanationText(textExplanation(text), { ...full, columns: 24 }).replace(ours, '');
  let from = 0;
  for (const word of text.split(' ')) {
    const at = shown.indexOf(word, from);
    assert.ok(at >= 0, word);
    from = at;
  }
});

test('a picture becomes half blocks, or signs without colour', () => {
  assert.match(explanationText(pixelExplanation(), full), /▀/);
  assert.match(explanationText(pixelExplanation(), plain), /[#+.].*[@=-]/s);
  assert.match(explanationText(pixelExplanation(), plain), /pixel \(\d+, \d+\)/);
});

test('columns become signed bars, strongest first; elements are named by index', () => {
  const lines = explanationText(columnExplanation(), plain).split('\n');
  const at = (part: string) => lines.findIndex((line) => line.includes(part));
  assert.ok(at('<b>job</b>') < at('age = 39') && at('age = 39') < at('income'));
  assert.match(lines[at('job')]!, /−2\.00 +█+│$/);
  assert.match(lines[at('age')]!, /\+0\.500 +│█+/);
  assert.match(explanationText(elementExplanation(), plain), /\+2\.00 {2}b\[0, 1\][\s\S]*−1\.50 {2}a\[0, 1, 2\]/);
});

test('the hostile sample is hostile', () => {
  assert.match(hostile, /\u001b/);
  assert.match(hostile, /\u202e/);
});
