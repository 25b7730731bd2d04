/** Which engine runs many samples in the background: one thread where runs are short. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { engineForMany } from '../../../server/compute/batching';
import { openEngine } from '../../../server/engine';
import { f32, i64 } from '../../../server/graph/tensor';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { importModel } from '../../../server/model/import';
import { imageModel, textModel } from '../../protocol/models';
import type { Graph } from '../../../server/graph/types';

test('short texts take one thread, long ones and large models all of them, and who asks for one has one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'model-blame-batching-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const load = (name: string, graph: Graph) => {
    writeFileSync(join(folder, name), writeOnnx(graph));
    return importModel(join(folder, name), { memoryLimit: 2 ** 30 });
  };
  const engine = await openEngine('onnxruntime/cpu', { threads: 0 });
  const alone = engine.alone;
  assert.ok(alone !== undefined && alone.alone === undefined);
  assert.notEqual(alone.name, engine.name, 'their sessions are told apart');
  const text = await load('text.onnx', textModel());
  const ids = (length: number) => ({ [text.inputs[0]!.name]: i64(Array<number>(length).fill(1), [1, length]) });
  assert.equal(engineForMany({ model: text, engine }, ids(20)), alone);
  assert.equal(engineForMany({ model: text, engine }, ids(100_000)), engine);
  const picture = await load('image.onnx', imageModel());
  const { name, type } = picture.inputs[0]!;
  const dims = type.shape!.map((dim) => (typeof dim === 'number' ? dim : 1));
  const pixels = { [name]: f32(new Float32Array(dims.reduce((a, b) => a * b, 1)), dims) };
  assert.equal(engineForMany({ model: { ...picture, bytes: 2 ** 30 }, engine }, pixels), engine);
  const single = await openEngine('onnxruntime/cpu', { threads: 1 });
  assert.equal(engineForMany({ model: text, engine: single }, ids(20)), single);
});
