/** Surveys over a compute that answers by arithmetic: the last class wins for positive sums of the columns. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toUri } from '../../../server/workspace/uris';
import { diskFiles } from '../../../server/dataset';
import { unpack } from '../../../server/compute/packing';
import { UserError } from '../../../server/errors';
import { fakeCompute, hasCode, scratch, servicesFor } from './fakes';
import type { FakeCompute } from './fakes';
import type { Feeds } from '../../../server/engine/types';
import type { SurveyState } from '../../../server/protocol';
import type { ServerServices } from '../../../server/services';

const files = scratch();
after(files.remove);

const table = { name: 'x', type: { dtype: 'float32' as const, shape: ['batch', 2] } };
const workspace = {
  models: {
    m: {
      path: 'm.onnx',
      labels: ['no', 'yes'],
      input: { kind: 'table', columns: ['a', 'b'].map((name) => ({ name, type: 'number', typical: 0 })) },
    },
  },
  datasets: [{ files: '*.csv', model: 'm', label: 'label' }],
};
/** Record i: sum > 0 (predicted yes) for even i; every fifth label is the other one. */
const line = (i: number): string => {
  const yes = i % 2 === 0;
  return `${yes ? i + 1 : -i - 1},0,${yes === (i % 5 !== 0) ? 'yes' : 'no'},${i % 3 === 0 ? 'de' : 'en'},row ${i}`;
};
const csv = (count: number, from = 0): string =>
  `a,b,label,lang,note\n${Array.from({ length: count }, (_, i) => line(from + i)).join('\n')}\n`;

let count = 0;
interface World {
  readonly folder: string;
  readonly compute: FakeCompute;
  readonly services: ServerServices;
  readonly cache: string;
  readonly start: (change?: object) => Promise<SurveyState>;
}
function world(content: Readonly<Record<string, string>>, cache?: string): World {
  const folder = files.folder(`survey-${(count += 1)}`, {
    'm.onnx': 'model',
    'model-blame.json': JSON.stringify(workspace),
    ...content,
  });
  return over(folder, cache ?? join(files.root, `cache-${count}`));
}
function over(folder: string, cache: string): World {
  const compute = fakeCompute({ inputs: [table] });
  const services = servicesFor(folder, compute, { cacheFolder: cache });
  const start = async (change: object = {}): Promise<SurveyState> => {
    const request = { uris: [toUri(join(folder, 'data.csv'))], model: null, ...change };
    return services.surveys.ended(await services.surveys.start(request));
  };
  return { folder, compute, services, cache, start };
}
const predicted = ({ calls }: FakeCompute): number =>
  calls.reduce((sum, call) => sum + (call.startsWith('forward') ? Number(call.split(' ')[1]) : 0), 0);

test('every sample is predicted; filters, orders, pages and numbers agree with counting by hand', async () => {
  const { services, compute, start } = world({ 'data.csv': csv(500) });
  const state = await start();
  assert.deepEqual(
    [state.phase, state.total, state.done, state.cached, state.unreadable, state.unlabelled, state.wrong],
    ['done', 500, 500, 0, 0, 0, 100],
  );
  assert.equal(predicted(compute), 500);
  assert.deepEqual(state.columns, ['a', 'b', 'lang', 'note']);
  const { survey } = state;
  const wrong = await services.surveys.rows({
    survey,
    filter: { only: 'wrong' },
    sort: 'position',
    limit: 3,
    offset: 2,
  });
  assert.equal(wrong.total, 100);
  assert.deepEqual(
    wrong.rows.map(({ position, line: at, address, wrong: is }) => [
      position,
      at,
      is,
      'record' in address && address.record,
    ]),
    [
      [10, 12, true, 11],
      [15, 17, true, 16],
      [20, 22, true, 21],
    ],
  );
  assert.equal(wrong.rows[0]?.cells?.['note'], 'row 10');
  const sure = await services.surveys.rows({ survey, sort: 'confidence', limit: 500, content: false });
  const confidences = sure.rows.map(({ predicted: one }) => one?.probability ?? 0);
  assert.deepEqual(
    confidences,
    confidences.toSorted((a, b) => b - a),
  );
  const german = await services.surveys.rows({
    survey,
    filter: { where: [{ column: 'lang', value: 'de' }], only: 'wrong' },
  });
  assert.equal(german.total, Array.from({ length: 500 }, (_, i) => i).filter((i) => i % 15 === 0).length);
  assert.equal((await services.surveys.rows({ survey, filter: { text: 'ROW 49' } })).total, 11);
  assert.equal((await services.surveys.rows({ survey, filter: { gold: 'yes', predicted: 'no' } })).total, 50);
  assert.equal(
    (await services.surveys.rows({ survey, filter: { lines: [2, 4], uri: state.files[0]?.uri ?? '' } })).total,
    3,
  );
  const summary = await services.surveys.summary({ survey, slice: 'lang' });
  assert.deepEqual(summary.confusion, [200, 50, 50, 200]);
  assert.deepEqual(
    summary.slices.map(({ value, samples, accuracy }) => [value, samples, accuracy.count]),
    [
      ['en', 333, 267],
      ['de', 167, 133],
    ],
  );
  await assert.rejects(services.surveys.summary({ survey, slice: 'tongue' }), hasCode('column-missing'));
  await assert.rejects(services.surveys.rows({ survey, filter: { gold: 'maybe' } }), hasCode('unknown-class'));
  await assert.rejects(services.surveys.rows({ survey: 'x' }), hasCode('unknown-survey'));
});

