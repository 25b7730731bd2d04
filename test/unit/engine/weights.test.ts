import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openEngine } from '../../../server/engine';
import { scratchFolder, sweep } from '../../../server/engine/scratch';
import { placeWeights } from '../../../server/engine/onnxruntime/weights';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import type { Graph, Tensor } from '../../../server/graph/types';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mb-engine-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const WIDTH = 64;
const weights = Float32Array.from({ length: WIDTH * WIDTH }, (_, i) => Math.sin(i));

/** A matrix that lies in a file, `offset` bytes from its start; reading it through JavaScript is an error. */
function onDisk(path: string, offset: number): Tensor {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([Buffer.alloc(offset, 7), Buffer.from(weights.buffer)]));
  return {
    dtype: 'float32',
    dims: [WIDTH, WIDTH],
    get data(): Float32Array {
      throw new Error('copied through JavaScript');
    },
    origin: { path, offset, length: weights.byteLength },
  };
}

function product(...matrices: Tensor[]): Graph {
  const constants = new Map(matrices.map((matrix, i) => [`w${i}`, matrix]));
  const types = new Map([...constants].map(([name, { dtype, dims }]) => [name, { dtype, shape: dims }]));
  const b = new GraphBuilder('product', { name: '', inputs: [], outputs: [], nodes: [], constants, types });
  let value = b.input('x', 'float32', ['batch', WIDTH]);
  for (const name of constants.keys()) value = b.op('MatMul', [value, name]);
  return b.build([b.rename(value, 'y')]);
}

/** Runs the graph on a unit vector: the answer is the product's first row. */
async function firstRow(graph: Graph): Promise<Float32Array> {
  const engine = await openEngine('onnxruntime/cpu', { threads: 1 });
  const executable = await engine.compile({
    graph,
    key: 'test',
    spec: { kind: 'forward', head: 'linear', rules: 'gradient' },
    trace: [],
    twins: [],
  });
  const x = new Float32Array(WIDTH);
  x[0] = 1;
  const { y } = await executable.run({ x: f32(x, [1, WIDTH]) });
  executable.dispose();
  return y?.data as Float32Array;
}

test('weights in a file are mapped by the engine, at any offset, aligned or not', async (t) => {
  const folder = scratch(t);
  for (const offset of [0, 4, 4096, 4097, 1023]) {
    const row = await firstRow(product(onDisk(join(folder, `w${offset}.bin`), offset)));
    assert.deepEqual(row, weights.slice(0, WIDTH));
  }
});

test('weights behind a symbolic link, as in a download cache', async (t) => {
  const folder = scratch(t);
  const blob = onDisk(join(folder, 'blobs', 'abc'), 8);
  mkdirSync(join(folder, 'snapshots'));
  const link = join(folder, 'snapshots', 'model.onnx');
  symlinkSync(join(folder, 'blobs', 'abc'), link);
  const row = await firstRow(product({ ...blobAt(blob, link) }));
  assert.deepEqual(row, weights.slice(0, WIDTH));
});

const blobAt = (tensor: Tensor, path: string): Tensor => ({
  dtype: tensor.dtype,
  dims: tensor.dims,
  data: weights,
  origin: { path, offset: tensor.origin?.offset ?? 0, length: weights.byteLength },
});

test('weights in two folders are found from the folder above', async (t) => {
  const folder = scratch(t);
  const graph = product(onDisk(join(folder, 'a', 'w.bin'), 0), onDisk(join(folder, 'b', 'deep', 'w.bin'), 16));
  const placement = placeWeights(graph, 'test');
  assert.deepEqual([...placement.external.values()].map(({ location }) => location).sort(), [
    'a/w.bin',
    'b/deep/w.bin',
  ]);
  assert.equal((await firstRow(graph)).length, WIDTH);
});

test('a few made-up weights travel inside the program; many are put in a scratch file that goes with the session', async () => {
  const small = placeWeights(product(f32(weights, [WIDTH, WIDTH])), 'small');
  assert.deepEqual([small.external.size, small.ownFile], [0, null]);
  const rows = 2 ** 17 + 1;
  const b = new GraphBuilder('large');
  const table = f32(new Float32Array(rows * WIDTH).fill(2), [rows, WIDTH]);
  const sum = b.op('ReduceSum', [b.constant(table), b.indices([0])]);
  const graph = b.build([b.rename(b.op('Mul', [b.input('x', 'float32', ['batch', WIDTH]), sum]), 'y')]);
  const before = readdirSync(scratchFolder());
  assert.equal((await firstRow(graph))[0], 2 * rows);
  for (let tries = 0; tries < 2000 && readdirSync(scratchFolder()).length > before.length; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(readdirSync(scratchFolder()), before);
});

test('scratch folders of dead processes are swept, those of living ones stay', (t) => {
  const folder = scratch(t);
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const [dead, alive, other] = [`model-blame-${pid}-x`, `model-blame-${process.pid}-x`, 'someone-else'];
  for (const name of [dead, alive, other]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, dead, 'weights'), 'w');
  sweep(folder);
  assert.deepEqual(readdirSync(folder).sort(), [alive, other].sort());
});

test('a process removes its own scratch folder when it ends', () => {
  const script = `
    import { scratchFolder } from './server/engine/scratch';
    process.stdout.write(scratchFolder());`;
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  assert.match(stdout, /model-blame-\d+-/);
  assert.equal(existsSync(stdout), false);
});
