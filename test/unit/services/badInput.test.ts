/** Bad input of every kind, with the real readers, encoders and compute: one error each, with a way out. */
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { localCompute } from '../../../server/compute/local';
import { UserError } from '../../../server/errors';
import { GraphBuilder } from '../../../server/graph/builder';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32 } from '../../../server/graph/tensor';
import { writeNpy } from '../../../server/input';
import { createServices } from '../../../server/services';
import { toUri } from '../../../server/workspace/uris';
import { makeWorkspace, tableModel, textModel } from '../../protocol/models';
import type { SampleAddress } from '../../../server/protocol';

const folder = makeWorkspace();
const compute = localCompute({ threads: 1 });
const services = createServices({ folders: [folder], compute });
after(async () => {
  await services.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string): string => join(folder, name);
const write = (name: string, content: string | Uint8Array): void => writeFileSync(path(name), content);
const file = (name: string): SampleAddress => ({ kind: 'file', uri: toUri(path(name)) });
const line = (name: string, number = 2): SampleAddress => ({ kind: 'line', uri: toUri(path(name)), line: number });
const text: SampleAddress = { kind: 'text', text: 'good film' };

/** Predicts and expects an error for people: its code, one line, and a next step or a place. */
async function refused(code: string, address: SampleAddress, model: string | null): Promise<UserError> {
  const error: unknown = await services.predict({ address, model }).then(
    () => 'was answered',
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, `${code}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
  assert.equal(error.code, code, error.message);
  assert.doesNotMatch(error.message, /\n/);
  assert.ok(error.where !== undefined || error.next !== undefined, error.message);
  return error;
}

test('models: missing, truncated, LFS pointer, other formats, garbage', async () => {
  await refused('model-not-found', text, path('gone.onnx'));
  write('cut.onnx', writeOnnx(textModel()));
  truncateSync(path('cut.onnx'), 200);
  await refused('model-truncated', text, path('cut.onnx'));
  write('lfs.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n');
  assert.match((await refused('model-lfs-pointer', text, path('lfs.onnx'))).next ?? '', /git lfs pull/);
  write('m.pt', 'x');
  assert.match((await refused('model-format', text, path('m.pt'))).next ?? '', /torch\.onnx\.export/);
  write('m.safetensors', 'x');
  assert.match((await refused('model-format', text, path('m.safetensors'))).next ?? '', /optimum-cli/);
  write('html.onnx', '<!doctype html><title>404</title>');
  const garbage = await refused('model-format', text, path('html.onnx'));
  assert.ok(garbage.message.length < 600);
});

test('models: larger than memory, NaN in the weights, unknown operator', async () => {
  const small = localCompute({ threads: 1, memoryLimit: 100 });
  const limited = createServices({ folders: [folder], compute: small });
  await assert.rejects(limited.predict({ address: line('films.csv'), model: null }), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(`${error.code} ${error.message}`, /memory|large/);
    return true;
  });
  await limited.dispose();

  const b = new GraphBuilder('nan');
  const row = b.input('row', 'float32', ['batch', 3]);
  write('nan.onnx', writeOnnx(b.build([b.rename(b.op('MatMul', [row, b.constant(f32([NaN, 1, 1], [3, 1]))]), 'y')])));
  const nan = await services
    .predict({ address: line('loans.csv'), model: path('nan.onnx') })
    .catch((error: unknown) => error);
  assert.ok(nan instanceof UserError && /nan|finite/i.test(`${nan.code} ${nan.message}`), String(nan));

  const graph = tableModel();
  const strange = {
    ...graph,
    nodes: graph.nodes.map((node) => (node.op === 'MatMul' ? { ...node, op: 'Frobnicate' } : node)),
  };
  write('strange.onnx', writeOnnx(strange));
  const unknown = await services
    .predict({ address: line('loans.csv'), model: path('strange.onnx') })
    .catch((error: unknown) => error);
  assert.ok(unknown instanceof UserError && unknown.message.includes('Frobnicate'), String(unknown));
});

test('rows: missing column, past the end, empty, malformed quotes, invalid UTF-8, Parquet', async () => {
  write('films2.csv', 'id,text,label\n1,good film,pos\n');
  services.document(
    toUri(path('model-blame.json')),
    `{"models": {"films": {"path": "films.onnx", "labels": ["neg", "pos"], "input": {"kind": "text", "vocabulary": "words.txt"}}, "loans": {"path": "loans.onnx"}},
      "datasets": [{"files": "*.csv", "model": "films", "text": "review", "label": "label"}]}`,
  );
  try {
    assert.match((await refused('column-missing', line('films2.csv'), null)).message, /review/);
    await refused('past-the-end', line('films.csv', 99), null);
    await refused('header-line', line('films.csv', 1), null);
    write('blank.csv', 'review\ngood\n\n\nbad\n');
    await refused('empty-row', line('blank.csv', 3), null);
    write('quotes.csv', 'review,label\n"good" film,pos\n');
    await refused('malformed-quoting', line('quotes.csv'), null);
    write(
      'bytes.csv',
      Buffer.concat([Buffer.from('review,label\ngood '), Buffer.from([0xff, 0xfe]), Buffer.from(',pos\n')]),
    );
    await refused('invalid-utf8', line('bytes.csv'), null);
    write('rows.parquet', 'PAR1xxxxPAR1');
    assert.match((await refused('unsupported-format', line('rows.parquet'), 'films')).next ?? '', /to_csv/);
    write('empty.csv', 'review,label\n" ",pos\n');
    await refused('empty-text', line('empty.csv'), null);
  } finally {
    services.document(toUri(path('model-blame.json')), null);
  }
});

test('pictures: broken, SVG, far too large, for a model of another kind', async () => {
  write('pictures/broken.png', 'not a picture');
  await refused('broken-picture', file('pictures/broken.png'), null);
  const png = PNG.sync.write(new PNG({ width: 8, height: 8 }));
  write('pictures/cut.png', png.subarray(0, png.length - 20));
  await refused('broken-picture', file('pictures/cut.png'), null);
  write('pictures/drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  await refused('unsupported-format', file('pictures/drawing.svg'), 'digits');
  const huge = Buffer.from(png);
  huge.writeUInt32BE(30_000, 16);
  huge.writeUInt32BE(30_000, 20);
  write('pictures/huge.png', huge);
  await refused('picture-too-large', file('pictures/huge.png'), null);
  await refused('wrong-sample', file('pictures/half.png'), 'films');
  await refused('wrong-sample', line('films.csv'), 'digits');
});

test('tensors: wrong shape, wrong name, not finite', async () => {
  write('row.npy', writeNpy(f32([1, 2, 3, 4], [1, 4])));
  const address: SampleAddress = { kind: 'tensors', files: { row: toUri(path('row.npy')) } };
  assert.match((await refused('wrong-input-shape', address, 'loans')).message, /4.*3/);
  await refused('wrong-tensors', { kind: 'tensors', files: { other: toUri(path('row.npy')) } }, 'loans');
  write('nan.npy', writeNpy(f32([1, NaN, 3], [1, 3])));
  await refused('not-finite', { kind: 'tensors', files: { row: toUri(path('nan.npy')) } }, 'loans');
  write('fine.npy', writeNpy(f32([1, 2, 3], [3])));
  const fine = await services.predict({
    address: { kind: 'tensors', files: { row: toUri(path('fine.npy')) } },
    model: 'loans',
  });
  assert.equal(fine.features.kind, 'elements');
});

test('a token id outside the embedding', async () => {
  write('more.txt', `${Array.from({ length: 40 }, (_, index) => `w${index}`).join('\n')}\n[PAD]\n[UNK]\n`);
  const config = { models: { m: { path: 'films.onnx', input: { kind: 'text', vocabulary: 'more.txt' } } } };
  services.document(toUri(path('model-blame.json')), JSON.stringify(config));
  const error: unknown = await services
    .predict({ address: { kind: 'text', text: 'w1 w39' }, model: 'm' })
    .catch((reason: unknown) => reason);
  services.document(toUri(path('model-blame.json')), null);
  assert.ok(error instanceof UserError && error.code === 'token-outside-embedding', String(error));
  assert.match(error.message, /“w39” has id 39.*8 rows.*tokenizer/);
});

test('an invalid workspace file refuses with its place', async () => {
  const uri = toUri(path('model-blame.json'));
  services.document(uri, '{"models": {"m": {"pth": "x"}}}');
  const error: unknown = await services
    .predict({ address: line('films.csv'), model: null })
    .catch((reason: unknown) => reason);
  services.document(uri, null);
  assert.ok(error instanceof UserError && error.uri === uri && error.range !== undefined, String(error));
});
