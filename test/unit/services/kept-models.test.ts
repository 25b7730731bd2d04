import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createKeptModels } from '../../../server/services/kept-models';
import { fingerprint } from '../../../server/services/state';
import type { LoadedModel } from '../../../server/services/load';

const scratch = mkdtempSync(join(tmpdir(), 'model-blame-kept-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const unexpected = (message: string): never => assert.fail(message);

/** A model as loaded, with only what is looked at. */
async function loaded(path: string, content: string, data: Readonly<Record<string, string>> = {}) {
  writeFileSync(path, content);
  const dataFiles = Object.entries(data).map(([name, text]) => {
    const file = join(dirname(path), name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  });
  const hash = createHash('sha256').update(content).digest('hex');
  const state = `${await fingerprint(path)},more`;
  return { source: { path }, state, summary: { hash, dataFiles } } as unknown as LoadedModel;
}

test('an earlier state is found by its hash after the file was rewritten, with its weights beside it', async () => {
  const folder = join(scratch, 'one');
  const path = join(scratch, 'model.onnx');
  const kept = createKeptModels({ folder, log: unexpected });
  const before = await loaded(path, 'first', { 'weights/a.bin': 'weights of the first' });
  assert.equal(kept.find(before.summary.hash), null);
  await kept.keep(before);
  writeFileSync(path, 'second');
  const found = kept.find(before.summary.hash.slice(0, 12));
  assert.ok(found !== null);
  assert.equal(readFileSync(found, 'utf8'), 'first');
  assert.equal(readFileSync(join(dirname(found), 'weights', 'a.bin'), 'utf8'), 'weights of the first');
  assert.equal(kept.find('0'.repeat(64)), null);
  assert.equal(kept.find('../../../etc'), null);
});

test('a file that was rewritten after it was read is not kept under the old hash', async () => {
  const folder = join(scratch, 'two');
  const path = join(scratch, 'rewritten.onnx');
  const kept = createKeptModels({ folder, log: unexpected });
  const model = await loaded(path, 'first');
  writeFileSync(path, 'another and longer content');
  await kept.keep(model);
  assert.equal(kept.find(model.summary.hash), null);
  assert.deepEqual(readdirSync(folder), [], 'no draft is left behind');
});

test('a large model is not kept, and says so; of many the least recently used goes', async () => {
  const said: string[] = [];
  const folder = join(scratch, 'three');
  const kept = createKeptModels({ folder, log: (message) => said.push(message), most: 100, total: 250 });
  await kept.keep(await loaded(join(scratch, 'large.onnx'), 'x'.repeat(101)));
  assert.match(said.join(), /large\.onnx is not kept/);
  const models: LoadedModel[] = [];
  for (const letter of ['a', 'b', 'c']) {
    const model = await loaded(join(scratch, `${letter}.onnx`), letter.repeat(90));
    await kept.keep(model);
    models.push(model);
    const old = new Date(Date.now() - 10_000 * (3 - models.length));
    utimesSync(join(folder, model.summary.hash), old, old);
  }
  const [a, b, c] = models.map(({ summary }) => kept.find(summary.hash) !== null);
  assert.deepEqual([a, b, c], [false, true, true]);
});
