/** Gold labels as tables have them: one column, one column a class, lists in a cell, odd spellings. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toUri } from '../../../server/workspace/uris';
import { fakeCompute, hasCode, scratch, servicesFor } from './fakes';
import type { Prediction, SurveySummary } from '../../../server/protocol';
import type { ServerServices } from '../../../server/services';

const files = scratch();
after(files.remove);

const input = { name: 'x', type: { dtype: 'float32' as const, shape: ['batch', 1] } };
let count = 0;

interface World {
  readonly folder: string;
  readonly services: ServerServices;
  readonly summary: () => Promise<SurveySummary>;
  readonly row: (record: number) => Promise<Prediction>;
  /** Codes of the warnings that an explanation has. */
  readonly warned: (record: number) => Promise<readonly string[]>;
  readonly check: () => ReturnType<ServerServices['check']>;
}
/** The model says the last class of rows with a positive `a`, the first one of others. */
function world(csv: string, labels: readonly string[], dataset: object = {}, file = 'data.csv'): World {
  const model = {
    path: 'm.onnx',
    labels,
    input: { kind: 'table', columns: [{ name: 'a', type: 'number', typical: 0 }] },
  };
  const folder = files.folder(`gold-${(count += 1)}`, {
    'm.onnx': 'x',
    [file]: csv,
    'model-blame.json': JSON.stringify({
      models: { m: model },
      datasets: [{ files: file, model: 'm', ...dataset }],
      checks: [{ name: 'c', kind: 'accuracy', dataset: file, atLeast: 0 }],
    }),
  });
  const services = servicesFor(folder, fakeCompute({ inputs: [input], classes: labels.length }));
  const uri = toUri(join(folder, file));
  return {
    folder,
    services,
    async summary() {
      const { survey } = await services.surveys.ended(await services.surveys.start({ uris: [uri], model: null }));
      return services.surveys.summary({ survey });
    },
    row: (record) => services.predict({ address: { kind: 'record', uri, record }, model: null }),
    async warned(record) {
      const address = { kind: 'record', uri, record } as const;
      const wish = {
        model: null,
        method: 'gradient',
        parameters: {},
        target: { kind: 'predicted' },
        baseline: null,
      } as const;
      const { warnings } = await services.explain({ address, ...wish });
      return warnings.map(({ code }) => code).filter((code) => code !== 'from-compute');
    },
    check: () => services.check({ uri: toUri(join(folder, 'model-blame.json')), name: 'c' }),
  };
}

test('one column of 0 and 1 a class: the marked class; several marks, none and other marks do not count', async () => {
  const csv = 'a,calm,toxic,insult\n1,0,0,1\n1,1,0,0\n-1,1,0,0\n-1,0.0,True,\n1,0,1,1\n1,0,0,0\n1,-1,-1,-1\n';
  for (const dataset of [{}, { label: ['calm', 'toxic', 'insult'] }]) {
    const { summary, row, check, warned, services, folder } = world(csv, ['calm', 'toxic', 'insult'], dataset);
    const { confusion, accuracy, labelled, unlabelledBecause } = await summary();
    assert.deepEqual(confusion, [1, 0, 1, 1, 0, 0, 0, 0, 1]);
    assert.deepEqual([labelled, accuracy.value], [4, 1 / 2]);
    assert.equal(
      unlabelledBecause,
      'once the label is empty; once the sample has several labels, and a survey compares the most likely class with one; “calm: -1” is no class of the model, which has calm, toxic, insult',
    );
    const several = await row(5);
    assert.deepEqual(several.gold, { label: '["toxic","insult"]', class: null });
    assert.deepEqual(several.goldSource?.range.start, { line: 5, character: 4 }, 'the first mark');
    assert.deepEqual(await warned(5), ['several-gold']);
    const address = { kind: 'record', uri: toUri(join(folder, 'data.csv')), record: 5 } as const;
    const whole = { model: null, method: null, parameters: {}, replacement: null, baseline: null, remove: 1 } as const;
    const blamed = services.blame({ address, ...whole });
    await assert.rejects(blamed, hasCode('several-gold'));
    const { measured, message } = await check();
    assert.deepEqual([measured?.value, measured?.count], [1 / 2, 4]);
    assert.match(message, /1 sample without a label, 1 sample with several labels and 1 sample whose label/);
  }
});

test('columns named after the classes that hold something else are no marks', async () => {
  const { row } = world('a,calm,toxic,label\n1,2,7,toxic\n', ['calm', 'toxic']);
  assert.deepEqual((await row(1)).gold, { label: 'toxic', class: 1 });
});

test('some columns named after classes: none of them is taken for the label', async () => {
  const rows = Array.from({ length: 8 }, (_, i) => `1,${i % 2},${(i + 1) % 2}`);
  const { summary } = world(`a,toxic,insult\n${rows.join('\n')}\n`, ['calm', 'toxic', 'insult']);
  assert.equal((await summary()).labelled, 0);
  // One is: the column of a yes or no.
  const one = world(`a,text,spam\n${rows.join('\n')}\n`, ['ham', 'spam']);
  assert.equal((await one.summary()).labelled, 8);
});

