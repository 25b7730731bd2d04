/** Labels of pictures in a file: found by the picture's path, watched, and said where they do not fit. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { toUri } from '../../../server/workspace/uris';
import { fakeCompute, hasCode, scratch, servicesFor } from './fakes';
import type { SurveySummary } from '../../../server/protocol';
import type { ServerServices } from '../../../server/services';

const files = scratch();
after(files.remove);

/** Pictures of 2 × 2: the model says `bright` of white ones, `dark` of black ones. */
function picture(value: number): Uint8Array {
  const png = new PNG({ width: 2, height: 2 });
  png.data.fill(value);
  for (let at = 3; at < 16; at += 4) png.data[at] = 255;
  return PNG.sync.write(png);
}
const [black, white] = [picture(0), picture(255)];
const input = { name: 'pixels', type: { dtype: 'float32' as const, shape: ['batch', 1, 2, 2] } };

let count = 0;
interface World {
  readonly folder: string;
  readonly services: ServerServices;
  readonly summary: () => Promise<SurveySummary>;
  readonly problems: () => Promise<readonly { readonly code: string; readonly message: string; readonly at: string }[]>;
}
function world(
  content: Readonly<Record<string, string | Uint8Array>>,
  labelFrom: object,
  more: object = {},
  labels = ['dark', 'bright'],
): World {
  const model = { path: 'm.onnx', labels, input: { kind: 'image', colour: 'gray' } };
  const text = JSON.stringify({
    models: { m: model },
    datasets: [{ files: 'pictures/**/*.png', model: 'm', labelFrom, ...more }],
  });
  const folder = files.folder(`labels-${(count += 1)}`, { 'm.onnx': 'x', 'model-blame.json': text, ...content });
  const services = servicesFor(folder, fakeCompute({ inputs: [input] }));
  return {
    folder,
    services,
    async summary() {
      const { survey } = await services.surveys.ended(await services.surveys.start({ uris: [], model: null }));
      return services.surveys.summary({ survey });
    },
    async problems() {
      const found = await services.problems(toUri(join(folder, 'model-blame.json')), text);
      return found.map(({ code, message, range }) => ({
        code,
        message,
        at: text.slice(range.start.character, range.end.character),
      }));
    },
  };
}
const four = {
  'pictures/a.png': black,
  'pictures/b.png': white,
  'pictures/sub/c.png': white,
  'pictures/sub/d.png': black,
};

test('CSV, TSV, JSON and JSON lines; file names, paths, names without extension; guessed and named columns', async () => {
  const given: readonly (readonly [string, string, object])[] = [
    ['labels.csv', 'file,label\na.png,dark\nb.png,bright\nc.png,dark\nd.png,dark\n', {}],
    ['labels.csv', 'image_id,breed\na,dark\nb,bright\nc,dark\nd,dark\n', { path: 'image_id', label: 'breed' }],
    ['labels.csv', 'Id,filename,class\n1,a,dark\n2,b,bright\n3,sub/c,dark\n4,./sub/d.png,dark\n', {}],
    ['labels.csv', '\ufeffpath;label\r\npictures\\a.png;Dark\r\npictures\\b.png; bright \r\nc;DARK\r\nd;dark\r\n', {}],
    ['labels.tsv', 'path\tlabel\na\tdark\nb\tbright\nsub/c\tdark\nsub/d\tdark\n', {}],
    [
      'val.txt',
      'a.png 0\nb.png 1\nc.png 0\nd.png 0\n',
      { delimiter: ' ', header: false, path: 'column 1', label: 'column 2' },
    ],
    [
      'labels.json',
      JSON.stringify(['a', 'b', 'c', 'd'].map((file) => ({ file, label: file === 'b' ? 'bright' : 'dark' }))),
      {},
    ],
    [
      'labels.jsonl',
      ['a', 'b', 'c', 'd'].map((id) => `{"image_id":"${id}","label":${id === 'b' ? 1 : 0}}`).join('\n'),
      {},
    ],
    ['labels.csv', 'image_id,bright,dark\na,0,1\nb,1,0\nc,0.0,1.0\nd,0,1\n', {}],
    ['labels.csv', 'image_id,bright,dark\na,0,1\nb,1,0\nc,0,1\nd,0,1\n', { label: ['dark', 'bright'] }],
  ];
  for (const [file, text, more] of given) {
    const { summary, problems } = world({ ...four, [file]: text }, { file, ...more });
    const { accuracy, labelled, confusion } = await summary();
    assert.deepEqual([labelled, accuracy.value, confusion], [4, 3 / 4, [2, 1, 0, 1]], `${file}: ${text}`);
    assert.deepEqual(await problems(), [], text);
  }
});

