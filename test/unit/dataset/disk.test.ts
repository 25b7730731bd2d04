/** Files on disk: what is read, and one clear line when it cannot be. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { diskFiles } from '../../../server/dataset';

const folder = mkdtempSync(join(tmpdir(), 'model-blame-disk-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const uri = (name: string): string => pathToFileURL(join(folder, name)).href;

test('a file is read once while it does not change', async () => {
  const files = diskFiles();
  writeFileSync(join(folder, 'a b.csv'), 'one');
  utimesSync(join(folder, 'a b.csv'), 1000, 1000);
  const first = await files.read(uri('a b.csv'));
  assert.equal(await files.read(uri('a b.csv')), first);
  writeFileSync(join(folder, 'a b.csv'), 'two');
  assert.equal(Buffer.from((await files.read(uri('a b.csv'))).bytes).toString(), 'two');
});

test('errors name the file and the next step', async () => {
  const files = diskFiles({ largest: 10 });
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'reviews.csv'), 'x'.repeat(11));
  await assert.rejects(files.read(uri('review.csv')), { code: 'file-not-found', message: /did you mean reviews.csv/ });
  await assert.rejects(files.read(uri('no/such/x.csv')), { code: 'file-not-found', message: /does not exist either/ });
  await assert.rejects(files.read(uri('sub')), { code: 'is-a-directory' });
  await assert.rejects(files.read(uri('reviews.csv')), { code: 'file-too-large' });
  await assert.rejects(files.read('untitled:Untitled-1'), { code: 'not-on-disk' });
  await assert.rejects(files.read('file://elsewhere/%00'), { code: /bad-uri|file-not/ });
});
