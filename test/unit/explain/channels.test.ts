/** Σ |R| over the channels of a pixel, which the window view shows: by a fixed rule and by refinement. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { int } from '../../../server/graph/attributes';
import { f32 } from '../../../server/graph/tensor';
import { explain } from './explain';
import { denseModel, row } from './networks';

/** Two pixels of two channels: S = x₀³ − x₁³ + 2x₂ − x₃, whose integrated gradients from 0 are its four terms. */
const model = denseModel('channels', 4, 1, (b, x) => {
  const cube = b.op('Mul', [b.op('Mul', [x, x]), x]);
  const curved = b.op('MatMul', [cube, b.constant(f32([1, -1, 0, 0], [4, 1]))]);
  const straight = b.op('MatMul', [x, b.constant(f32([0, 0, 2, -1], [4, 1]))]);
  return b.op('Concat', [b.op('Add', [curved, straight])], { axis: int(1) });
});
const sample = {
  feeds: { x: row([1.5, 1, 0.5, 3]) },
  count: 2,
  featureOf: { x: Int32Array.of(0, 0, 1, 1) },
  fixed: new Set<number>(),
  grid: { width: 2, height: 1 },
};
const baseline = { id: 'black', label: 'black', kind: 'feeds', feeds: [{ x: row([0, 0, 0, 0]) }] } as const;
const expected = { relevance: [1.5 ** 3 - 1, 1 - 3], magnitude: [1.5 ** 3 + 1, 1 + 3] };

for (const parameters of [{ steps: 256 }, { tolerance: 0.001 }])
  test(`integrated gradients, ${JSON.stringify(parameters)}`, async () => {
    const result = await explain(model, { method: 'integrated-gradients', sample, baseline, parameters });
    for (const name of ['relevance', 'magnitude'] as const)
      expected[name].forEach((value, pixel) => {
        const own = result[name]?.[pixel] ?? NaN;
        assert.ok(Math.abs(own - value) < 0.02, `${name} ${pixel}: ${own} instead of ${value}`);
      });
  });
