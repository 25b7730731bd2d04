/** The store on disk: what was written whole is read back, whatever became of the rest. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { diskStore } from '../../../server/survey/disk-store';
import { keyIndex } from '../../../server/survey/keys';
import { createPredictions, KEY_BYTES, writePrediction } from '../../../server/survey/predictions';
import type { DiskStoreOptions } from '../../../server/survey/disk-store';
import type { Predictions } from '../../../server/survey/predictions';
import type { Recorder, Store } from '../../../server/survey/store';

const root = mkdtempSync(join(tmpdir(), 'model-blame-store-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const fresh = (): string => join(root, String((folders += 1)));

/** Row i: key of i, three classes whose probabilities depend on i. */
function rows(count: number, from = 0): Predictions {
  const predictions = createPredictions(count, 3);
  const keys = new DataView(predictions.keys.buffer);
  for (let at = 0; at < count; at += 1) {
    const i = from + at;
    keys.setUint32(at * KEY_BYTES, Math.imul(i, 2654435761), true);
    keys.setUint32(at * KEY_BYTES + 8, i, true);
    const p = 0.4 + (i % 100) / 200;
    writePrediction(predictions, at, [p, 0.7 * (1 - p), 0.3 * (1 - p)], 0, i % 4 === 3 ? -1 : i % 3);
  }
  return predictions;
}

async function write(folder: string, predictions: Predictions, hash = 'abc'): Promise<string> {
  const recorder = diskStore({ folder }).record('entry', hash, 3);
  for (let at = 0; at < predictions.length; at += 1) recorder.append(predictions, at);
  await recorder.close();
  assert.equal(recorder.problem(), null);
  return join(folder, 'entry', readdirSync(join(folder, 'entry')).findLast((name) => name.endsWith('.arrows')) ?? '');
}

/** Every row that was read has to be one that was written, whole. */
async function checkRows(read: Predictions, written: Predictions): Promise<void> {
  const index = await keyIndex(written.keys, written.length, () => undefined);
  for (let at = 0; at < read.length; at += 1) {
    const row = index.find(read.keys, at);
    assert.ok(row >= 0, 'a key nobody wrote');
    assert.equal(read.gold[at], written.gold[row]);
    assert.equal(read.goldProbability[at], written.goldProbability[row]);
    for (let k = 0; k < 3; k += 1) {
      assert.equal(read.top[at * 3 + k], written.top[row * 3 + k]);
      assert.equal(read.probability[at * 3 + k], written.probability[row * 3 + k]);
    }
  }
}

test('what is written is read back, and any Arrow library reads it too', async () => {
  const folder = fresh();
  const written = rows(10_000);
  const path = await write(folder, written);
  const read = await diskStore({ folder }).load('entry', 'abc', 3);
  assert.ok(read !== null);
  assert.equal(read.length, 10_000);
  assert.deepEqual(read.keys, written.keys);
  await checkRows(read, written);
  const table = tableFromIPC(readFileSync(path));
  assert.equal(table.numRows, 10_000);
  assert.deepEqual(Array.from(table.getChild('gold')?.slice(0, 8) ?? []), [0, 1, 2, -1, 1, 2, 0, -1]);
  assert.deepEqual(
    (await diskStore({ folder }).versions('entry')).map(({ hash }) => hash),
    ['abc'],
  );
});

test('a torn tail is dropped, wherever it is torn', async () => {
  const folder = fresh();
  const written = rows(9000);
  const path = await write(folder, written);
  const whole = readFileSync(path);
  let [last, state] = [0, 11];
  const cuts = Array.from({ length: 60 }, () => {
    state = (state * 48271) % 2147483647;
    return state % whole.length;
  }).sort((a, b) => a - b);
  for (const cut of [0, 1, 7, ...cuts, whole.length - 1]) {
    writeFileSync(path, whole.subarray(0, cut));
    const read = await diskStore({ folder }).load('entry', 'abc', 3);
    const count = read?.length ?? 0;
    assert.ok([0, 4096, 8192].includes(count), `${count} rows of ${cut} bytes`);
    assert.ok(count >= last, 'a longer file holds no fewer rows');
    last = count;
    if (read !== null) await checkRows(read, written);
  }
  assert.equal(last, 8192);
});

test('a flipped bit costs its block at most, and never makes a row up', async () => {
  const folder = fresh();
  const written = rows(9000);
  const path = await write(folder, written);
  const whole = readFileSync(path);
  let state = 5;
  for (let round = 0; round < 80; round += 1) {
    state = (state * 48271) % 2147483647;
    const damaged = Buffer.from(whole);
    const at = state % whole.length;
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (state % 8));
    writeFileSync(path, damaged);
    const read = await diskStore({ folder }).load('entry', 'abc', 3);
    assert.ok((read?.length ?? 0) < 9000, `a flip at ${at} was not noticed`);
    if (read !== null) await checkRows(read, written);
  }
});

