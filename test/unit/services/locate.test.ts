/** Names from failures → samples of real files. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { sightings } from '../../../extension/failures/candidates';
import { toUri } from '../../../server/workspace/uris';
import { fakeCompute, scratch, servicesFor } from './fakes';
import type { ServerServices } from '../../../server/services';

const space = scratch();
after(() => space.remove());
const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const outside = space.folder('outside', { 'secret.csv': 'id,message\nq,hidden\n' });
const root = space.folder('w', {
  'mail/model-blame.json': JSON.stringify({
    datasets: [
      { files: 'data/*.csv', text: 'message', label: 'label', id: 'id' },
      { files: 'data/pictures/**/*.png' },
      { files: 'data/rows.json' },
    ],
  }),
  'mail/data/test.csv': 'id,message,label\neasy-1/00038,"two\nlines",ham\n17,see you,ham\n',
  'mail/data/train.csv': 'id,message,label\neasy-1/00039,free,spam\n17,other,ham\n',
  'mail/data/pictures/1/0042.png': png,
  'mail/data/pictures/2/0042.png': png,
  'mail/data/rows.json': '[{"a": 1}, {"a": 2}]',
  'mail/package.json': '{\n "name": "x"\n}',
  'mail/tests/test_mail.py': '',
  'loose.csv': 'text\none\ntwo\n',
});
const services = servicesFor(root, fakeCompute());

async function find(text: string, near: readonly string[] = [], from: ServerServices = services) {
  const { found, missed } = await from.locate({
    candidates: sightings(text).map(({ candidate }) => candidate),
    near: near.map((path) => toUri(join(root, path))),
  });
  return {
    found: found.map(({ name, preview }) => `${name} ${preview}`),
    missed: missed.map(({ text: name, reason }) => `${name}: ${reason}`),
  };
}

test('a path from the test’s folder, from above it, and by its end', async () => {
  const expected = ['data/test.csv:2 two lines'];
  assert.deepEqual((await find('../data/test.csv:3', ['mail/tests/test_mail.py'])).found, expected);
  assert.deepEqual((await find('data/test.csv:2', ['mail/tests/test_mail.py'])).found, expected);
  assert.deepEqual((await find('test.csv:2')).found, expected);
  assert.deepEqual((await find('data/test.csv#1')).found, expected);
  assert.deepEqual((await find(`${root}/mail/data/test.csv:2`)).found, expected);
  assert.deepEqual((await find('loose.csv:3')).found, ['loose.csv:3 two']);
});

test('several fit: all of them, to be asked about', async () => {
  assert.deepEqual((await find('0042.png')).found, [
    'data/pictures/1/0042.png 0042.png',
    'data/pictures/2/0042.png 0042.png',
  ]);
  assert.deepEqual((await find('2/0042.png')).found, ['data/pictures/2/0042.png 0042.png']);
  assert.deepEqual(
    (await find('test.csv:2 and test.csv:3 and test.csv#1')).found,
    ['data/test.csv:2 two lines'],
    'one row once',
  );
});

test('ids: exactly, in every dataset that names its column', async () => {
  assert.deepEqual((await find('test_mail[easy-1/00039]')).found, ['data/train.csv:2 free']);
  assert.deepEqual((await find('id=17')).found, ['data/test.csv:4 see you', 'data/train.csv:3 other']);
  assert.deepEqual((await find('{"modelBlame": {"id": 17, "file": "train.csv"}}')).found, ['data/train.csv:3 other']);
  assert.deepEqual(await find('id=18'), { found: [], missed: ['18: no row has the id “18”'] });
  assert.deepEqual(await find('easy-1/0003'), { found: [], missed: [] }, 'nobody said that it is an id');
});

test('what is not there says what was looked for', async () => {
  const { found, missed } = await find('nothing.csv:2 test.csv:99 other.png');
  assert.deepEqual(found, []);
  assert.equal(missed.length, 3);
  assert.match(missed[0] ?? '', /nothing\.csv:2: no file of the workspace is called nothing\.csv/);
  assert.match(missed[1] ?? '', /test\.csv:99: there is no line 99/);
});

test('a .json is a dataset only where the workspace file says so', async () => {
  assert.deepEqual((await find('package.json:2', ['mail/tests/test_mail.py'])).found, []);
  assert.deepEqual((await find('data/rows.json#2', ['mail/tests/test_mail.py'])).found, ['data/rows.json#2 2']);
});

test('text of a marker is the sample', async () => {
  assert.deepEqual((await find('{"modelBlame": {"text": "free money"}}')).found, ['text free money']);
});

test('an untrusted workspace opens nothing outside itself', async () => {
  const untrusted = servicesFor(root, fakeCompute(), { trusted: false });
  assert.equal((await find(`${outside}/secret.csv:2`)).found.length, 1);
  assert.deepEqual((await find(`${outside}/secret.csv:2`, [], untrusted)).found, []);
  assert.deepEqual((await find('../outside/secret.csv:2', ['loose.csv'], untrusted)).found, []);
});
