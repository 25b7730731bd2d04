import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseAddress } from '../../../server/dataset/address';
import { UserError } from '../../../server/errors';

const folder = mkdtempSync(join(tmpdir(), 'model-blame-address-'));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ['f.csv', 'f.jsonl', 'picture.png', 'ünïcode ﬁle.csv', 'C:\\x.csv', 'a:3', 'b', 'b:3', 'a#b.csv'])
  writeFileSync(join(folder, name), '');
mkdirSync(join(folder, 'folder'));
const uri = (name: string) => pathToFileURL(join(folder, name)).href;
const parse = (given: string) => parseAddress(given, folder);

test('lines and records', () => {
  assert.deepEqual(parse('f.csv:17'), { kind: 'line', uri: uri('f.csv'), line: 17 });
  assert.deepEqual(parse('f.csv#16'), { kind: 'record', uri: uri('f.csv'), record: 16 });
  assert.deepEqual(parse('./f.jsonl:1'), { kind: 'line', uri: uri('f.jsonl'), line: 1 });
  assert.deepEqual(parse(`${join(folder, 'f.csv')}:2`), { kind: 'line', uri: uri('f.csv'), line: 2 });
  assert.deepEqual(parse(`${uri('f.csv')}:2`), { kind: 'line', uri: uri('f.csv'), line: 2 });
  assert.deepEqual(parse('ünïcode ﬁle.csv:3'), { kind: 'line', uri: uri('ünïcode ﬁle.csv'), line: 3 });
  assert.deepEqual(parse('a#b.csv#4'), { kind: 'record', uri: uri('a#b.csv'), record: 4 });
});

test('a drive letter is no line number, and a file that is really called so wins', () => {
  assert.deepEqual(parse('C:\\x.csv:17'), { kind: 'line', uri: uri('C:\\x.csv'), line: 17 });
  assert.deepEqual(parse('a:3'), { kind: 'file', uri: uri('a:3') });
  assert.deepEqual(parse('b:3'), { kind: 'file', uri: uri('b:3') });
  assert.deepEqual(parse('b#3'), { kind: 'record', uri: uri('b'), record: 3 });
  assert.deepEqual(parse('picture.png'), { kind: 'file', uri: uri('picture.png') });
});

test('what names no sample says what, where and what next', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['f.csv', 'row-missing'],
    ['missing.csv:3', 'sample-not-found'],
    ['missing.png', 'sample-not-found'],
    ['f.csv:0', 'bad-row'],
    ['f.csv:99999999999999999999', 'bad-row'],
    ['f.csv:x', 'sample-not-found'],
    ['folder', 'sample-not-found'],
    ['folder:3', 'sample-not-found'],
    ['https://example.org/f.csv:3', 'not-a-file'],
    ['', 'sample-not-found'],
  ];
  for (const [given, code] of cases)
    assert.throws(
      () => parse(given),
      (error: unknown) => error instanceof UserError && error.code === code && !error.message.includes('\n'),
      given,
    );
});
