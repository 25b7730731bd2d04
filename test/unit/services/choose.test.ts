import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { toUri } from '../../../server/workspace/uris';
import { fakeCompute, hasCode, scratch, servicesFor } from './fakes';
import type { SampleAddress } from '../../../server/protocol';

const files = scratch();
after(files.remove);

const words = '[PAD]\n[UNK]\ngood\nfilm\n';
const row = (folder: string, file = 'f.csv', line = 2): SampleAddress => ({
  kind: 'line',
  uri: toUri(join(folder, file)),
  line,
});
const csv = 'review,label\na good film,1\nbad one,0\n';

test('no workspace file, one export folder: its labels, its words, and a note on guessed columns', async () => {
  const folder = files.folder('single', {
    'm/model.onnx': 'x',
    'm/vocab.txt': words,
    'm/config.json': '{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}',
    'f.csv': csv,
  });
  const services = servicesFor(folder, fakeCompute());
  const { models } = await services.models();
  assert.deepEqual(
    models.map(({ name, origin, inputKind, problem }) => ({ name, origin, inputKind, problem })),
    [{ name: 'm/model.onnx', origin: 'export-folder', inputKind: 'text', problem: null }],
  );
  const result = await services.explain({
    address: row(folder),
    model: null,
    method: 'gradient',
    target: { kind: 'predicted' },
    baseline: null,
    parameters: {},
  });
  assert.equal(result.model.name, 'm');
  assert.deepEqual(result.model.labels, ['LABEL_0', 'LABEL_1']);
  assert.equal(result.model.labelsArePlaceholders, true);
  assert.deepEqual(result.gold, { label: '1', class: 1 });
  assert.deepEqual(
    result.warnings.map(({ code }) => code),
    ['placeholder-labels', 'guessed-column', 'from-compute'],
  );
});

test('two models that fit: ask', async () => {
  const folder = files.folder('two', {
    'a.onnx': 'x',
    'b.onnx': 'x',
    'vocab.txt': words,
    'f.csv': csv,
    'pictures/preprocessor_config.json': '{}',
    'pictures/model.onnx': 'x',
  });
  const services = servicesFor(folder, fakeCompute());
  await assert.rejects(services.predict({ address: row(folder), model: null }), (error) => {
    hasCode('model-ambiguous')(error);
    assert.match(String(error), /a\.onnx, b\.onnx/);
    assert.doesNotMatch(String(error), /pictures/);
    return true;
  });
  const { models } = await services.resolve({ address: row(folder) });
  assert.deepEqual(
    models.map(({ name }) => name),
    ['a.onnx', 'b.onnx'],
  );
  assert.equal((await services.predict({ address: row(folder), model: 'b.onnx' })).model.name, 'b');
  assert.equal((await services.predict({ address: row(folder), model: join(folder, 'a.onnx') })).model.name, 'a');
});

test('the workspace file decides; a model it does not know is named with those it does', async () => {
  const folder = files.folder('named', {
    'a.onnx': 'x',
    'b.onnx': 'x',
    'vocab.txt': words,
    'f.csv': csv,
    'g.csv': csv,
    'model-blame.json':
      '{"models": {"A": {"path": "a.onnx"}, "B": {"path": "b.onnx"}}, "datasets": [{"files": "f.csv", "model": "B"}]}',
  });
  const services = servicesFor(folder, fakeCompute());
  assert.equal((await services.predict({ address: row(folder), model: null })).model.name, 'B');
  assert.equal((await services.predict({ address: row(folder), model: 'A' })).model.name, 'A');
  assert.equal((await services.predict({ address: row(folder), model: join(folder, 'a.onnx') })).model.name, 'A');
  assert.deepEqual(
    (await services.resolve({ address: row(folder) })).models.map(({ name }) => name),
    ['B'],
  );
  assert.deepEqual(
    (await services.resolve({ address: row(folder, 'g.csv') })).models.map(({ name }) => name),
    ['A', 'B'],
  );
  await assert.rejects(services.predict({ address: row(folder), model: 'C' }), (error) => {
    hasCode('model-not-found')(error);
    assert.match(String(error), /Known: A, B/);
    return true;
  });
  await assert.rejects(services.predict({ address: row(folder), model: 'constructor' }), hasCode('model-not-found'));
});

