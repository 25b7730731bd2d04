/** Units of a class over samples, on a network whose slopes are known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionCache } from '../../../server/compute/sessions';
import { classUnits } from '../../../server/compute/units';
import { openEngine } from '../../../server/engine';
import { f32 } from '../../../server/graph/tensor';
import type { Model } from '../../../server/model/types';
import { denseModel, row } from '../explain/networks';

/** h = relu(x W), f = h V with slopes V where a unit is on. */
const model: Model = denseModel('units', 2, 2, (b, x) => {
  const hidden = b.op('Relu', [b.op('MatMul', [x, b.constant(f32([1, 0, -1, 0, 1, -1], [2, 3]))])], {}, 'hidden');
  return b.op('MatMul', [hidden, b.constant(f32([2, 0, 0, 3, -1, 1], [3, 2]))]);
});
const layer = model.graph.nodes.find(({ op }) => op === 'Relu')?.outputs[0] ?? '';
const member = (values: readonly number[], gold: number) => ({ feeds: { x: row(values) }, gold, title: '' });
const members = [member([1, 2], 0), member([3, -1], 1), member([-1, -1], 1)];

async function ask(more: object = {}) {
  const engine = await openEngine('onnxruntime/cpu', { threads: 1 });
  const lease = sessionCache(2 ** 20).lease();
  try {
    const request = {
      model: { path: '', engine: null },
      labels: ['a', 'b'],
      target: { kind: 'class', class: 'a' },
      layer,
      members,
      onlyOwnClass: false,
      ...more,
    } as const;
    return await classUnits({ model, engine }, lease, request, {});
  } finally {
    lease.end();
  }
}

test('influence is the mean slope over the samples, activation what each sample gives', async () => {
  const { influence, activations, averagedOver } = await ask();
  // The slope with respect to h is V's column, whether a unit is on or not.
  assert.deepEqual([...influence], [2, 0, -1]);
  assert.equal(averagedOver, 3);
  assert.deepEqual(
    [...activations],
    [1, 2, 0, 3, 0, 0, 0, 0, 2].map((value) => value),
  );
});

test('a contrast asks what tells two classes apart', async () => {
  const { influence } = await ask({ target: { kind: 'contrast', class: 'a', against: 'b' } });
  assert.deepEqual([...influence], [2, -3, -2]);
});

test('only samples of the class', async () => {
  assert.equal((await ask({ onlyOwnClass: true })).averagedOver, 1);
  await assert.rejects(ask({ onlyOwnClass: true, members: members.slice(1) }), /No sample of the dataset/);
});

test('a predicted class needs a sample; unknown layers are named with near ones', async () => {
  await assert.rejects(ask({ target: { kind: 'predicted' } }), /no predicted class/);
  await assert.rejects(ask({ layer: `${layer}x` }), (error: Error) => error.message.includes(`${layer}x`));
});
