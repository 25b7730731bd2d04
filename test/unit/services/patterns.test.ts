/** Patterns take over what is known: predictions of surveys, relevance of an earlier process. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localCompute } from '../../../server/compute/local';
import { unpack } from '../../../server/compute/packing';
import { createServices } from '../../../server/services';
import { toUri } from '../../../server/workspace/uris';
import { makeWorkspace } from '../../protocol/models';
import type { Compute } from '../../../server/compute/types';
import type { PatternsResponse } from '../../../server/protocol';
import type { ServerServices } from '../../../server/services';

const folder = makeWorkspace();
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'loans.csv');
const cache = join(folder, 'cache');
const row = (i: number): string => `${(i * 7) % 20},${(i * 11) % 30},${i},${i % 2}`;
const csv = (count: number): string => `a,b,c,label\n${Array.from({ length: count }, (_, i) => row(i)).join('\n')}\n`;
writeFileSync(file, csv(60));

interface Counted {
  readonly services: ServerServices;
  /** Samples predicted, and samples explained. */
  readonly counts: { predicted: number; explained: number };
}

/** A process of its own as far as caches in memory go. */
function process(): Counted {
  const compute = localCompute();
  const counts = { predicted: 0, explained: 0 };
  const counting: Compute = {
    ...compute,
    forward: (request, options) => {
      counts.predicted += unpack(request.stacks).reduce((sum, { rows }) => sum + rows, 0);
      return compute.forward(request, options);
    },
    relevances: (request, options) => {
      counts.explained += request.rows.length;
      return compute.relevances(request, options);
    },
  };
  return { services: createServices({ folders: [folder], compute: counting, cacheFolder: cache }), counts };
}

const ask = ({ services }: Counted, method = 'gradient-x-input'): Promise<PatternsResponse> =>
  services.patterns({
    uris: [toUri(file)],
    model: null,
    by: ['dead'],
    cell: null,
    class: null,
    method,
    parameters: {},
  });
const stored = (): readonly string[] => {
  const root = join(cache, 'relevance');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.arrows')).map((name) => join(root, name));
};

let first: PatternsResponse;

test('what a survey predicted is not predicted again', async () => {
  const one = process();
  const { survey } = await one.services.surveys.start({ uris: [toUri(file)], model: null });
  await one.services.surveys.ended({ survey });
  assert.equal(one.counts.predicted, 60);
  first = await ask(one);
  assert.equal(one.counts.predicted, 60);
  assert.equal(one.counts.explained, 60);
  const rows = await one.services.surveys.rows({ survey, filter: {}, sort: 'position', limit: 60 });
  assert.deepEqual(
    first.samples.map(({ predicted, gold, probability }) => [predicted, gold, probability]),
    rows.rows.map(({ predicted, gold }) => [predicted?.class, gold?.class, predicted?.probability]),
  );
  await one.services.dispose();
});

test('a survey does not predict again what patterns predicted', async () => {
  writeFileSync(file, csv(61));
  const two = process();
  first = await ask(two);
  assert.equal(two.counts.predicted, 1);
  await two.services.surveys.ended(await two.services.surveys.start({ uris: [toUri(file)], model: null }));
  assert.equal(two.counts.predicted, 1);
  await two.services.dispose();
});

test('what an earlier process explained is read from the disk; another method is not taken for it', async () => {
  const one = process();
  const again = await ask(one);
  assert.deepEqual(one.counts, { predicted: 0, explained: 0 });
  assert.deepEqual({ ...again, milliseconds: 0 }, { ...first, milliseconds: 0 });
  await ask(one, 'occlusion');
  assert.equal(one.counts.explained, 61);
  await one.services.dispose();
});

test('a damaged file is not used, and a torn end loses no more than itself', async () => {
  const whole = stored().map((path) => ({ path, bytes: readFileSync(path) }));
  for (const { path, bytes } of whole) {
    const damaged = Buffer.from(bytes);
    damaged[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 255;
    writeFileSync(path, damaged);
  }
  const one = process();
  const again = await ask(one);
  assert.equal(one.counts.explained, 61);
  assert.deepEqual(again.dead, first.dead);
  await one.services.dispose();
  for (const path of stored()) rmSync(path);
  for (const { path, bytes } of whole) {
    writeFileSync(path, bytes);
    appendFileSync(path, bytes.subarray(0, 40));
  }
  const two = process();
  await ask(two);
  assert.equal(two.counts.explained, 0);
  await two.services.dispose();
});

test('a folder that cannot be written to costs nothing but time', async () => {
  rmSync(join(cache, 'relevance'), { recursive: true });
  writeFileSync(join(cache, 'relevance'), 'no folder');
  const one = process();
  assert.deepEqual((await ask(one)).dead, first.dead);
  assert.equal(one.counts.explained, 61);
  await one.services.dispose();
});

test('flags of the workspace file count; one that occurs nowhere lists nothing, and is said', async () => {
  rmSync(join(cache, 'relevance'), { force: true });
  const one = process();
  const unusual = (cell: { gold: number; predicted: number } | null, flagged: readonly string[] = []) =>
    one.services.patterns({
      uris: [toUri(file)],
      model: null,
      by: ['unusual'],
      cell,
      class: null,
      method: 'gradient-x-input',
      parameters: {},
      flagged,
    });
  const listed = ({ unusual: found = [] }: PatternsResponse): number =>
    found.filter(({ why }) => why === 'shortcut').length;
  const absent = ({ warnings }: PatternsResponse): readonly string[] =>
    warnings.filter(({ code }) => code === 'flag-absent').map(({ message }) => message);
  const before = await unusual(null);
  assert.equal(listed(before), 0);
  const { uri, text, glob, features } = await one.services.shortcuts({ uris: [toUri(file)], flagged: ['b', 'typo'] });
  assert.deepEqual([uri, glob, features], [toUri(join(folder, 'model-blame.json')), 'loans.csv', ['b', 'typo']]);
  writeFileSync(join(folder, 'model-blame.json'), text ?? '');
  const counts = { ...one.counts };
  const after = await unusual(null);
  // Relevance is 2·a and −1·b, of c nothing: rows with b > 2·a.
  const rows = Array.from({ length: 61 }, (_, i) => [(i * 7) % 20, (i * 11) % 30] as const);
  assert.equal(listed(after), rows.filter(([a, b]) => b > 2 * a).length);
  assert.deepEqual(absent(after).length, 1);
  assert.match(absent(after)[0] ?? '', /“typo”/);
  assert.deepEqual(one.counts, counts, 'a flag is no reason to predict or explain anything again');
  assert.equal(listed(await unusual(null, ['c'])), listed(after), 'besides those of the file');
  assert.deepEqual((await one.services.shortcuts({ uris: [toUri(file)] })).features, ['b', 'typo']);
  assert.equal((await one.services.shortcuts({ uris: [toUri(file)], flagged: ['typo', 'b'] })).text, null);
  await one.services.dispose();
});