test('next and previous go around, also from a sample that is no mistake; hover finds the row', async () => {
  const { services, folder, start } = world({ 'data.csv': csv(20) });
  const { survey } = await start();
  const uri = toUri(join(folder, 'data.csv'));
  const go = async (record: number | null, direction: 'next' | 'previous'): Promise<number | undefined> => {
    const from = record === null ? null : ({ kind: 'record', uri, record } as const);
    return (await services.surveys.next({ survey, filter: { only: 'wrong' }, from, direction })).row?.position;
  };
  assert.deepEqual(
    [await go(null, 'next'), await go(1, 'next'), await go(3, 'next'), await go(16, 'next'), await go(18, 'next')],
    [0, 5, 5, 0, 0],
  );
  assert.deepEqual([await go(1, 'previous'), await go(9, 'previous'), await go(null, 'previous')], [15, 5, 15]);
  const { found } = services.surveys.at({ address: { kind: 'line', uri, line: 7 } });
  assert.equal(found[0]?.row.position, 5);
  assert.equal(found[0].row.wrong, true);
});

test('what is known is not predicted again: a changed row costs one row, also in another process', async () => {
  const { folder, cache, start } = world({ 'data.csv': csv(300) });
  await start();
  const file = join(folder, 'data.csv');
  writeFileSync(file, readFileSync(file, 'utf8').replace('row 123', 'row 123, edited'.replace(',', '')));
  const later = over(folder, cache);
  const state = await later.start();
  assert.deepEqual([state.done, state.cached, predicted(later.compute)], [300, 299, 1]);
  // Inserted at the front: every position moves, one row is new.
  writeFileSync(file, csv(301, -1));
  const again = over(folder, cache);
  await again.start();
  assert.equal(predicted(again.compute), 1, 'the edited row is again what it was');
  const fresh = over(folder, cache);
  await fresh.start({ fresh: true });
  assert.equal(predicted(fresh.compute), 301);
});

test('a rewritten model: stale, then predicted anew, with what is newly right and wrong', async () => {
  const { folder, compute, services, start } = world({ 'data.csv': csv(100) });
  const first = await start();
  const told: SurveyState[] = [];
  services.surveys.listen((state) => told.push(state));
  writeFileSync(join(folder, 'm.onnx'), 'another model');
  compute.hash = 'hash-2';
  services.invalidate();
  await services.surveys.refresh();
  assert.equal(told.at(-1)?.stale, 'model');
  assert.equal(services.surveys.state(first).wrong, 20, 'what is shown stays until it is asked for anew');
  // The new model says the opposite of everything.
  const forward = compute.forward.bind(compute);
  Object.assign(compute, {
    forward: async (...given: Parameters<typeof forward>) => {
      const result = await forward(...given);
      return { ...result, probabilities: result.probabilities.map((p) => 1 - p) };
    },
  });
  const second = await start();
  assert.equal(second.stale, null);
  assert.deepEqual(
    [second.diff?.against.hash, second.diff?.compared, second.diff?.newlyRight, second.diff?.newlyWrong],
    ['hash-1', 100, 20, 80],
  );
  const { rows, total } = await services.surveys.rows({ survey: second.survey, filter: { only: 'newly-right' } });
  assert.equal(total, 20);
  assert.equal(rows[0]?.change, 'newly-right');
  assert.notEqual(rows[0].before?.class, rows[0].predicted?.class);
  assert.deepEqual(
    (await services.surveys.versions(second)).versions.map(({ hash }) => hash),
    ['hash-2', 'hash-1'],
  );
});

