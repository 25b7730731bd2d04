/** Damaged and strange files of TensorFlow.js, Keras and SavedModel: one clear line each, in time. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { unzipSync, zipSync } from 'fflate';
import { UserError } from '../../../server/errors';
import { importModel } from '../../../server/model/import';
import { processorTime } from '../../support/processor-time';

const root = mkdtempSync(join(tmpdir(), 'foreign-'));
after(() => rmSync(root, { recursive: true }));
let count = 0;

/** A folder with files. */
function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  count += 1;
  const folder = join(root, String(count));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

async function refused(path: string, code: string, message: RegExp): Promise<void> {
  const began = processorTime();
  await assert.rejects(importModel(path), (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    assert.equal(error.code, code);
    assert.ok(error.where !== undefined && error.next !== undefined, 'where and what next');
    assert.ok(!error.message.includes('\n'), 'one line');
    return true;
  });
  assert.ok(processorTime() - began < 20_000, 'within seconds');
}

type Json = Record<string, unknown>;

const dense = (config: Json = {}): Json => ({
  class_name: 'Dense',
  config: { name: 'dense', units: 2, activation: 'softmax', batch_input_shape: [null, 3], ...config },
});

const weights = [
  { name: 'dense/kernel', shape: [3, 2], dtype: 'float32' },
  { name: 'dense/bias', shape: [2], dtype: 'float32' },
];

/** A layers model of one dense layer. */
function tfjs(layers: readonly Json[] = [dense()], manifest: readonly Json[] = weights, paths = ['shard.bin']): string {
  return JSON.stringify({
    format: 'layers-model',
    modelTopology: {
      keras_version: '2.4.0',
      model_config: { class_name: 'Sequential', config: { name: 'm', layers } },
    },
    weightsManifest: [{ paths, weights: manifest }],
  });
}

const shard = new Uint8Array(32);
const model = (json: string, files: Readonly<Record<string, Uint8Array>> = { 'shard.bin': shard }): string =>
  join(folderOf({ 'model.json': json, ...files }), 'model.json');

test('the good one', async () => {
  const { output, inputs } = await importModel(model(tfjs()));
  assert.equal(output.activation, 'softmax');
  assert.equal(inputs[0]?.name, 'dense_input');
});

test('shards: missing, short, long, elsewhere, a Git LFS pointer', async () => {
  await refused(model(tfjs(), {}), 'model-shard', /shard\.bin is missing/);
  await refused(
    model(tfjs(), { 'shard.bin': shard.subarray(0, 30) }),
    'model-shard',
    /32 bytes, and shard\.bin holds 30/,
  );
  await refused(model(tfjs(), { 'shard.bin': new Uint8Array(40) }), 'model-shard', /holds 40/);
  await refused(model(tfjs(undefined, undefined, ['../../etc/passwd'])), 'model-shard', /not in the model's folder/);
  await refused(model(tfjs(undefined, undefined, ['http://host/x.bin'])), 'model-shard', /not in the model's folder/);
  const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n');
  await refused(model(tfjs(), { 'shard.bin': pointer }), 'model-lfs-pointer', /git lfs pull/);
});

test('weights and topology that disagree', async () => {
  const other = [{ name: 'dense/kernel', shape: [4, 2], dtype: 'float32' }, ...weights.slice(1)];
  await refused(
    model(tfjs(undefined, other), { 'shard.bin': new Uint8Array(40) }),
    'model-weights',
    /kernel is \[4, 2\].*wants \[3, 2\]/,
  );
  await refused(
    model(tfjs(undefined, weights.slice(0, 1)), { 'shard.bin': new Uint8Array(24) }),
    'model-weights',
    /needs 2 weights \(kernel, bias\).*holds 1/,
  );
  await refused(
    model(tfjs(undefined, [{ ...weights[0], shape: [1e9, 1e9] }])),
    'model-invalid',
    /kernel has the shape/,
  );
  await refused(model(tfjs(undefined, [{ ...weights[0], dtype: 'complex512' }])), 'model-invalid', /type complex512/);
});

test('unknown layers, Lambda layers and custom objects are refused by name', async () => {
  const lambda = { class_name: 'Lambda', config: { name: 'twice', function: ['4wEAAAAA', null, null] } };
  await refused(model(tfjs([dense(), lambda])), 'model-layer', /no code in a file is run — layer twice \(Lambda\)/);
  await refused(
    model(tfjs([dense(), { class_name: 'MyBlock', config: { name: 'mine' } }])),
    'model-layer',
    /MyBlock.*layer mine/,
  );
  await refused(
    model(tfjs([dense({ activation: 'my_activation' })])),
    'model-layer',
    /activation my_activation is not known/,
  );
  await refused(model(tfjs([dense({ units: -4 })])), 'model-layer', /"units": -4/);
  await refused(
    model(tfjs([dense({ batch_input_shape: undefined })])),
    'model-invalid',
    /which shape the model m reads/,
  );
});

test('files that are something else', async () => {
  await refused(model('{ "modelTopology": '), 'model-invalid', /not valid JSON/);
  await refused(model('{"weightsManifest": []}'), 'model-invalid', /no modelTopology/);
  await refused(model('{"modelTopology": {"node": [{"name": "x"}]}}'), 'model-invalid', /no name or operation/);
  await refused(join(folderOf({ 'm.h5': 'hello there' }), 'm.h5'), 'model-invalid', /HDF5 file is damaged/);
  await refused(join(folderOf({ 'm.keras': 'hello there' }), 'm.keras'), 'model-invalid', /no ZIP archive/);
  await refused(
    join(folderOf({ 'saved_model.pb': 'hello there' }), 'saved_model.pb'),
    'model-invalid',
    /Not a valid SavedModel/,
  );
});

test('control flow in a graph is reported', async () => {
  const node = [
    {
      name: 'x',
      op: 'Placeholder',
      attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [{ size: '-1' }, { size: '3' }] } } },
    },
    { name: 'loop', op: 'StatelessWhile', input: ['x'] },
  ];
  const json = JSON.stringify({ format: 'graph-model', modelTopology: { node }, weightsManifest: [] });
  await refused(model(json, {}), 'model-control-flow', /StatelessWhile — node loop/);
});