test('a column of marks that is not there is an error of the row’s survey, not a label', async () => {
  const { summary } = world('a,calm\n1,1\n', ['calm', 'toxic'], { label: ['calm', 'toxic'] });
  assert.equal((await summary()).unlabelledBecause, 'there is no column “toxic”');
});

test('lists in a cell: of one class that class, of several none', async () => {
  const cells = [
    'toxic',
    'toxic|insult',
    '["insult"]',
    '"[""toxic"", ""calm""]"',
    "['toxic']",
    '[]',
    'insult|Insult',
    'x|calm',
  ];
  const { row } = world(`a,label\n${cells.map((cell) => `1,${cell}`).join('\n')}\n`, ['calm', 'toxic', 'insult']);
  const classes = await Promise.all(cells.map(async (_, at) => (await row(at + 1)).gold?.class));
  assert.deepEqual(classes, [1, null, 2, null, 1, null, 2, null]);
  const json = world(
    '{"a": 1, "label": ["toxic"]}\n{"a": 1, "label": ["toxic", "calm"]}\n{"a": 1, "label": null}\n',
    ['calm', 'toxic'],
    {},
    'data.jsonl',
  );
  assert.deepEqual((await json.row(1)).gold?.class, 1);
  assert.deepEqual((await json.row(2)).gold?.class, null);
  assert.equal((await json.row(3)).gold, null, 'null is no label');
  // A class that is called so is no list.
  assert.deepEqual((await world('a,label\n1,a|b\n', ['a', 'a|b']).row(1)).gold, { label: 'a|b', class: 1 });
});

test('odd spellings: space, case, quotes, letters beyond ASCII, a mark and carriage returns', async () => {
  const labels = ['ham & "eggs"', 'Größe', 'spam, lots', 'constructor', '__proto__'];
  const csv = `\ufeffa,label\r\n1, ham & "eggs" \r\n1,grösse\r\n1,GRÖSSE\r\n1,größe\r\n1,"spam, lots"\r\n1,constructor\r\n1,__proto__\r\n1,toString\r\n`;
  const { row, summary } = world(csv, labels, { label: 'label' });
  const classes = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async (at) => (await row(at)).gold?.class));
  assert.deepEqual(classes, [0, null, null, 1, 2, 3, 4, null]);
  assert.equal((await summary()).labelled, 5);
  const column = world('a,__proto__\n1,yes\n', ['no', 'yes'], { label: '__proto__' });
  assert.deepEqual((await column.row(1)).gold, { label: 'yes', class: 1 });
  const uris = [toUri(join(column.folder, 'data.csv'))];
  const { survey } = await column.services.surveys.ended(await column.services.surveys.start({ uris, model: null }));
  const { bytes } = await column.services.surveys.exported({ survey, kind: 'rows', format: 'csv' });
  assert.equal(Buffer.from(bytes).toString(), 'a,__proto__\n1,yes\n');
});

test('numbers: 0 and 0.0 are the class named so, or the class of that index', async () => {
  const csv = 'a,label\n1,0\n1,1.0\n1,\n1,0.5\n1,2\n';
  for (const labels of [
    ['0', '1'],
    ['no', 'yes'],
  ]) {
    const { row } = world(csv, labels);
    const classes = await Promise.all([1, 2, 3, 4, 5].map(async (at) => (await row(at)).gold?.class));
    assert.deepEqual(classes, [0, 1, undefined, null, null], labels.join());
  }
  assert.deepEqual((await world(csv, ['1', '0']).row(1)).gold?.class, 1, 'a name before an index');
});

test('two classes of one name, or of two cases: nobody knows which is meant, so nothing counts', async () => {
  const twice = world('a,label\n1,same\n1,other\n', ['same', 'same', 'other']);
  const shared = await twice.row(1);
  assert.deepEqual([shared.gold?.class, await twice.warned(1)], [null, ['shared-gold']]);
  const { labelled, unlabelledBecause } = await twice.summary();
  assert.deepEqual([labelled, unlabelledBecause], [1, '“same” is the name of more than one class']);
  const cases = world('a,label\n1,us\n1,US\n1,Us\n', ['us', 'US']);
  const classes = await Promise.all([1, 2, 3].map(async (at) => (await cases.row(at)).gold?.class));
  assert.deepEqual(classes, [0, 1, null]);
});

test('a label given to a row of marks: its own column, in another file; in place by hand', async () => {
  const { services, folder } = world('a,calm,toxic,note\n1,1,0,"x, y"\n', ['calm', 'toxic']);
  const address = { kind: 'record' as const, uri: toUri(join(folder, 'data.csv')), record: 1 };
  await assert.rejects(services.surveys.label({ address, model: null, label: 'toxic' }), hasCode('no-label-column'));
  const to = join(folder, 'more.csv');
  await services.surveys.label({ address, model: null, label: 'toxic', to });
  assert.equal(readFileSync(to, 'utf8'), 'a,calm,toxic,note\n1,0,1,"x, y"\n');
});