test('a model rewritten in the middle: nothing of the two is mixed', async () => {
  const { folder, compute, services } = world({ 'data.csv': csv(2000) });
  const forward = compute.forward.bind(compute);
  let calls = 0;
  Object.assign(compute, {
    forward: async (...given: Parameters<typeof forward>) => {
      calls += 1;
      if (calls === 3) {
        writeFileSync(join(folder, 'm.onnx'), 'another');
        compute.hash = 'hash-2';
      }
      const result = await forward(...given);
      return calls < 3 ? result : { ...result, probabilities: result.probabilities.map((p) => 1 - p) };
    },
  });
  const request = { uris: [toUri(join(folder, 'data.csv'))], model: null };
  const state = await services.surveys.ended(await services.surveys.start(request));
  assert.deepEqual([state.phase, state.model.hash, state.done, state.wrong], ['done', 'hash-2', 2000, 1600]);
  assert.equal(state.revision, 2);
});

for (const held of [0, 2 ** 26])
  test(`a dataset rewritten in the middle, ${held === 0 ? 'read from disk' : 'held in memory'}: nothing of the two is mixed`, async () => {
    const { folder, cache } = world({ 'data.csv': csv(20_000) });
    const compute = fakeCompute({ inputs: [table] });
    const services = servicesFor(folder, compute, { cacheFolder: cache, files: diskFiles({ held }) });
    const forward = compute.forward.bind(compute);
    let calls = 0;
    Object.assign(compute, {
      forward: (...given: Parameters<typeof forward>) => {
        calls += 1;
        if (calls === 3) writeFileSync(join(folder, 'data.csv'), csv(19_000, 1000));
        return forward(...given);
      },
    });
    const request = { uris: [toUri(join(folder, 'data.csv'))], model: null };
    const state = await services.surveys.ended(await services.surveys.start(request));
    await services.surveys.refresh();
    // From memory the old file is surveyed to its end and is stale; from disk there is no old file any more.
    assert.deepEqual(
      [state.phase, state.done, state.wrong, state.revision, services.surveys.state(state).stale],
      held === 0 ? ['done', 19_000, 3800, 2, null] : ['done', 20_000, 4000, 1, 'data'],
    );
    if (held === 0) assert.ok(state.cached > 0, 'rows that are in both files are not predicted twice');
  });

test('cancel stops at once, and the next start goes on', async () => {
  const { folder, compute, services, cache } = world({ 'data.csv': csv(3000) });
  const forward = compute.forward.bind(compute);
  Object.assign(compute, {
    forward: async (...given: Parameters<typeof forward>) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return forward(...given);
    },
  });
  const request = { uris: [toUri(join(folder, 'data.csv'))], model: null };
  const started = await services.surveys.start(request);
  while (services.surveys.state(started).done < 100) await new Promise((resolve) => setTimeout(resolve, 5));
  const at = services.surveys.cancel(started);
  assert.equal(at.phase, 'cancelled');
  const state = await services.surveys.ended(started);
  assert.deepEqual([state.phase, state.done], ['cancelled', at.done]);
  assert.ok(state.done >= 100 && state.done < 3000);
  const later = over(folder, cache);
  const end = await later.start();
  assert.deepEqual([end.phase, end.cached, predicted(later.compute)], ['done', state.done, 3000 - state.done]);
});

