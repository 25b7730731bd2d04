import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shiftAddress, shiftPosition } from '../../../extension/samples/shift';
import type { Edit } from '../../../extension/samples/shift';

const edit = (line: number, character: number, endLine: number, endCharacter: number, text: string): Edit => ({
  range: { start: { line, character }, end: { line: endLine, character: endCharacter } },
  text,
});

test('lines typed above move a row, lines below do not', () => {
  const address = { kind: 'line', uri: 'file:///a.csv', line: 5 } as const;
  assert.deepEqual(shiftAddress(address, edit(0, 0, 0, 0, 'a\nb\r\n')), { ...address, line: 7 });
  assert.deepEqual(shiftAddress(address, edit(1, 0, 3, 0, '')), { ...address, line: 3 });
  assert.deepEqual(shiftAddress(address, edit(4, 3, 4, 3, 'in the row\n')), address);
  assert.deepEqual(shiftAddress(address, edit(8, 0, 8, 0, '\n')), address);
});

test('records and files are not lines', () => {
  const record = { kind: 'record', uri: 'file:///a.csv', record: 5 } as const;
  assert.equal(shiftAddress(record, edit(0, 0, 0, 0, '\n')), record);
});

/** Slow and obvious: a mark in the text itself. */
test('a position stays at its character for any edit before or behind it', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', '\n', '\r\n', '😀'), { maxLength: 12 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, text, text, (before, gone, between, typed) => {
      const position = (part: string) => {
        const lines = part.split(/\r\n|\n|\r/);
        return { line: lines.length - 1, character: (lines[lines.length - 1] ?? '').length };
      };
      const range = { start: position(before), end: position(before + gone) };
      const place = position(before + gone + between);
      fc.pre(gone + between !== '');
      assert.deepEqual(shiftPosition(place, { range, text: typed }), position(before + typed + between));
    }),
  );
});

test('a position inside the replaced text goes to the end of the new one', () => {
  assert.deepEqual(shiftPosition({ line: 2, character: 4 }, edit(2, 1, 3, 0, 'x\nyz')), { line: 3, character: 2 });
});
