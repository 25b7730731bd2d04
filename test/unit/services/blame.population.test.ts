/** Populations: which dataset, which records, encoded how. The compute only records what it is given. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { draw, spread } from '../../../server/services/population/draw';
import { uniform } from '../../../server/random';
import { filesOf } from '../../../server/services/population/files';
import { toUri } from '../../../server/workspace/uris';
import { fakeCompute, hasCode, scratch, servicesFor } from './fakes';
import type { FakeCompute, FakeOptions } from './fakes';
import type { Member } from '../../../server/explain/types';
import type { Explanation, SampleAddress } from '../../../server/protocol';
import type { ParameterDefinition } from '../../../server/protocol';

const files = scratch();
after(files.remove);

const draws: ParameterDefinition = { name: 'draws', type: 'integer', default: 4, description: '' };
const seed: ParameterDefinition = { name: 'seed', type: 'integer', default: 0, description: '' };

/** A compute whose only method compares with four samples. */
function comparing(options: FakeOptions): FakeCompute {
  const compute = fakeCompute(options);
  return Object.assign(compute, {
    methods: () =>
      Promise.resolve([
        {
          unfit: null,
          info: {
            id: 'comparing',
            name: 'comparing',
            family: 'path' as const,
            formula: '',
            means: '',
            needs: '',
            misleads: '',
            axioms: [],
            cost: '',
            papers: [],
            usesBaseline: false,
            population: 4,
            parameters: [draws, seed],
          },
        },
      ]),
  });
}

const table = { name: 'x', type: { dtype: 'float32' as const, shape: ['batch', 2] } };
const rows = (count: number, from = 0): string =>
  `a,b,label\n${Array.from({ length: count }, (_, i) => `${from + i},${i % 3},${i % 2 === 0 ? 'no' : 'yes'}`).join('\n')}\n`;

interface Entry {
  readonly files: string;
  readonly role?: string;
  readonly model?: string;
  readonly label?: string;
}
let count = 0;
function tableFolder(datasets: readonly Entry[], content: Readonly<Record<string, string>>): string {
  const columns = ['a', 'b'].map((name) => ({ name, type: 'number', typical: 0 }));
  const m = { path: 'm.onnx', labels: ['no', 'yes'], input: { kind: 'table', columns } };
  const models = { m, another: m };
  return files.folder(`table-${count++}`, {
    'm.onnx': 'not empty',
    'model-blame.json': JSON.stringify({ models, datasets }),
    ...content,
  });
}

async function compare(
  folder: string,
  address: SampleAddress,
  options: FakeOptions = { inputs: [table] },
  parameters: Readonly<Record<string, number>> = {},
): Promise<{ readonly members: readonly Member[]; readonly explanation: Explanation }> {
  const compute = comparing(options);
  const services = servicesFor(folder, compute);
  const explanation = await services.explain({
    address,
    model: 'm',
    method: 'comparing',
    target: { kind: 'predicted' },
    baseline: null,
    parameters,
  });
  return { members: compute.requests[0]?.population ?? [], explanation };
}
const record = (folder: string, file: string, number: number): SampleAddress => ({
  kind: 'record',
  uri: toUri(join(folder, file)),
  record: number,
});
const firsts = (members: readonly Member[]): number[] => members.map(({ feeds }) => Number(feeds['x']?.data[0]));

test('training data before the sample’s own dataset; named; one member of each quarter, with its gold class', async () => {
  const folder = tableFolder(
    [
      { files: 'test.csv', role: 'test', model: 'm', label: 'label' },
      { files: 'train-*.csv', role: 'train', model: 'm', label: 'label' },
    ],
    { 'test.csv': rows(5), 'train-1.csv': rows(50, 1000), 'train-2.csv': rows(50, 2000) },
  );
  const { members, explanation } = await compare(folder, record(folder, 'test.csv', 1));
  assert.equal(members.length, 4);
  const values = firsts(members);
  const place = values.map((value) => (value < 2000 ? value - 1000 : value - 2000 + 50));
  place.forEach((position, i) =>
    assert.ok(position >= 25 * i && position < 25 * (i + 1), `${position} in quarter ${i}`),
  );
  assert.deepEqual(
    members.map(({ gold }) => gold),
    values.map((value) => value % 2),
  );
  const warning = explanation.warnings.find(({ code }) => code === 'population');
  assert.equal(warning?.message, 'Compared with 4 of 100 samples of train-*.csv (training data).');
});