test('rows that cannot be read or predicted are told, and the others are not harmed', async () => {
  const broken = csv(50).split('\n');
  broken[10] = 'not a number,0,yes,en,broken';
  broken[20] = '1,2,perhaps,en,unknown label';
  broken[30] = '1,2,,en,no label';
  const { services, compute, start } = world({ 'data.csv': broken.join('\n') });
  const forward = compute.forward.bind(compute);
  Object.assign(compute, {
    forward: (...given: Parameters<typeof forward>) => {
      const stacks = unpack(given[0].stacks);
      // Row 40 (sum 41) is refused, and with it every parcel it is in.
      if (stacks.some(({ feeds }) => (feeds['x']?.data as Float32Array).includes(41)))
        return Promise.reject(new UserError('non-finite', 'The model gives NaN'));
      return forward(...given);
    },
  });
  const state = await start();
  assert.deepEqual([state.phase, state.done, state.unreadable, state.unlabelled], ['done', 50, 2, 2]);
  const { rows } = await services.surveys.rows({ survey: state.survey, filter: { only: 'unreadable' } });
  assert.deepEqual(
    rows.map(({ position }) => position),
    [9, 40],
  );
  assert.match(rows[1]?.problem ?? '', /NaN/);
  const unlabelled = await services.surveys.rows({
    survey: state.survey,
    filter: { only: 'unlabelled' },
    sort: 'margin',
  });
  assert.deepEqual(unlabelled.rows.map(({ gold }) => gold).sort(), [null, { label: 'perhaps', class: null }].sort());
});

test('a model that refuses everything ends the survey with its reason', async () => {
  const { compute, start } = world({ 'data.csv': csv(200) });
  Object.assign(compute, {
    forward: () => Promise.reject(new UserError('positions-unsupported', 'one for every position')),
  });
  const state = await start();
  assert.deepEqual([state.phase, state.error?.code], ['failed', 'positions-unsupported']);
  assert.equal(state.error?.what, 'None of the first 20 samples could be predicted: one for every position');
});

test('a table whose first rows make NaN is predicted nevertheless', async () => {
  const { compute, start } = world({ 'data.csv': csv(200) });
  const forward = compute.forward.bind(compute);
  const refuses = (feeds: Feeds): boolean =>
    Array.from(feeds['x']?.data as Float32Array).some((value) => value !== 0 && Math.abs(value) <= 40);
  Object.assign(compute, {
    forward: (...given: Parameters<typeof forward>) =>
      unpack(given[0].stacks).some(({ feeds }) => refuses(feeds))
        ? Promise.reject(new UserError('non-finite', 'The model gives NaN'))
        : forward(...given),
  });
  const state = await start();
  assert.deepEqual([state.phase, state.done, state.unreadable], ['done', 200, 40]);
});

test('data edited on disk or in an open document make it stale; the same text again does not', async () => {
  const { folder, services, start } = world({ 'data.csv': csv(30) });
  const state = await start();
  const file = join(folder, 'data.csv');
  const stale = async (): Promise<SurveyState['stale']> => {
    await services.surveys.refresh();
    return services.surveys.state(state).stale;
  };
  services.document(toUri(file), csv(30), 1);
  assert.equal(await stale(), null);
  services.document(toUri(file), csv(31), 2);
  assert.equal(await stale(), 'data');
  services.document(toUri(file), null);
  assert.equal(await stale(), null);
  writeFileSync(file, csv(29));
  utimesSync(file, new Date(), new Date(Date.now() + 5000));
  assert.equal(await stale(), 'data');
  assert.equal((await start()).total, 29);
});

test('export: records with their labels, negatives, predictions; a file is not overwritten', async () => {
  const { folder, services, start } = world({ 'data.csv': csv(20) });
  const { survey } = await start();
  const path = join(folder, 'out.txt');
  const filter = { only: 'wrong' } as const;
  const ask = { survey, filter, format: 'csv', path } as const;
  assert.deepEqual(await services.surveys.export({ ...ask, kind: 'rows' }), { path, rows: 4 });
  assert.equal(readFileSync(path, 'utf8'), `a,b,label,lang,note\n${[0, 5, 10, 15].map(line).join('\n')}\n`);
  await assert.rejects(services.surveys.export({ ...ask, kind: 'rows' }), hasCode('file-exists'));
  await services.surveys.export({ ...ask, kind: 'negatives', format: 'jsonl', overwrite: true });
  const [first] = readFileSync(path, 'utf8').split('\n');
  assert.deepEqual(JSON.parse(first ?? ''), {
    a: '1',
    b: '0',
    label: 'no',
    lang: 'de',
    note: 'row 0',
    gold: 'no',
    not: 'yes',
  });
  await assert.rejects(
    services.surveys.export({ ...ask, kind: 'rows', filter: { text: 'nowhere' }, overwrite: true }),
    hasCode('no-rows'),
  );
});

