import { test } from 'node:test';
import assert from 'node:assert/strict';
import { editsOf, touches } from '../../../server/checks/edits';
import { thin } from '../../../server/checks/thin';

test('words are replaced everywhere, whole and whatever their case; what changes nothing is left out', () => {
  const edits = editsOf([{ words: ['he', 'him'], with: ['she', 'he'] }], { text: 'He said the man saw him.' }, 'text');
  assert.deepEqual(
    edits.map(({ values }) => values['text']),
    ['she said the man saw she.', 'he said the man saw he.'],
  );
  assert.equal(edits[0]?.words, '“He”, “him” → “she”');
  assert.deepEqual(editsOf([{ words: ['bob'], with: 'eve' }], { text: 'nobody' }, 'text'), []);
});

test('a word with signs is itself, and $ in the replacement is a dollar', () => {
  const [edit] = editsOf([{ words: ['$100'], with: '$1' }], { text: 'win $100 now' }, 'text');
  assert.equal(edit?.values['text'], 'win $1 now');
});

test('a pattern keeps its case and has groups', () => {
  const edits = editsOf([{ pattern: '(\\d+)-(\\d+)', with: '$2-$1' }], { text: '12-3 AB' }, 'text');
  assert.equal(edits[0]?.values['text'], '3-12 AB');
  assert.deepEqual(editsOf([{ pattern: 'ab', with: 'x' }], { text: '12-3 AB' }, 'text'), []);
});

test('columns: the whole value, or words in it', () => {
  const fields = { gender: 'm', note: 'he came', text: 'he' };
  const edits = editsOf(
    [
      { column: 'gender', with: ['m', 'f'] },
      { column: 'note', words: ['he'], with: 'she' },
    ],
    fields,
    'text',
  );
  assert.deepEqual(
    edits.map(({ values }) => values),
    [{ gender: 'f' }, { note: 'she came' }],
  );
  assert.equal(edits[0]?.words, 'gender → “f”');
});

test('which texts an edit can touch', () => {
  const pattern = touches([
    { words: ['Bob'], with: 'x' },
    { pattern: '\\d', with: '0' },
  ]);
  assert.equal(pattern?.test('hi BOB'), true);
  assert.equal(pattern.test('room 7'), true);
  assert.equal(pattern.test('bobbin'), false);
  assert.equal(touches([{ column: 'a', with: 1 }]), null);
});

test('thinning keeps few, evenly, the same ones, and counts all', async () => {
  const stream = async function* (length: number) {
    for (let index = 0; index < length; index += 1) yield await Promise.resolve(index);
  };
  assert.deepEqual(await thin(stream(3), 5), { chosen: [0, 1, 2], total: 3 });
  const { chosen, total } = await thin(stream(1000), 10);
  assert.equal(total, 1000);
  assert.equal(chosen.length, 10);
  const gaps = chosen.slice(1).map((value, index) => value - (chosen[index] ?? 0));
  assert.ok(Math.min(...gaps) >= 50 && Math.max(...gaps) <= 200, gaps.join());
  assert.ok((chosen.at(-1) ?? 0) > 800);
});
