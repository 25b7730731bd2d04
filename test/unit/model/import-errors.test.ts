/** Bad model files: each gives one line that says what, where and what next. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../server/errors';
import { GraphBuilder } from '../../../server/graph/builder';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32 } from '../../../server/graph/tensor';
import type { Graph, Node, Tensor } from '../../../server/graph/types';
import { importModel } from '../../../server/model/import';
import { processorTime } from '../../support/processor-time';

const folder = mkdtempSync(join(tmpdir(), 'import-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

/** x·W with 2 features and 3 classes, W as given. */
function graphWith(weights: readonly number[]): Graph {
  const b = new GraphBuilder('g');
  const x = b.input('x', 'float32', ['batch', 2]);
  const w = b.constant(f32(Float32Array.from(weights), [2, 3]), 'fc.weight');
  const bias = b.constant(f32([0, 0, 0]), 'fc.bias');
  return b.build([b.rename(b.op('Gemm', [x, w, bias]), 'logits')]);
}

const good = writeOnnx(graphWith([1, 2, 3, 4, 5, 6]));

/** Rejects with the code; every error says where, and what to do. */
async function refused(path: string, code: string, pattern: RegExp, memoryLimit?: number): Promise<void> {
  await assert.rejects(importModel(path, memoryLimit === undefined ? {} : { memoryLimit }), (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    assert.ok(error.where !== undefined && error.next !== undefined, `no way out: ${error.message}`);
    assert.ok(!error.message.includes('\n'));
    return true;
  });
}

test('the good one', async () => {
  const model = await importModel(file('good.onnx', good));
  assert.equal(model.output.classes, 3);
  assert.match(model.hash, /^[0-9a-f]{64}$/);
});

test('missing, a folder, empty', async () => {
  await refused(join(folder, 'none.onnx'), 'model-not-found', /none\.onnx/);
  mkdirSync(join(folder, 'sub'));
  await refused(join(folder, 'sub'), 'model-not-found', /folder/);
  await refused(file('empty.onnx', ''), 'model-empty', /empty/);
});

test('a Git LFS pointer', async () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n';
  await refused(file('lfs.onnx', pointer), 'model-lfs-pointer', /git lfs pull/);
});

test('other formats say how to export', async () => {
  await refused(file('m.pt', 'PK\x03\x04'), 'model-format', /torch\.onnx\.export/);
  await refused(file('m.safetensors', 'x'), 'model-format', /optimum-cli export onnx/);
  await refused(file('m.pb', 'x'), 'model-format', /tf2onnx/);
  await refused(file('zip.onnx', 'PK\x03\x04'), 'model-format', /ZIP/);
  await refused(file('page.onnx', '<!DOCTYPE html>'), 'model-format', /text file/);
});

test('truncated anywhere', async () => {
  for (let length = 1; length < good.length; length += 7) {
    const path = file('cut.onnx', good.subarray(0, length));
    await assert.rejects(importModel(path), (error: unknown) => error instanceof UserError);
  }
  const half = file('half.onnx', good.subarray(0, good.length >> 1));
  await refused(half, 'model-truncated', /half\.onnx/);
});

test('larger than memory, before weights are read', async () => {
  await refused(file('big.onnx', good), 'model-too-large', /MiB/, 100);
});

test('NaN and infinity in weights name the weight', async () => {
  const nan = writeOnnx(graphWith([1, 2, NaN, 4, 5, 6]));
  await refused(file('nan.onnx', nan), 'model-not-finite', /fc\.weight contains NaN/);
  const infinite = writeOnnx(graphWith([1, 2, Infinity, 4, 5, 6]));
  await refused(file('inf.onnx', infinite), 'model-not-finite', /fc\.weight contains infinity/);
  // An additive mask is 0 and −∞.
  await importModel(file('mask.onnx', writeOnnx(graphWith([0, -Infinity, 0, 0, 0, 0]))));
});

const node = (op: string, inputs: readonly string[], outputs: readonly string[], domain = ''): Node => ({
  name: `my_${op}`,
  op,
  domain,
  inputs,
  outputs,
  attributes: {},
});

function graphOf(nodes: readonly Node[], outputs: readonly string[]): Uint8Array {
  const types = new Map([['x', { dtype: 'float32' as const, shape: ['batch', 2] }]]);
  return writeOnnx({ name: 'g', inputs: ['x'], outputs, nodes, constants: new Map(), types });
}

test('unknown operators name node, operator and domain', async () => {
  const bytes = graphOf([node('Frobnicate', ['x'], ['y'], 'my.company')], ['y']);
  await refused(file('op.onnx', bytes), 'model-operator', /Frobnicate of my\.company.*my_Frobnicate/);
});

test('cycles, missing and doubled values', async () => {
  const cycle = graphOf([node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b'])], ['b']);
  await refused(file('cycle.onnx', cycle), 'model-invalid', /cycle.*my_Add/);
  const missing = graphOf([node('Add', ['x', 'nowhere'], ['a'])], ['a']);
  await refused(file('missing.onnx', missing), 'model-invalid', /nothing makes its input nowhere.*my_Add/);
  const twice = graphOf([node('Relu', ['x'], ['a']), node('Abs', ['x'], ['a'])], ['a']);
  await refused(file('twice.onnx', twice), 'model-invalid', /a is made twice/);
  await refused(file('output.onnx', graphOf([], ['y'])), 'model-invalid', /output y/);
});

test('nodes out of order are put in order', async () => {
  const bytes = graphOf([node('Relu', ['a'], ['b']), node('Abs', ['x'], ['a'])], ['b']);
  const { graph } = await importModel(file('order.onnx', bytes));
  assert.deepEqual(
    graph.nodes.map((item) => item.op),
    ['Abs', 'Relu'],
  );
});

test('sizes that do not fit the bytes name the tensor', async () => {
  const wrong: Tensor = { dtype: 'float32', dims: [4], data: Float32Array.of(1) };
  const bytes = writeOnnx({ ...graphWith([1, 2, 3, 4, 5, 6]), constants: new Map([['w', wrong]]) });
  await refused(file('wrong.onnx', bytes), 'model-invalid', /tensor w has shape \[4\] but 4 bytes/);
});

test('a wish for an output that is not there lists those that are', async () => {
  const path = file('output-wish.onnx', good);
  await assert.rejects(importModel(path, { output: 'scores' }), /no output called scores.*logits/);
});

test('external data that is missing or cut off names its file', async () => {
  const at = { location: 'weights.bin', offset: 0, length: 24 };
  const bytes = writeOnnx(graphWith([1, 2, 3, 4, 5, 6]), {
    external: (name) => (name === 'fc.weight' ? at : undefined),
  });
  const path = file('external.onnx', bytes);
  await refused(path, 'model-external-missing', /weights\.bin/);
  file('weights.bin', new Uint8Array(20));
  await refused(path, 'model-truncated', /weights\.bin/);
  file('weights.bin', new Uint8Array(24));
  await importModel(path);
});

test('mutated models: an error made for people, or a model, in bounded time', async () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(edits, async (changes) => {
      const bytes = good.slice();
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const began = processorTime();
      await importModel(file('fuzz.onnx', bytes)).catch((error: unknown) => {
        assert.ok(error instanceof UserError, error instanceof Error ? error.stack : String(error));
      });
      assert.ok(processorTime() - began < 2000);
    }),
    { numRuns: 300 },
  );
});