test('label: an edit of the cell, or a row appended to another file', async () => {
  const content = 'a,b,label,lang,note\n1,2,,en,"quoted, text"\n3,4,"no",en,x';
  const { folder, services } = world({ 'data.csv': content });
  const address = (record: number) => ({ kind: 'record', uri: toUri(join(folder, 'data.csv')), record }) as const;
  const apply = async (record: number): Promise<string> => {
    const edit = await services.surveys.label({ address: address(record), model: null, label: 'yes' });
    assert.ok(edit.kind === 'edit');
    const lines = content.split('\n');
    const { start, end } = edit.range;
    const old = lines[start.line] ?? '';
    return old.slice(0, start.character) + edit.newText + old.slice(end.character);
  };
  assert.equal(await apply(1), '1,2,yes,en,"quoted, text"');
  assert.equal(await apply(2), '3,4,"yes",en,x');
  const to = join(folder, 'labelled.csv');
  const append = (label: string | number) => services.surveys.label({ address: address(1), model: null, label, to });
  assert.deepEqual(await append('yes'), { kind: 'appended', path: to, record: 1 });
  assert.deepEqual(await append(0), { kind: 'appended', path: to, record: 2 });
  assert.equal(readFileSync(to, 'utf8'), 'a,b,label,lang,note\n1,2,yes,en,"quoted, text"\n1,2,no,en,"quoted, text"\n');
  await assert.rejects(append('maybe'), hasCode('unknown-class'));
  writeFileSync(to, 'other,columns\n');
  await assert.rejects(append('yes'), hasCode('columns-differ'));
});

test('why samples have no gold class: what is written, what is empty, a column that is not there', async () => {
  const row = (label: string): string => `1,0,${label},de,note`;
  const rows = [...['junk', 'junk', 'maybe', '', ' '].map(row), line(0)];
  const { services, start } = world({ 'data.csv': `a,b,label,lang,note\n${rows.join('\n')}\n` });
  const { survey, unlabelled } = await start();
  assert.equal(unlabelled, 5);
  const why = async (id: string): Promise<string | null> =>
    (await services.surveys.summary({ survey: id })).unlabelledBecause;
  assert.equal(
    await why(survey),
    '2 times the label is empty; “junk” (2), “maybe” are no classes of the model, which has no, yes',
  );
  const bare = world({ 'data.csv': 'a,b\n1,0\n2,0\n' });
  const { survey: other } = await bare.start();
  assert.equal(
    (await bare.services.surveys.summary({ survey: other })).unlabelledBecause,
    'there is no column “label”',
  );
  const full = world({ 'data.csv': csv(20) });
  const { survey: labelled } = await full.start();
  assert.equal((await full.services.surveys.summary({ survey: labelled })).unlabelledBecause, null);
});

test('samples of several files are named as seen from the folder that the files have in common', async () => {
  const { folder, services, start } = world({ 'data/a/x.csv': csv(1), 'data/b/x.csv': csv(2) });
  const titles = async (...names: string[]): Promise<readonly string[]> => {
    const { survey } = await start({ uris: names.map((name) => toUri(join(folder, name))), model: 'm' });
    return (await services.surveys.rows({ survey, sort: 'position' })).rows.map(({ title }) => title);
  };
  assert.deepEqual(await titles('data/a/x.csv', 'data/b/x.csv'), ['a/x.csv:2', 'b/x.csv:2', 'b/x.csv:3']);
  assert.deepEqual(await titles('data/b/x.csv'), ['x.csv:2', 'x.csv:3']);
});