test('two writers at once: both are read, the latest of a sample counts', async () => {
  const folder = fresh();
  const store = diskStore({ folder });
  const [one, other] = [store.record('entry', 'abc', 3), diskStore({ folder }).record('entry', 'abc', 3)];
  const [low, high] = [rows(5000), rows(5000, 4000)];
  for (let at = 0; at < 5000; at += 1) {
    one.append(low, at);
    other.append(high, at);
  }
  await Promise.all([one.close(), other.close()]);
  const read = await store.load('entry', 'abc', 3);
  assert.ok(read !== null);
  assert.equal(read.length, 10_000);
  const index = await keyIndex(read.keys, read.length, () => undefined);
  const every = rows(9000);
  for (let at = 0; at < every.length; at += 1) assert.ok(index.find(every.keys, at) >= 0);
  assert.equal(index.find(rows(1, 9000).keys, 0), -1);
});

test('another number of classes, another model, and rubbish are not used', async () => {
  const folder = fresh();
  await write(folder, rows(10));
  writeFileSync(join(folder, 'entry', 'abc.00ff.arrows'), 'rubbish');
  const said: string[] = [];
  const store = diskStore({ folder, log: (message) => said.push(message) });
  assert.equal(await store.load('entry', 'abc', 5), null);
  assert.equal(await store.load('entry', 'other', 3), null);
  assert.equal(await store.load('nothing', 'abc', 3), null);
  assert.equal((await store.load('entry', 'abc', 3))?.length, 10);
});

test('nothing can be written: the survey goes on, and the reason is told', async () => {
  const folder = fresh();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'entry'), 'a file where the folder should be');
  const recorder = diskStore({ folder }).record('entry', 'abc', 3);
  recorder.append(rows(1), 0);
  await recorder.close();
  assert.equal(recorder.problem()?.code, 'cache-not-written');
});

test('room is made by removing what was not used for longest', async () => {
  const folder = fresh();
  await write(folder, rows(4096), 'old');
  await new Promise((resolve) => setTimeout(resolve, 20));
  await write(folder, rows(4096), 'new');
  const recorder = diskStore({ folder, most: 300_000 }).record('entry', 'latest', 3);
  recorder.append(rows(1), 0);
  await recorder.close();
  const kept = (await diskStore({ folder }).versions('entry')).map(({ hash }) => hash);
  assert.deepEqual(kept, ['latest', 'new']);
});

const origin = { scope: '0123456789abcdef', model: '/models/m.onnx' };
async function recorded(store: Store, predictions: Predictions, from = origin, hash = 'abc'): Promise<Recorder> {
  const recorder = store.record('entry', hash, 3, from);
  for (let at = 0; at < predictions.length; at += 1) recorder.append(predictions, at);
  await recorder.close();
  return recorder;
}
const filesIn = (folder: string): string[] =>
  readdirSync(join(folder, 'entry')).filter((name) => name.includes('.arrows'));

test('superseded rows go once they outweigh the others; what another set of files recorded stays', async () => {
  const folder = fresh();
  const store = diskStore({ folder });
  const elsewhere = { ...origin, scope: 'fedcba9876543210' };
  await recorded(store, rows(3000, 50_000), elsewhere);
  for (let edit = 0; edit < 4; edit += 1) await recorded(store, rows(5000, 1000 * edit));
  const present = rows(5000, 3000);
  present.state[7] = 0;
  await store.compact('entry', 'abc', origin, present);
  const after = await store.load('entry', 'abc', 3);
  assert.deepEqual([after?.length, filesIn(folder).length], [4999 + 3000, 2]);
  const index = await keyIndex(after!.keys, after!.length, () => undefined);
  for (let at = 0; at < 5000; at += 1) assert.equal(index.find(present.keys, at) >= 0, at !== 7);
  await checkRows(after!, rows(60_000));
  const [before] = [filesIn(folder)];
  await store.compact('entry', 'abc', origin, present);
  assert.deepEqual(filesIn(folder), before, 'nothing to gain: nothing is written');
});