const references = fileURLToPath(new URL('../../conformance/keras/models/', import.meta.url));
const h5 = gunzipSync(readFileSync(join(references, 'keras2-nested.h5.gz')));
const archive = readFileSync(join(references, 'keras3-nested.keras'));

test('a ZIP bomb in .keras is not unpacked', async () => {
  const inside = unzipSync(archive);
  const bomb = zipSync({ ...inside, 'model.weights.h5': new Uint8Array(64 << 20) });
  const before = process.memoryUsage().arrayBuffers;
  await refused(join(folderOf({ 'm.keras': bomb }), 'm.keras'), 'model-too-large', /claims 67108864 bytes/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 << 20);
});

test('a weight of a .keras that changed on the way is no other weight', async () => {
  const weights = unzipSync(archive)['model.weights.h5'] ?? new Uint8Array(0);
  const whole = Buffer.from(zipSync(unzipSync(archive), { level: 0 }));
  await importModel(join(folderOf({ 'm.keras': whole }), 'm.keras'));
  // The last byte that is not zero lies in the values of the last weight.
  const at = whole.indexOf(weights) + weights.findLastIndex((byte) => byte !== 0);
  whole[at] = (whole[at] ?? 0) ^ 0x40;
  await refused(
    join(folderOf({ 'm.keras': whole }), 'm.keras'),
    'model-invalid',
    /^model\.weights\.h5 in the archive is damaged/,
  );
});

test('an archive without its parts', async () => {
  const { 'config.json': config = new Uint8Array(0) } = unzipSync(archive);
  await refused(
    join(folderOf({ 'm.keras': zipSync({ 'config.json': config }) }), 'm.keras'),
    'model-invalid',
    /no model\.weights\.h5/,
  );
});

test('HDF5 cut off anywhere, and with bytes changed: an error or a model, never a hang', async () => {
  const good = join(folderOf({ 'm.h5': h5 }), 'm.h5');
  await importModel(good);
  const survives = async (bytes: Uint8Array): Promise<void> => {
    writeFileSync(good, bytes);
    const began = processorTime();
    await importModel(good).catch((error: unknown) => {
      assert.ok(error instanceof UserError, String(error));
    });
    assert.ok(processorTime() - began < 10_000);
  };
  for (let length = 0; length < h5.length; length += 4001) await survives(h5.subarray(0, length));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(8000), fc.nat(255)), { minLength: 1, maxLength: 6 }), async (changes) => {
      const bytes = Uint8Array.from(h5);
      for (const [place, value] of changes) bytes[place] = value;
      await survives(bytes);
    }),
    { numRuns: 60 },
  );
});

test('.keras with bytes changed: an error or a model', async () => {
  const path = join(folderOf({ 'm.keras': archive }), 'm.keras');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      async (changes) => {
        const bytes = Uint8Array.from(archive);
        for (const [place, value] of changes) bytes[place] = value;
        writeFileSync(path, bytes);
        await importModel(path).catch((error: unknown) => {
          assert.ok(error instanceof UserError, String(error));
        });
      },
    ),
    { numRuns: 60 },
  );
});
