/** Files that stay on disk: the records of the same file in memory, wherever a piece ends. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskFiles, readSample } from '../../../server/dataset';
import { opened, recordsOf } from '../../../server/dataset/read';
import { readFields } from '../../../server/dataset/record';
import { UserError } from '../../../server/errors';
import { toUri } from '../../../server/workspace/uris';

const root = mkdtempSync(join(tmpdir(), 'model-blame-paged-'));
after(() => rmSync(root, { recursive: true, force: true }));

const onDisk = diskFiles({ held: 0 });
const inMemory = diskFiles();
const path = (name: string): string => join(root, name);
const code = (wanted: string) => (error: unknown) => error instanceof UserError && error.code === wanted;

const ROWS = 24_000;
const ELEMENTS = 8000;
let state = 17;
const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
const pieces = ['word', '""', ',', '\r\n', '\n', '\r', 'é', '😀', ' '];
const cell = (): string => {
  const text = Array.from({ length: random(20) }, () => pieces[random(pieces.length)]).join('');
  return `"${text}"`;
};
const csv = (prefix: string, end: string): string =>
  `${prefix}a,b${end}${Array.from({ length: ROWS }, () => `${cell()},${cell()}${end}${random(9) === 0 ? end : ''}`).join('')}`;

for (const [name, prefix, end] of [
  ['lf', '', '\n'],
  ['crlf', '\ufeff', '\r\n'],
  ['cr', '', '\r'],
] as const)
  test(`${name}: every record, its place and its fields, at every end of a piece`, async () => {
    const uri = toUri(path(`${name}.csv`));
    const content = csv(prefix, end);
    writeFileSync(path(`${name}.csv`), content);
    assert.ok(Buffer.byteLength(content) > 3 * 2 ** 18, 'several pieces');
    const [paged, whole] = await Promise.all(
      [onDisk, inMemory].map(async (files) => recordsOf(uri, await opened(uri, files), {})),
    );
    assert.ok(paged !== undefined && whole !== undefined && !(paged.content.bytes instanceof Uint8Array));
    const expected = [...whole.index.from(1)];
    assert.deepEqual([...paged.index.from(1)], expected);
    assert.equal(expected.length, ROWS);
    for (const located of expected) {
      const cells = ({ fields }: ReturnType<typeof readFields>): string[] => fields.map(({ text }) => text);
      assert.deepEqual(cells(readFields(paged, located)), cells(readFields(whole, located)));
    }
    for (const record of [1, 64, 65, 4321, ROWS]) {
      const [one, other] = await Promise.all(
        [onDisk, inMemory].map((files) => readSample({ kind: 'record', uri, record }, files)),
      );
      assert.deepEqual(one?.ref, other?.ref);
    }
    assert.deepEqual(paged.index.line(10_000_000), whole.index.line(10_000_000));
    assert.equal(paged.index.record(ROWS + 1), null);
  });

test('a record longer than a piece is read whole; a quote that never closes has its limit', async () => {
  const uri = toUri(path('long.jsonl'));
  const text = 'x'.repeat(3 * 2 ** 20);
  writeFileSync(
    path('long.jsonl'),
    `${JSON.stringify({ text: 'short' })}\n${JSON.stringify({ text })}\n{"text":"last"}`,
  );
  const texts = await Promise.all(
    [1, 2, 3].map(async (record) => {
      const sample = await readSample({ kind: 'record', uri, record }, onDisk);
      return sample.kind === 'record' ? sample.fields[0]?.text : null;
    }),
  );
  assert.deepEqual(texts, ['short', text, 'last']);
  const open = toUri(path('open.csv'));
  writeFileSync(path('open.csv'), `a\n"${'y'.repeat(2 ** 28)}`);
  await assert.rejects(readSample({ kind: 'record', uri: open, record: 1 }, onDisk), code('record-too-large'));
});

test('a file that changes while it is read says so, and is read anew', async () => {
  const uri = toUri(path('moving.csv'));
  const rows = (word: string): string => `a\n${`${word}\n`.repeat(200_000)}`;
  writeFileSync(path('moving.csv'), rows('one'));
  const before = recordsOf(uri, await opened(uri, onDisk), {});
  const walk = before.index.from(1);
  assert.equal(walk.next().value?.record, 1);
  writeFileSync(path('other'), rows('two'));
  renameSync(path('other'), path('moving.csv'));
  assert.throws(() => [...walk], code('file-changed'));
  const now = recordsOf(uri, await opened(uri, onDisk), {});
  assert.equal(now.index.count(), 200_000);
  appendFileSync(path('moving.csv'), 'three\n');
  assert.throws(() => now.index.record(1) && [...now.index.from(150_000)], code('file-changed'));
});

for (const [name, prefix, between] of [
  ['a line each', '[\n', ',\n'],
  ['crlf, with a byte-order mark', '\ufeff[', ' ,\r\n'],
  ['all on one line', '[', ','],
] as const)
  test(`a JSON array, ${name}: every element, its place and its fields, at every end of a piece`, async () => {
    const elements = Array.from({ length: ELEMENTS }, (_, i) => {
      const text = Array.from({ length: random(120) }, () => ['\\', '"', ']', '[', '}', '{', ',', '😀'][random(8)]);
      const element = { text: text.join(''), n: { at: i, list: [[i], [{ deep: '],' }]] } };
      // An element may be an array itself, and lie over several lines.
      return random(5) === 0
        ? JSON.stringify([i, [text]])
        : JSON.stringify(element, null, name.includes('line') ? 0 : 1);
    });
    const file = path(`${name.replaceAll(/\W/g, '-')}.json`);
    writeFileSync(file, `${prefix}${elements.join(between)}\n]\n`);
    const uri = toUri(file);
    const [paged, whole] = await Promise.all(
      [onDisk, inMemory].map(async (files) => recordsOf(uri, await opened(uri, files), {})),
    );
    assert.ok(paged !== undefined && whole !== undefined && !(paged.content.bytes instanceof Uint8Array));
    assert.ok(paged.content.bytes.length > 3 * 2 ** 18, 'several pieces');
    const expected = [...whole.index.from(1)];
    assert.equal(expected.length, ELEMENTS);
    const found = [...paged.index.from(1)];
    assert.equal(found.length, ELEMENTS);
    found.forEach((located, i) => assert.deepEqual(located, expected[i]));
    for (const located of [expected[0]!, expected[ELEMENTS >> 1]!, ...expected.slice(-500)]) {
      const { start, endByte } = located.extent;
      const raw = Buffer.from(paged.content.bytes.subarray(start.byte, endByte)).toString('utf8');
      assert.deepEqual(JSON.parse(raw), JSON.parse(elements[located.record - 1]!));
      assert.deepEqual(
        readFields(paged, located).fields.map(({ text }) => text),
        readFields(whole, located).fields.map(({ text }) => text),
      );
    }
  });

test('an array that is not closed has its limit; the error names file and line', async () => {
  const uri = toUri(path('open.json'));
  writeFileSync(path('open.json'), `[{"a": 1},\n{"a": [1, "${'y'.repeat(2 ** 28)}`);
  await assert.rejects(readSample({ kind: 'record', uri, record: 2 }, onDisk), (error) => {
    assert.ok(error instanceof UserError);
    assert.deepEqual([error.code, error.where, error.uri], ['record-too-large', 'open.json:1', uri]);
    return true;
  });
});
