import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../server/errors';
import { diagnose } from '../../../server/workspace/diagnose';
import { discoverModels, nearestFirst } from '../../../server/workspace/discover';
import { modelFiles } from '../../../server/workspace/exportFolder';
import { modelFacts } from '../../../server/workspace/facts';
import { datasetOf, nearestWorkspace } from '../../../server/workspace/locate';
import { checkModelFile } from '../../../server/workspace/modelFile';
import { followPath } from '../../../server/workspace/paths';
import { toUri } from '../../../server/workspace/uris';

const root = mkdtempSync(join(tmpdir(), 'model-blame-workspace-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Writes files below a new folder; returns the folder. */
function folder(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), content);
  }
  return path;
}

const read = (path: string): Promise<string | null> => {
  try {
    return Promise.resolve(readFileSync(path, 'utf8'));
  } catch {
    return Promise.resolve(null);
  }
};

const hasCode = (code: string) => (error: unknown) => error instanceof UserError && error.code === code;

test('an Optimum export: the plain model, its variants named, companions one folder up', () => {
  const path = folder('optimum', {
    'onnx/model.onnx': 'x',
    'onnx/model_quantized.onnx': 'x',
    'onnx/model_fp16.onnx': 'x',
    'tokenizer.json': '{}',
    'config.json': '{"id2label": {"1": "LABEL_1", "0": "LABEL_0"}}',
  });
  const files = modelFiles(path);
  assert.equal(files.model, join(path, 'onnx/model.onnx'));
  assert.deepEqual(
    files.variants.map((file) => basename(file)),
    ['model_fp16.onnx', 'model_quantized.onnx'],
  );
  assert.equal(files.tokenizer, join(path, 'tokenizer.json'));
  assert.deepEqual(modelFacts(files), { labels: ['LABEL_0', 'LABEL_1'], placeholders: true });
  assert.equal(modelFiles(files.model).config, join(path, 'config.json'));
});

test('only a quantised model: it is used', () => {
  const path = folder('quantised', { 'model_quantized.onnx': 'x', 'config.json': '{}' });
  assert.equal(modelFiles(path).model, join(path, 'model_quantized.onnx'));
});

test('a plain model with companions beside it', () => {
  const path = folder('plain', {
    'spam.onnx': 'x',
    'spam.vocabulary.txt': 'a\nb',
    'labels.txt': 'ham\nspam\n',
    'other.onnx': 'x',
  });
  const files = modelFiles(join(path, 'spam.onnx'));
  assert.equal(files.vocabulary, join(path, 'spam.vocabulary.txt'));
  assert.deepEqual(modelFacts(files).labels, ['ham', 'spam']);
  assert.deepEqual(files.variants, []);
  assert.throws(() => modelFiles(path), hasCode('model-ambiguous'));
});

test('what is no ONNX model says how to export it', () => {
  const path = folder('formats', {
    'only/model.safetensors': 'x',
    'none/readme.md': 'x',
    'lfs.onnx': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    'empty.onnx': '',
    'a.pt': 'x',
    'a.txt': 'x',
  });
  assert.throws(() => modelFiles(join(path, 'only')), hasCode('model-format'));
  assert.throws(() => modelFiles(join(path, 'none')), hasCode('model-not-found'));
  assert.throws(() => checkModelFile(join(path, 'lfs.onnx')), hasCode('model-lfs-pointer'));
  assert.throws(() => checkModelFile(join(path, 'empty.onnx')), hasCode('model-empty'));
  assert.throws(() => checkModelFile(join(path, 'a.txt')), hasCode('model-format'));
  assert.throws(
    () => checkModelFile(join(path, 'a.pt')),
    (error) => error instanceof UserError && error.next?.includes('torch.onnx.export') === true,
  );
});

test('broken and strange config files', () => {
  const broken = folder('broken', { 'model.onnx': 'x', 'config.json': '{' });
  assert.throws(() => modelFacts(modelFiles(broken)), hasCode('invalid-json'));
  const gaps = folder('gaps', { 'model.onnx': 'x', 'config.json': '{"id2label": {"1": "a", "2": "b"}}' });
  assert.throws(() => modelFacts(modelFiles(gaps)), hasCode('wrong-labels'));
  const list = folder('list', { 'model.onnx': 'x', 'config.json': '[1]' });
  assert.deepEqual(modelFacts(modelFiles(list)), { labels: null, placeholders: false });
});