test('without training data any dataset of the model serves, and the result says that it is none', async () => {
  const folder = tableFolder(
    [
      { files: 'other.csv', role: 'train', model: 'another' },
      { files: 'test.csv', role: 'test' },
    ],
    { 'test.csv': rows(3), 'other.csv': rows(9) },
  );
  const { members, explanation } = await compare(folder, record(folder, 'test.csv', 1));
  assert.deepEqual(firsts(members), [0, 1, 2]);
  assert.match(explanation.warnings.find(({ code }) => code === 'population')?.message ?? '', /test\.csv \(not marked/);
});

test('the same request gives the same members, another seed others; `draws` overrides the number', async () => {
  const folder = tableFolder([{ files: 'train.csv', role: 'train' }], { 'train.csv': rows(400) });
  const draw = async (parameters: Readonly<Record<string, number>>) =>
    firsts((await compare(folder, record(folder, 'train.csv', 1), { inputs: [table] }, parameters)).members);
  assert.deepEqual(await draw({}), await draw({}));
  assert.notDeepEqual(await draw({}), await draw({ seed: 7 }));
  assert.equal((await draw({ draws: 37 })).length, 37);
});

test('a changed dataset is read again, an unchanged one is not', async () => {
  const folder = tableFolder([{ files: 'train.csv', role: 'train' }], { 'train.csv': rows(3) });
  const compute = comparing({ inputs: [table] });
  const services = servicesFor(folder, compute);
  const ask = (number: number) =>
    services.explain({
      address: { kind: 'record', uri: toUri(join(folder, 'test.csv')), record: number },
      model: 'm',
      method: 'comparing',
      target: { kind: 'predicted' },
      baseline: null,
      parameters: {},
    });
  writeFileSync(join(folder, 'test.csv'), rows(5));
  await ask(1);
  await ask(2);
  assert.equal(compute.requests[0]?.population, compute.requests[1]?.population, 'kept');
  writeFileSync(join(folder, 'train.csv'), rows(4, 100));
  utimesSync(join(folder, 'train.csv'), new Date(), new Date(Date.now() + 5000));
  await ask(3);
  assert.deepEqual(firsts(compute.requests[2]?.population ?? []), [100, 101, 102, 103]);
});

test('rows that cannot be read are left out and counted; when none can, the first reason is told', async () => {
  const folder = tableFolder([{ files: 'train.csv', role: 'train' }], {
    'train.csv': 'a,b\n1,2\nx,2\n3,2\n',
    'test.csv': rows(2),
  });
  const { members, explanation } = await compare(folder, record(folder, 'test.csv', 1));
  assert.deepEqual(firsts(members), [1, 3]);
  assert.match(explanation.warnings.map(({ message }) => message).join(), /2 of 3 samples.*1 could not be read/);

  const broken = tableFolder([{ files: 'train.csv', role: 'train' }], {
    'train.csv': 'a,b\nx,y\n',
    'test.csv': rows(2),
  });
  await assert.rejects(compare(broken, record(broken, 'test.csv', 1)), (error: Error) => {
    assert.ok(hasCode('no-members')(error));
    assert.match(error.message, /not a number/);
    return true;
  });
});

test('no dataset, a dataset without files, and one outside an untrusted workspace are told apart', async () => {
  const none = tableFolder([], { 'test.csv': rows(2) });
  await assert.rejects(compare(none, record(none, 'test.csv', 1)), (error: Error) => {
    assert.ok(hasCode('no-dataset')(error));
    assert.match(error.message, /"role": "train"/);
    return true;
  });
  const missing = tableFolder([{ files: 'data/train.csv', role: 'train' }], { 'test.csv': rows(2) });
  await assert.rejects(compare(missing, record(missing, 'test.csv', 1)), hasCode('dataset-not-found'));
  const empty = tableFolder([{ files: '*.jsonl', role: 'train' }], { 'test.csv': rows(2) });
  await assert.rejects(compare(empty, record(empty, 'test.csv', 1)), hasCode('dataset-not-found'));
  await assert.rejects(
    filesOf('../*', join(empty), { trusted: false, root: empty }),
    hasCode('path-outside-workspace'),
  );
});

test('pictures: gold from the folder; one class without reading the others', async () => {
  const picture = (grey: number): Buffer => {
    const png = new PNG({ width: 2, height: 2, colorType: 0 });
    png.data.fill(grey);
    for (let i = 3; i < png.data.length; i += 4) png.data[i] = 255;
    return PNG.sync.write(png);
  };
  const content: Record<string, string | Uint8Array> = {
    'm.onnx': 'not empty',
    'model-blame.json': JSON.stringify({
      models: { m: { path: 'm.onnx', labels: ['cat', 'dog'], input: { kind: 'image', colour: 'gray' } } },
      datasets: [{ files: 'data/**/*.png', labelFrom: 'folder', role: 'train' }],
    }),
  };
  for (let i = 0; i < 6; i += 1) content[`data/cat/${i}.png`] = picture(10 * i);
  for (let i = 0; i < 6; i += 1) content[`data/dog/${i}.png`] = i === 0 ? 'broken' : picture(200 + i);
  const folder = files.folder(`pictures-${count++}`, content);
  const pixels = { name: 'x', type: { dtype: 'float32' as const, shape: ['batch', 1, 2, 2] } };
  const { members } = await compare(
    folder,
    { kind: 'file', uri: toUri(join(folder, 'data/cat/0.png')) },
    { inputs: [pixels] },
    { draws: 12 },
  );
  assert.deepEqual(
    members.map(({ gold }) => gold),
    [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
    'the broken one is left out',
  );
  const second = members[1]?.feeds['x'];
  assert.equal(second?.dims.join(), '1,1,2,2');
  assert.ok(Math.abs(Number(second.data[3]) - 10 / 255) < 1e-6, 'encoded as the sample is');
});

test('texts of another file with another column are encoded by the model’s own vocabulary', async () => {
  const folder = files.folder(`text-${count++}`, {
    'm.onnx': 'not empty',
    'words.txt': '[PAD]\n[UNK]\ngood\nbad\n',
    'train.csv': 'body,stars\ngood good,pos\nbad,neg\n',
    'test.csv': 'review,label\nbad good,neg\n',
    'model-blame.json': JSON.stringify({
      models: { m: { path: 'm.onnx', labels: ['neg', 'pos'], input: { kind: 'text', vocabulary: 'words.txt' } } },
      datasets: [
        { files: 'test.csv', text: 'review', label: 'label' },
        { files: 'train.csv', text: 'body', label: 'stars', role: 'train' },
      ],
    }),
  });
  const { members } = await compare(folder, record(folder, 'test.csv', 1), {});
  assert.deepEqual(
    members.map(({ feeds, gold }) => [Array.from(feeds['input_ids']?.data as BigInt64Array, Number), gold]),
    [
      [[2, 2], 1],
      [[3], 0],
    ],
  );
});

test('one class: every member has it, drawn over the whole dataset', async () => {
  const labelled = Array.from({ length: 200 }, (_, i) => (i % 10 === 3 ? 'rare' : 'usual'));
  const source = {
    name: 'd',
    role: null,
    total: 200,
    fingerprint: '',
    address: (position: number): SampleAddress => ({ kind: 'record', uri: 'file:///d.csv', record: position + 1 }),
    read: (position: number) =>
      Promise.resolve({
        kind: 'record' as const,
        ref: { address: { kind: 'text' as const, text: '' }, title: `${position}`, contentHash: '' },
        fields: [],
      }),
    label: (sample: { readonly ref: { readonly title: string } }) => labelled[Number(sample.ref.title)] ?? null,
    labelAt: () => undefined,
    encoder: {
      kind: 'tensor' as const,
      key: '',
      baselines: [],
      baseline: () => Promise.reject(new Error('not used')),
      encode: () =>
        Promise.resolve({
          feeds: {},
          features: { kind: 'elements' as const, inputs: [] },
          count: 0,
          featureOf: {},
          fixed: new Set<number>(),
        }),
    },
  };
  const tally = { drawn: 0, skipped: 0, reason: null };
  const positions: number[] = [];
  for await (const { position, member } of draw(source, ['usual', 'rare'], { count: 15, seed: 1, class: 1 }, tally)) {
    assert.equal(member.gold, 1);
    positions.push(position);
  }
  assert.equal(positions.length, 15);
  assert.equal(new Set(positions).size, 15, 'no sample twice');
  assert.ok(Math.max(...positions) > 150 && Math.min(...positions) < 50);
});

test('spread: as many as there are, ascending, never beyond the end', () => {
  assert.deepEqual([...spread(3, 5, uniform(0))], [0, 1, 2]);
  for (const [total, wanted] of [
    [10, 3],
    [1000, 7],
    [7, 6],
  ] as const) {
    const positions = [...spread(total, wanted, uniform(3))];
    assert.equal(new Set(positions).size, wanted);
    assert.ok(positions.every((position) => position >= 0 && position < total));
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
    );
  }
});