test('the longest name that fits wins; a name with an extension wins over one without', async () => {
  const text = 'file,label\nc.png,dark\nsub/c,bright\nd,bright\nd.png,dark\na,dark\nb,bright\n';
  const { summary } = world({ ...four, 'labels.csv': text }, { file: 'labels.csv' });
  assert.equal((await summary()).accuracy.value, 1);
});

test('one picture: its label, the file it was read from, another one after the file was changed', async () => {
  const { services, folder } = world(
    { ...four, 'labels.csv': 'file,label\na.png,bright\nb.png,eggs\n' },
    { file: 'labels.csv' },
  );
  const of = (name: string) =>
    services.predict({ address: { kind: 'file', uri: toUri(join(folder, 'pictures', name)) }, model: null });
  assert.deepEqual((await of('a.png')).gold, { label: 'bright', class: 1 });
  const { goldSource } = await of('a.png');
  assert.deepEqual(
    [goldSource?.uri, goldSource?.range.start],
    [toUri(join(folder, 'labels.csv')), { line: 1, character: 6 }],
  );
  const strange = await of('b.png');
  assert.deepEqual(strange.gold, { label: 'eggs', class: null });
  assert.equal((await of('sub/c.png')).gold, null);
  const uri = toUri(join(folder, 'labels.csv'));
  assert.equal(services.uses(uri), true, 'a change of the labels makes the panel ask again');
  writeFileSync(join(folder, 'labels.csv'), 'file,label\na.png,dark\n');
  utimesSync(join(folder, 'labels.csv'), 1, 1);
  assert.deepEqual((await of('a.png')).gold, { label: 'dark', class: 0 });
  services.document(uri, 'file,label\na.png,bright\n', 3);
  assert.deepEqual((await of('a.png')).gold, { label: 'bright', class: 1 }, 'as it stands in the editor');
});

test('a survey is stale after its labels were changed, and not for another reason', async () => {
  const { services, folder } = world({ ...four, 'labels.csv': 'file,label\na.png,dark\n' }, { file: 'labels.csv' });
  const { survey } = await services.surveys.ended(await services.surveys.start({ uris: [], model: null }));
  await services.surveys.refresh();
  assert.equal(services.surveys.state({ survey }).stale, null);
  writeFileSync(join(folder, 'labels.csv'), 'file,label\na.png,bright\n');
  utimesSync(join(folder, 'labels.csv'), 1, 1);
  await services.surveys.refresh();
  assert.equal(services.surveys.state({ survey }).stale, 'data');
  const again = await services.surveys.ended(await services.surveys.start({ uris: [], model: null }));
  assert.deepEqual([again.wrong, again.stale], [1, null]);
});

test('what does not fit is said with counts, and does not count', async () => {
  const text = 'file,label\na.png,dark\na.png,bright\nb.png,bright\nb.png,bright\nc.png,\nz.png,dark\ny.png,dark\n';
  const made = world({ ...four, 'labels.csv': text }, { file: 'labels.csv' });
  assert.deepEqual(await made.problems(), [
    {
      code: 'labels-differ',
      message:
        'labels.csv: 1 of 5 names stand there with different labels, which count for nothing (a.png); 1 of 4 pictures have no line (d.png); 2 of 5 names are no picture of this dataset (z.png, y.png).',
      at: '"labels.csv"',
    },
  ]);
  const { labelled, unlabelledBecause } = await made.summary();
  assert.equal(labelled, 1);
  assert.equal(
    unlabelledBecause,
    'once the labels file has no line for the picture; once the labels file names the picture twice, with different labels; once the label is empty',
  );
  const same = { 'pictures/x/1.png': black, 'pictures/y/1.png': white, 'labels.csv': 'file,label\n1.png,dark\n' };
  const [problem] = await world(same, { file: 'labels.csv' }).problems();
  assert.match(problem?.message ?? '', /1 of 1 names mean more than one picture/);
});

