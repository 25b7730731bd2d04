/** Shapes exported for one sample, freed for any number. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { GraphBuilder } from '../../../server/graph/builder';
import { int } from '../../../server/graph/attributes';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32 } from '../../../server/graph/tensor';
import type { Graph } from '../../../server/graph/types';
import { chooseBatch } from '../../../server/model/batch';
import { importModel } from '../../../server/model/import';
import { freedShape } from '../../../server/model/lower/free-batch';

const folder = mkdtempSync(join(tmpdir(), 'batch-'));
after(() => rmSync(folder, { recursive: true }));

let count = 0;
async function imported(graph: Graph): ReturnType<typeof importModel> {
  count += 1;
  const path = join(folder, `${count}.onnx`);
  writeFileSync(path, writeOnnx(graph));
  return importModel(path);
}

test('the batch goes where its elements are', () => {
  const cases: readonly [readonly (number | string)[], number, readonly number[], readonly (number | string)[]][] = [
    [['batch', 16, 5, 5], 0, [1, 400], ['batch', 400]],
    [['batch', 16, 5, 5], 0, [1, -1], ['batch', 400]],
    [['batch', 5, 24], 0, [1, 5, 3, 2, 4], ['batch', 5, 3, 2, 4]],
    // Merged into the rows, and taken out again.
    [['batch', 4, 6], 0, [4, 6], ['4*batch', 6]],
    [['4*batch', 6], 0, [1, 4, 6], ['batch', 4, 6]],
    // Second axis of a sequence.
    [[7, 'batch', 12], 1, [7, 1, 2, 6], [7, 'batch', 2, 6]],
  ];
  for (const [shape, axis, target, expected] of cases) assert.deepEqual(freedShape(shape, axis, target), expected);
});

test('a batch that has no place stays as it is', () => {
  // Transposed to the end and flattened: elements of samples are interleaved.
  assert.equal(freedShape([2, 3, 'batch'], 2, [3, 2]), undefined);
});

test('freed targets keep one sample as it was', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(sizes, fc.nat(3), (tail, cut) => {
      const product = tail.reduce((a, b) => a * b, 1);
      const target = [1, ...(cut % 2 === 0 ? [product] : [...tail].reverse())];
      const freed = freedShape(['batch', ...tail], 0, target);
      assert.deepEqual(freed, ['batch', ...target.slice(1)]);
    }),
  );
});

test('which size is the batch', () => {
  const choose = (...shapes: readonly (readonly (number | string)[])[]): string =>
    shapes
      .map((_, index) => {
        const names = shapes.map((__, at) => `x${at}`);
        const types = new Map(names.map((name, at) => [name, { dtype: 'float32' as const, shape: shapes[at]! }]));
        return chooseBatch(names, types).types.get(`x${index}`)?.shape?.join(' ');
      })
      .join(' | ');
  assert.equal(choose(['N', 3, 'H', 'W']), 'batch 3 H W');
  assert.equal(choose(['batch_size', 'sequence'], ['batch_size', 'sequence']), 'batch sequence | batch sequence');
  assert.equal(choose(['sequence', 'batch_size', 8]), 'sequence batch 8');
  assert.equal(choose([1, 3, 8, 8]), 'batch 3 8 8');
  assert.equal(choose([4, 3]), '4 3');
  assert.equal(choose([1, 576], [2, 1, 128]), '1 576 | 2 1 128');
  assert.equal(choose(['rows', 1], ['rows', 1]), 'batch 1 | batch 1');
});

/** [1, 6] → baked Reshape → scores. */
function baked(target: readonly number[], finish: (b: GraphBuilder, x: string) => string): Graph {
  const b = new GraphBuilder('g');
  const x = b.input('x', 'float32', [1, 6]);
  const reshaped = b.op('Reshape', [x, b.indices(target)]);
  return b.build([b.rename(finish(b, reshaped), 'scores')]);
}

test('baked Reshape and class token are freed', async () => {
  const model = await imported(
    baked([1, 3, 2], (b, x) => {
      const token = b.constant(f32([9, 9], [1, 1, 2]), 'token');
      const joined = b.op('Concat', [token, x], { axis: int(1) });
      return b.op('Reshape', [joined, b.indices([1, 8])]);
    }),
  );
  assert.equal(model.batchable, true, model.notes.join());
  assert.deepEqual(model.output.type.shape, ['batch', 8]);
});

test('a model that takes one sample out of the batch runs one by one, with a note', async () => {
  const model = await imported(
    baked([1, 3, 2], (b, x) =>
      b.op('Gather', [x, b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(0n) })]),
    ),
  );
  assert.equal(model.batchable, false);
  assert.deepEqual(model.inputs[0]?.type.shape, [1, 6]);
  assert.match(model.notes.join(), /one by one/);
});

test('a model for batches of four says so', async () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', 'float32', [4, 6]);
  const model = await imported(b.build([b.rename(b.op('Relu', [x]), 'scores')]));
  assert.equal(model.batchable, false);
  assert.match(model.notes.join(), /exactly 4/);
});