test('discovery: export folders count once, hidden and package folders do not', async () => {
  const path = folder('discovery', {
    'a/model.onnx': 'x',
    'a/model_int8.onnx': 'x',
    'a/config.json': '{}',
    'b/onnx/model.onnx': 'x',
    'c/one.onnx': 'x',
    'c/two.onnx': 'x',
    'node_modules/p/model.onnx': 'x',
    '.cache/model.onnx': 'x',
    'd/model.pt': 'x',
  });
  const { models, others } = await discoverModels(path);
  const names = (list: readonly string[]) => list.map((file) => file.slice(path.length + 1));
  assert.deepEqual(names(models).sort(), ['a/model.onnx', 'b/onnx/model.onnx', 'c/one.onnx', 'c/two.onnx']);
  assert.deepEqual(names(others), ['d/model.pt']);
  assert.equal(nearestFirst(models, join(path, 'c'))[0], join(path, 'c/one.onnx'));
});

test('the nearest workspace file above the sample wins, up to its workspace folder', async () => {
  const path = folder('nearest', {
    'model-blame.json': '{"models": {"outer": {"path": "m.onnx"}}}',
    'in/model-blame.json':
      '{"models": {"inner": {"path": "m.onnx"}}, "datasets": [{"files": "data/**/*.csv", "model": "inner"}]}',
    'in/data/deep/a.csv': '',
    'bad/model-blame.json': '{"models": 1}',
  });
  const at = async (where: string, folders: string[], trusted = true) =>
    Object.keys((await nearestWorkspace(join(path, where), folders, read, trusted))?.file.models ?? {});
  assert.deepEqual(await at('in/data/deep', [path]), ['inner']);
  assert.deepEqual(await at('.', [path]), ['outer']);
  assert.deepEqual(await at('in/data', [join(path, 'in/data')]), []);
  assert.deepEqual(await at('in/data', []), ['inner']);
  assert.deepEqual(await at('in/data', [], false), []);
  await assert.rejects(at('bad', [path]), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.code, 'wrong-type');
    assert.equal(error.uri, toUri(join(path, 'bad/model-blame.json')));
    assert.deepEqual(error.range?.start, { line: 0, character: 11 });
    return true;
  });
  const loaded = await nearestWorkspace(join(path, 'in/data'), [path], read, true);
  assert.ok(loaded);
  assert.equal(datasetOf(loaded, join(path, 'in/data/deep/a.csv'))?.model, 'inner');
  assert.equal(datasetOf(loaded, join(path, 'in/other.csv')), null);
});

test('an untrusted workspace leads nowhere outside, not by .., absolute paths or links', () => {
  const outside = folder('outside', { 'm.onnx': 'x' });
  const path = folder('untrusted', { 'm.onnx': 'x' });
  symlinkSync(join(outside, 'm.onnx'), join(path, 'link.onnx'));
  symlinkSync(outside, join(path, 'linked'));
  const kind = (written: string, trusted: boolean) => followPath(written, path, { trusted, root: path }).kind;
  for (const written of ['../outside/m.onnx', join(outside, 'm.onnx'), 'link.onnx', 'linked/m.onnx']) {
    assert.equal(kind(written, false), 'outside', written);
    assert.equal(kind(written, true), 'found', written);
  }
  assert.equal(kind('m.onnx', false), 'found');
  assert.equal(kind('none.onnx', false), 'missing');
});

test('diagnostics name missing files and wrong formats at the path', () => {
  const path = folder('diagnose', { 'm.onnx': 'x', 'p.pt': 'x' });
  const text = `{"models": {
  "gone": {"path": "gone.onnx"},
  "torch": {"path": "p.pt"},
  "words": {"path": "m.onnx", "input": {"kind": "text", "tokenizer": "t.json"}},
  "far": {"path": "../optimum"}
}}`;
  const uri = toUri(join(path, 'model-blame.json'));
  const found = diagnose(uri, text).map(({ code, range }) => `${range.start.line}:${range.start.character} ${code}`);
  assert.deepEqual(found, [
    '1:19 file-not-found',
    '2:20 model-format',
    `3:${text.split('\n')[3]?.indexOf('"t.json"') ?? -1} file-not-found`,
  ]);
  const careful = diagnose(uri, text, { trusted: false, root: path }).map(({ code }) => code);
  assert.ok(careful.includes('path-outside-workspace'));
});