test('a labels file that cannot be used is an error at its place, for the editor and for every request', async () => {
  const csv = { ...four, 'labels.csv': 'name_of_it,what,else\na,b,c\n' };
  const cases: readonly (readonly [object, string, string])[] = [
    [{ file: 'lables.csv' }, 'file-not-found', '"lables.csv"'],
    [{ file: 'labels.csv', path: 'name', label: 'what' }, 'column-missing', '"name"'],
    [{ file: 'labels.csv', path: 'what', label: 'wat' }, 'column-missing', '"wat"'],
    [{ file: 'labels.csv' }, 'label-column-unclear', '"labels.csv"'],
  ];
  for (const [from, code, at] of cases) {
    const { problems, summary, services, folder } = world(csv, from);
    const found = await problems();
    assert.deepEqual(
      found.map((one) => [one.code, one.at]),
      [[code, at]],
    );
    await assert.rejects(summary(), hasCode(code));
    const address = { kind: 'file' as const, uri: toUri(join(folder, 'pictures/a.png')) };
    await assert.rejects(services.predict({ address, model: null }), (error) => {
      assert.ok(hasCode(code)(error));
      return (error as { readonly where?: string }).where === 'model-blame.json:1';
    });
  }
  const [lines] = await world({ ...four, 'val.txt': 'a.png 0\n' }, { file: 'val.txt' }).problems();
  assert.match(lines?.message ?? '', /val\.txt has one column only/);
  const [nothing] = await world({ ...four, 'labels.csv': '' }, { file: 'labels.csv' }).problems();
  assert.match(nothing?.message ?? '', /labels\.csv has no columns/);
  const outside = world(csv, { file: '../outside.csv' });
  writeFileSync(join(outside.folder, '../outside.csv'), 'file,label\na,dark\n');
  const careful = servicesFor(outside.folder, fakeCompute({ inputs: [input] }), { trusted: false });
  const text = readFileSync(join(outside.folder, 'model-blame.json'), 'utf8');
  const [problem] = await careful.problems(toUri(join(outside.folder, 'model-blame.json')), text);
  assert.equal(problem?.code, 'path-outside-workspace');
});

test('a label is given in the labels file itself, or as a line of another one', async () => {
  const text = 'file,label,by\na.png,dark,"me, myself"\nc.png,dark,\nc.png,bright,\n';
  const { services, folder } = world({ ...four, 'labels.csv': text }, { file: 'labels.csv' });
  const give = (name: string, to: string | null = null) =>
    services.surveys.label({
      address: { kind: 'file', uri: toUri(join(folder, 'pictures', name)) },
      model: null,
      label: 'bright',
      to,
    });
  const range = { start: { line: 1, character: 6 }, end: { line: 1, character: 10 } };
  const uri = toUri(join(folder, 'labels.csv'));
  assert.deepEqual(await give('a.png'), { kind: 'edit', uri, range, newText: 'bright' });
  const to = join(folder, 'more.csv');
  assert.deepEqual(await give('a.png', to), { kind: 'appended', path: to, record: 1 });
  assert.equal(readFileSync(to, 'utf8'), 'file,label,by\na.png,bright,"me, myself"\n');
  await assert.rejects(give('b.png'), hasCode('no-label-line'));
  await assert.rejects(give('sub/c.png'), hasCode('no-label-line'));
});

test('setting up: a file beside the pictures, or above them, that has their labels', async () => {
  const text = 'image_id,breed\na,dark\nb,bright\nc,dark\nd,dark\n';
  const content = {
    'n.onnx': 'x',
    'n.labels.txt': 'dark\nbright\n',
    'pictures/about.csv': 'id,when\na,monday\nb,tuesday\n',
    ...four,
  };
  const suggested = async (more: Readonly<Record<string, string>>, name: string): Promise<unknown> => {
    const folder = files.folder(`setup-${(count += 1)}`, { ...content, ...more });
    const services = servicesFor(folder, fakeCompute({ inputs: [input] }));
    const address = { kind: 'file' as const, uri: toUri(join(folder, 'pictures', name)) };
    const { file } = await services.suggest({ address, modelPath: join(folder, 'n.onnx') });
    return (JSON.parse(file?.content ?? '') as { readonly datasets: readonly unknown[] }).datasets[0];
  };
  const labelFrom = { file: 'labels.csv', path: 'image_id', label: 'breed' };
  assert.deepEqual(await suggested({ 'labels.csv': text }, 'sub/c.png'), {
    files: 'pictures/sub/*.png',
    labelFrom,
    model: 'n',
  });
  assert.deepEqual(await suggested({ 'pictures/train.csv': 'file,bright,dark\na,0,1\nb,1,0\n' }, 'a.png'), {
    files: 'pictures/*.png',
    labelFrom: { file: 'pictures/train.csv', path: 'file', label: ['dark', 'bright'] },
    model: 'n',
  });
  // Labels of other pictures, or that are no classes, are none.
  const others = { 'labels.csv': 'file,label\nz.png,dark\ny.png,dark\n', 'l2.csv': 'file,label\na,cat\nb,dog\n' };
  assert.deepEqual(await suggested(others, 'a.png'), { files: 'pictures/*.png', model: 'n' });
});
