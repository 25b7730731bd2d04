/** Ids that are transposed before they are looked up: the embedding is measured in the order they were fed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { int, ints } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32 } from '../../../server/graph/tensor';
import type { Value } from '../../../server/graph/types';
import { BATCH } from '../../../server/graph/types';
import { importModel } from '../../../server/model/import';
import { array, interpret } from '../../support/interpreter';

const folder = mkdtempSync(join(tmpdir(), 'transposed-'));
after(() => rmSync(folder, { recursive: true }));

/** Embeddings summed with weights that grow with time, time first; `turn` makes [5, batch] of ids. */
function graphOf(turn: (b: GraphBuilder) => Value) {
  const b = new GraphBuilder('model');
  b.input('ids', 'int64', [BATCH, 5]);
  const table = b.constant(f32([1, -1, 2, 0.5, -3, 4, 0, 7], [4, 2]));
  const steps = b.constant(f32([1, 2, 3, 4, 5], [5, 1, 1]));
  const words = b.op('Gather', [table, turn(b)], { axis: int(0) });
  const sum = b.op('ReduceSum', [b.op('Mul', [words, steps]), b.indices([0])], { keepdims: int(0) });
  return { graph: b.build([b.rename(sum, 'y')]), output: 'y' };
}

const turns: Readonly<Record<string, (b: GraphBuilder) => Value>> = {
  'a transposition': (b) => b.op('Transpose', ['ids'], { perm: ints([1, 0]) }),
  'one without its order, and a cast': (b) => b.op('Cast', [b.op('Transpose', ['ids'])], { to: int(6) }),
};

for (const [name, turn] of Object.entries(turns))
  test(`${name} is made after the embedding`, async () => {
    const { graph, output } = graphOf(turn);
    const path = join(folder, `${Object.keys(turns).indexOf(name)}.onnx`);
    writeFileSync(path, writeOnnx(graph));
    const model = await importModel(path);
    assert.deepEqual(
      model.entries.map(({ kind, input, type }) => [kind, input, type.shape]),
      [['embedding', 'ids', [BATCH, 5, 2]]],
    );
    const x = array([2, 5], [0, 1, 2, 3, 0, 3, 3, 1, 0, 2]);
    const [before, now] = [graph, model.graph].map((each) => interpret(each, { ids: x })[output]!);
    assert.deepEqual([...now!.data], [...before!.data]);
    assert.deepEqual(now!.dims, [2, 2]);
  });