test('the model of an export folder goes by the folder’s entry; another file in it is a model of its own', async () => {
  const folder = files.folder('export', {
    'm/model.onnx': 'x',
    'm/other.onnx': 'x',
    'm/vocab.txt': words,
    'n/onnx/model.onnx': 'x',
    'n/config.json': '{}',
    'n/vocab.txt': words,
    'vocab.txt': words,
    'f.csv': csv,
    'model-blame.json': '{"models": {"M": {"path": "m"}, "N": {"path": "n"}}}',
  });
  const services = servicesFor(folder, fakeCompute());
  const nameOf = async (path: string) =>
    (await services.predict({ address: row(folder), model: join(folder, path) })).model.name;
  assert.equal(await nameOf('m'), 'M');
  assert.equal(await nameOf('m/model.onnx'), 'M');
  assert.equal(await nameOf('m/other.onnx'), 'other');
  assert.equal(await nameOf('n/onnx/model.onnx'), 'N');
});

test('a missing model file is marked in the workspace file', async () => {
  const folder = files.folder('missing', {
    'f.csv': csv,
    'model-blame.json': '{"models": {"A": {"path": "gone.onnx"}}}',
  });
  const services = servicesFor(folder, fakeCompute());
  await assert.rejects(services.predict({ address: row(folder), model: null }), (error) => {
    hasCode('model-not-found')(error);
    const { range } = error as { range?: { start: { character: number } } };
    assert.equal(range?.start.character, '{"models": {"A": {"path": '.length);
    return true;
  });
  const { models } = await services.models();
  assert.match(models[0]?.problem ?? '', /gone\.onnx/);
});

test('models that are not ONNX say how to export them', async () => {
  const folder = files.folder('torch', { 'f.csv': csv, 'model.safetensors': 'x', 'lfs.csv': csv });
  const services = servicesFor(folder, fakeCompute());
  await assert.rejects(services.predict({ address: row(folder), model: null }), hasCode('model-format'));
  const empty = files.folder('empty', { 'f.csv': csv });
  await assert.rejects(
    servicesFor(empty, fakeCompute()).predict({ address: row(empty), model: null }),
    hasCode('no-model'),
  );
  const lfs = files.folder('lfs', {
    'f.csv': csv,
    'm.onnx': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n',
  });
  await assert.rejects(
    servicesFor(lfs, fakeCompute()).predict({ address: row(lfs), model: null }),
    hasCode('model-lfs-pointer'),
  );
});

test('token ids without a tokenizer, and text columns nobody can tell', async () => {
  const bare = files.folder('bare', { 'f.csv': csv, 'm.onnx': 'x' });
  await assert.rejects(
    servicesFor(bare, fakeCompute()).predict({ address: row(bare), model: null }),
    hasCode('no-tokenizer'),
  );
  const numbers = files.folder('numbers', { 'f.csv': 'a,b\n1,2\n3,4\n', 'm.onnx': 'x', 'vocab.txt': words });
  await assert.rejects(
    servicesFor(numbers, fakeCompute()).predict({ address: row(numbers), model: null }),
    hasCode('text-column-unclear'),
  );
});

test('an untrusted workspace is not led out of its folder', async () => {
  const outside = files.folder('outside', { 'm.onnx': 'x', 'vocab.txt': words });
  const untrusted = (name: string, path: string, input?: object) => {
    const folder = files.folder(name, {
      'f.csv': csv,
      'own.onnx': 'x',
      'vocab.txt': words,
      'model-blame.json': JSON.stringify({ models: { A: { path, ...(input === undefined ? {} : { input }) } } }),
    });
    return folder;
  };
  const predict = (folder: string, trusted: boolean, model: string | null = null) =>
    servicesFor(folder, fakeCompute(), { trusted }).predict({ address: row(folder), model });
  for (const [index, path] of ['../outside/m.onnx', join(outside, 'm.onnx')].entries()) {
    const folder = untrusted(`untrusted-${index}`, path);
    await assert.rejects(predict(folder, false), hasCode('path-outside-workspace'));
    assert.equal((await predict(folder, true)).model.name, 'A');
  }
  const linked = untrusted('untrusted-link', 'link.onnx');
  symlinkSync(join(outside, 'm.onnx'), join(linked, 'link.onnx'));
  await assert.rejects(predict(linked, false), hasCode('path-outside-workspace'));
  const words2 = untrusted('untrusted-words', 'own.onnx', { kind: 'text', vocabulary: '../outside/vocab.txt' });
  await assert.rejects(predict(words2, false), hasCode('path-outside-workspace'));
  assert.equal((await predict(words2, true)).model.name, 'A');
  await assert.rejects(predict(words2, false, join(outside, 'm.onnx')), hasCode('path-outside-workspace'));
  const own = untrusted('untrusted-own', 'own.onnx');
  assert.equal((await predict(own, false)).model.name, 'A');
});