test('a pass hears of another process at the same files, whether it lives, and what it recorded', async () => {
  const folder = fresh();
  const store = diskStore({ folder });
  const alone = await store.pass('entry', 'abc', origin);
  assert.deepEqual([alone.first, await alone.news()], [true, false]);
  const claims = (): string[] => readdirSync(join(folder, 'entry')).filter((name) => name.endsWith('.claim'));
  const [name = ''] = claims();
  const path = join(folder, 'entry', name);
  // The process that started this one lives; the largest number is nobody's.
  writeFileSync(path, String(process.ppid));
  const second = await store.pass('entry', 'abc', origin);
  assert.equal(second.first, false);
  await second.end();
  assert.deepEqual(claims(), [name], 'who came second leaves the claim alone');
  writeFileSync(path, String(2 ** 22 + 1));
  const heir = await store.pass('entry', 'abc', origin);
  assert.equal(heir.first, true);
  assert.equal((await store.pass('entry', 'other', origin)).first, true);
  await recorded(store, rows(10));
  assert.equal(await heir.news(), false, 'its own');
  await recorded(diskStore({ folder }), rows(10), { ...origin, scope: '0'.repeat(16) });
  assert.equal(await heir.news(), false, 'of other files');
  await recorded(diskStore({ folder }), rows(10));
  assert.equal(await heir.news(), true);
  await heir.end();
  assert.equal((await store.pass('entry', 'abc', origin)).first, true);
  assert.equal((await diskStore({ folder: join(folder, 'entry', name) }).pass('entry', 'abc', origin)).first, true);
});

test('files that another process may be writing to are left alone', async () => {
  const folder = fresh();
  for (let edit = 0; edit < 4; edit += 1) await recorded(diskStore({ folder }), rows(5000, 1000 * edit));
  await diskStore({ folder }).compact('entry', 'abc', origin, rows(5000));
  assert.equal(filesIn(folder).length, 4);
  const hour = Date.now() / 1000 - 3600;
  for (const name of filesIn(folder)) utimesSync(join(folder, 'entry', name), hour, hour);
  await diskStore({ folder }).compact('entry', 'abc', origin, rows(5000));
  assert.equal(filesIn(folder).length, 1);
});

test('a file that is removed while it is written to is not made anew', async () => {
  const folder = fresh();
  const store = diskStore({ folder });
  const recorder = store.record('entry', 'abc', 3, origin);
  const written = rows(9000);
  for (let at = 0; at < 4096; at += 1) recorder.append(written, at);
  while (!existsSync(join(folder, 'entry')) || filesIn(folder).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  for (const name of filesIn(folder)) rmSync(join(folder, 'entry', name));
  for (let at = 4096; at < 9000; at += 1) recorder.append(written, at);
  await recorder.close();
  assert.deepEqual(filesIn(folder), []);
  assert.equal(await store.load('entry', 'abc', 3), null);
});

test('a disk that is full: what was written whole stays, the reason is told, and putting together harms nothing', async () => {
  const folder = fresh();
  /** Takes so many bytes and then writes what still fits, as a file system does. */
  const small = (bytes: number): NonNullable<DiskStoreOptions['create']> => {
    let room = bytes;
    return async (path) => {
      const file = await open(path, 'ax');
      return {
        close: () => file.close(),
        async appendFile(data) {
          const given = data as Uint8Array;
          await file.appendFile(given.subarray(0, room));
          if (given.length > room) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          room -= given.length;
        },
      };
    };
  };
  const recorder = await recorded(diskStore({ folder, create: small(300_000) }), rows(9000));
  assert.equal(recorder.problem()?.code, 'cache-full');
  const read = await diskStore({ folder }).load('entry', 'abc', 3);
  assert.equal(read?.length, 4096);
  await checkRows(read, rows(9000));
  const store = diskStore({ folder, create: small(700_000) });
  for (let edit = 0; edit < 3; edit += 1) await recorded(store, rows(4000));
  const before = filesIn(folder);
  await store.compact('entry', 'abc', origin, rows(4000));
  assert.deepEqual(filesIn(folder), before);
  assert.equal(before.length, 4);
});

test('what was recorded of a model that is gone goes after a month', async () => {
  const folder = fresh();
  await recorded(diskStore({ folder }), rows(10));
  const month = Date.now() / 1000 - 31 * 24 * 3600;
  const other = async (): Promise<void> => {
    const recorder = diskStore({ folder }).record('other', 'abc', 3, { ...origin, model: root });
    recorder.append(rows(1), 0);
    await recorder.close();
  };
  await other();
  assert.equal(filesIn(folder).length, 1, 'used lately');
  for (const name of filesIn(folder)) utimesSync(join(folder, 'entry', name), month, month);
  await other();
  assert.equal(existsSync(join(folder, 'entry')), false);
  assert.equal(existsSync(join(folder, 'other')), true);
});
