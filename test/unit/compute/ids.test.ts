/** Models that read their ids twice, and models whose ids lead to no embedding. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localCompute } from '../../../server/compute/local';
import type { AttributeRequest } from '../../../server/compute/types';
import { UserError } from '../../../server/errors';
import { int } from '../../../server/graph/attributes';
import { GraphBuilder } from '../../../server/graph/builder';
import { f32 } from '../../../server/graph/tensor';
import type { Value } from '../../../server/graph/types';
import { ids, scratch, write } from './files';

const tokens = [1, 3, 2, 3];

/** Tanh of embeddings summed over the words that are no padding; `lookUp` makes rows of the table of ids. */
function maskedSum(lookUp: (b: GraphBuilder, words: Value) => Value) {
  const b = new GraphBuilder('masked');
  const words = b.input('ids', 'int64', ['batch', 'sequence']);
  b.scope('model');
  const table = b.constant(f32([0.3, -0.4, 0.5, 1, -0.9, 0.2, 1.1, 0.7], [4, 2]));
  const mixed = b.op('Tanh', [b.op('Gather', [table, lookUp(b, words)], { axis: int(0) })]);
  const isWord = b.op('Cast', [b.op('Not', [b.op('Equal', [words, b.indices([0])])])], { to: int(1) });
  const weight = b.op('Unsqueeze', [isWord, b.indices([2])]);
  const sum = b.op('ReduceSum', [b.op('Mul', [mixed, weight]), b.indices([1])], { keepdims: int(0) });
  b.scope('');
  b.declare(b.rename(sum, 'scores'), { dtype: 'float32', shape: ['batch', 2] });
  return b.build(['scores']);
}

const request = (path: string, method: string): AttributeRequest => ({
  model: { path, engine: null },
  labels: [],
  method,
  target: { kind: 'class', class: 0 },
  sample: {
    feeds: { ids: ids(tokens) },
    count: tokens.length,
    featureOf: { ids: Int32Array.from(tokens, (_, i) => i) },
    fixed: new Set(),
    grid: null,
  },
  baseline: { id: 'pad', label: '[PAD]', kind: 'feeds', feeds: [{ ids: ids([0, 0, 0, 0]) }] },
  parameters: {},
});

test('the baseline’s score is that of the path’s end: the mask made of the ids stays the sample’s', async (t) => {
  const path = write(
    scratch(t),
    'masked.onnx',
    maskedSum((_, words) => words),
  );
  const compute = localCompute({ threads: 1 });
  const sum = (values: readonly number[]): number => values.reduce((total, x) => total + Math.tanh(x), 0);
  const [score, baselineScore] = [sum([0.5, 1.1, -0.9, 1.1]), sum([0.3, 0.3, 0.3, 0.3])];
  for (const method of ['deeplift', 'integrated-gradients']) {
    const { accounting, relevance } = await compute.attribute(request(path, method));
    assert.ok(Math.abs(accounting.score - score) < 1e-6);
    assert.ok(Math.abs((accounting.baselineScore ?? NaN) - baselineScore) < 1e-6, method);
    assert.ok(Math.abs((accounting.residual ?? NaN) / score) < 1e-3, `${method}: ${accounting.residual}`);
    assert.ok(Math.abs((relevance[0] ?? NaN) - (Math.tanh(0.5) - Math.tanh(0.3))) < 1e-3, method);
  }
  await compute.dispose();
});

test('where no way leads from the ids to an embedding, a method says so instead of giving 0', async (t) => {
  const doubled = (b: GraphBuilder, words: Value): Value => b.op('Mod', [b.op('Mul', [words, words]), b.indices([4])]);
  const path = write(scratch(t), 'doubled.onnx', maskedSum(doubled));
  const compute = localCompute({ threads: 1 });
  const summary = await compute.load({ path, engine: null });
  assert.equal(summary.entries.length, 0);
  for (const method of ['integrated-gradients', 'gradient', 'lrp', 'deeplift', 'layer-gradient-x-activation'])
    await assert.rejects(compute.attribute(request(path, method)), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.code, 'method-unfit');
      assert.match(error.where ?? '', /no way is known from its input/);
      return true;
    });
  const occlusion = await compute.attribute(request(path, 'occlusion'));
  assert.ok(occlusion.relevance.some((value) => value !== 0));
  await compute.dispose();
});