test('suggest: candidates, columns, guess, and a file that works', async () => {
  const folder = files.folder('suggest', {
    'models/film/onnx/model.onnx': 'x',
    'models/film/onnx/model_quantized.onnx': 'x',
    'models/film/config.json': '{"id2label": {"0": "neg", "1": "pos"}}',
    'models/film/vocab.txt': words,
    'other/deep/x.onnx': 'x',
    'data/f.csv': 'number,review,label\n1,a good film,pos\n2,bad one,neg\n',
    'pics/pos/1.png': 'x',
  });
  const compute = fakeCompute();
  const services = servicesFor(folder, compute);
  const address = row(folder, 'data/f.csv');
  const open = await services.suggest({ address, modelPath: null });
  assert.deepEqual(open.candidates.map((path) => path.slice(folder.length + 1)).sort(), [
    'models/film/onnx/model.onnx',
    'other/deep/x.onnx',
  ]);
  assert.deepEqual(open.columns, ['number', 'review', 'label']);
  assert.deepEqual(open.guess, { text: 'review', label: 'label' });
  assert.equal(open.file, null);
  const chosen = await services.suggest({ address, modelPath: join(folder, 'models/film/onnx/model.onnx') });
  assert.equal(chosen.file?.uri, toUri(join(folder, 'model-blame.json')));
  assert.deepEqual(JSON.parse(chosen.file.content), {
    models: { film: { path: 'models/film' } },
    datasets: [{ files: 'data/f.csv', text: 'review', label: 'label', model: 'film' }],
  });
  services.document(chosen.file.uri, chosen.file.content, 1);
  const result = await services.predict({ address, model: null });
  assert.deepEqual(result.model.labels, ['neg', 'pos']);
  assert.deepEqual(result.gold, { label: 'pos', class: 1 });
  const picture = await services.suggest({
    address: { kind: 'file', uri: toUri(join(folder, 'pics/pos/1.png')) },
    modelPath: join(folder, 'models/film/onnx/model.onnx'),
  });
  assert.match(picture.file?.content ?? '', /"pics\/\*\/\*\.png"/);
  await assert.rejects(services.suggest({ address, modelPath: join(folder, 'gone.onnx') }), hasCode('model-not-found'));
});

test('one number a sample may be a quantity: said while nobody has named the classes', async () => {
  const warned = async (labels?: readonly string[]): Promise<boolean> => {
    const compute = fakeCompute();
    const load = compute.load.bind(compute);
    const single = { single: true, activation: 'none' } as const;
    Object.assign(compute, {
      load: async (...given: Parameters<typeof load>) => {
        const summary = await load(...given);
        return { ...summary, output: { ...summary.output, ...single } };
      },
    });
    const model = { path: 'model.onnx', input: { kind: 'text', vocabulary: 'vocab.txt' }, labels };
    const workspace = { models: { m: model }, datasets: [{ files: '*.csv', model: 'm', text: 'review' }] };
    const content = { 'model.onnx': 'x', 'vocab.txt': words, 'f.csv': csv };
    const folder = files.folder(`number-${labels?.length ?? 0}`, {
      ...content,
      'model-blame.json': JSON.stringify(workspace),
    });
    const request = { model: null, method: 'gradient', target: { kind: 'predicted' }, baseline: null } as const;
    const { warnings } = await servicesFor(folder, compute).explain({
      ...request,
      address: row(folder),
      parameters: {},
    });
    return warnings.some(
      ({ code, message }) => code === 'one-number' && message.includes('“class 1” against “class 0”'),
    );
  };
  assert.equal(await warned(), true);
  assert.equal(await warned(['bad', 'good']), false);
});
