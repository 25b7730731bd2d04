/** A state whose first axis counts layers, beside a sample: nothing is stacked, and every method sees it whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../server/graph/builder';
import { int } from '../../../server/graph/attributes';
import { f32 } from '../../../server/graph/tensor';
import type { EntryPoint, Model } from '../../../server/model/types';
import { explain } from './explain';
import { denseModel } from './networks';

/** y = x + Σ_layers state², x [1, 2], state [2, 1, 2]. */
function model(): Model {
  const b = new GraphBuilder('states');
  const x = b.input('x', 'float32', [1, 2]);
  const state = b.input('state', 'float32', [2, 1, 2]);
  const squares = b.op('ReduceSum', [b.op('Mul', [state, state]), b.indices([0])], { keepdims: int(0) });
  const logits = b.rename(b.op('Add', [x, squares]), 'y');
  const type = { dtype: 'float32', shape: [1, 2] } as const;
  const entries: readonly EntryPoint[] = [
    { input: 'x', value: 'x', type, kind: 'identity' },
    { input: 'state', value: 'state', type: { dtype: 'float32', shape: [2, 1, 2] }, kind: 'identity' },
  ];
  const plain = denseModel('states', 2, 2, (inner, value) => inner.op('Identity', [value]));
  return {
    ...plain,
    graph: b.build([logits]),
    inputs: entries.map(({ input, type: own }) => ({ name: input, type: own })),
    output: { ...plain.output, type },
    entries,
    batchable: false,
    hash: 'test:states-first',
  };
}

const feeds = { x: f32([3, 5], [1, 2]), state: f32([1, 2, 4, 7], [2, 1, 2]) };
const zeros = { x: f32([0, 0], [1, 2]), state: f32([0, 0, 0, 0], [2, 1, 2]) };
const sample = {
  feeds,
  count: 6,
  featureOf: { x: Int32Array.of(0, 1), state: Int32Array.of(2, 3, 4, 5) },
  fixed: new Set<number>(),
  grid: null,
};
const of = async (method: string, parameters = {}): Promise<number[]> => {
  const baseline = { id: 'zero', label: 'zero', kind: 'feeds', feeds: [zeros] } as const;
  return Array.from((await explain(model(), { method, sample, baseline, parameters })).relevance);
};

test('gradient: 1 for its own x, 2 s for both layers of the state', async () => {
  assert.deepEqual(await of('gradient'), [1, 0, 2, 0, 8, 0]);
});

test('integrated gradients: x and s², what each adds', async () => {
  for (const quadrature of ['midpoint', 'gauss-legendre'])
    (await of('integrated-gradients', { quadrature })).forEach((value, at) =>
      assert.ok(Math.abs(value - ([3, 0, 1, 0, 16, 0][at] ?? NaN)) < 1e-5, `feature ${at}: ${value}`),
    );
});

test('occlusion: the same, by taking away', async () => {
  assert.deepEqual(await of('occlusion'), [3, 0, 1, 0, 16, 0]);
});
