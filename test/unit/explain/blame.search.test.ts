/** Removal and search in the compute process, on linear models whose probabilities are known by hand. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localCompute } from '../../../server/compute/local';
import { Cancelled } from '../../../server/errors';
import { writeOnnx } from '../../../server/graph/onnx/write';
import { f32 } from '../../../server/graph/tensor';
import { denseModel } from './networks';

const folder = mkdtempSync(join(tmpdir(), 'model-blame-search-'));
const compute = localCompute({ threads: 1 });
after(async () => {
  await compute.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** f = xW: four inputs, two classes; the difference f₁ − f₀ has the slopes (−1, 2, −4, 0.5). */
const SLOPES = [-1, 2, -4, 0.5];
const path = join(folder, 'linear.onnx');
writeFileSync(
  path,
  writeOnnx(
    denseModel('linear-4', 4, 2, (b, x) =>
      b.op('MatMul', [
        x,
        b.constant(
          f32(
            SLOPES.flatMap((slope) => [0, slope]),
            [4, 2],
          ),
        ),
      ]),
    ).graph,
  ),
);
const model = { path, engine: null };
const x = [1, -1, 0.5, 2];
const sample = {
  feeds: { x: f32(x, [1, 4]) },
  count: 4,
  featureOf: { x: Int32Array.of(0, 1, 2, 3) },
  fixed: new Set<number>(),
  grid: null,
};
const p = (values: readonly number[]): number[] => {
  const f = values.reduce((sum, value, i) => sum + value * (SLOPES[i] ?? 0), 0);
  return [1 / (1 + Math.exp(f)), 1 / (1 + Math.exp(-f))];
};
const near = (actual: readonly number[] | undefined, expected: readonly number[]): void =>
  expected.forEach((value, i) =>
    assert.ok(Math.abs((actual?.[i] ?? NaN) - value) < 1e-5, `${String(actual)} ${String(expected)}`),
  );

test('removal: the first k features of the order have the other values, and no others', async () => {
  const other = [10, 20, 30, 40];
  const { start, steps } = await compute.remove({
    model,
    sample,
    runs: [
      { substitute: { kind: 'feeds', feeds: { x: f32(other, [1, 4]) } }, order: [2, 0, 3] },
      { substitute: { kind: 'zero-entries' }, order: [1, 2] },
      { substitute: { kind: 'negated-entries' }, order: [0] },
      { substitute: { kind: 'zero-entries' }, order: [] },
    ],
  });
  near(start, p(x));
  assert.deepEqual(
    steps.map((run) => run.length),
    [3, 2, 1, 0],
  );
  near(steps[0]?.[0], p([1, -1, 30, 2]));
  near(steps[0]?.[1], p([10, -1, 30, 2]));
  near(steps[0]?.[2], p([10, -1, 30, 40]));
  near(steps[1]?.[0], p([1, 0, 0.5, 2]));
  near(steps[1]?.[1], p([1, 0, 0, 2]));
  near(steps[2]?.[0], p([-1, -1, 0.5, 2]));
});

test('removal: special tokens never change', async () => {
  const { steps } = await compute.remove({
    model,
    sample: { ...sample, fixed: new Set([2]) },
    runs: [{ substitute: { kind: 'zero-entries' }, order: [2, 0] }],
  });
  near(steps[0]?.[0], p(x));
  near(steps[0]?.[1], p([0, -1, 0.5, 2]));
});

test('probabilities of many rows, in their order, more than one run holds', async () => {
  const rows = Array.from({ length: 37 }, (_, i) => [i / 10, 1, -i / 20, 0]);
  const { probabilities } = await compute.probabilities({ model, rows: rows.map((row) => ({ x: f32(row, [1, 4]) })) });
  assert.equal(probabilities.length, 37);
  rows.forEach((row, i) => near(probabilities[i], p(row)));
});

const all = (value: number): Record<string, Float32Array> => ({ x: new Float32Array(4).fill(value) });

test('search: gold wins by the one input with the steepest slope, as little as possible, on the grid', async () => {
  // f = −1 − 2 − 2 + 1 = −4. The third input (slope −4) alone needs a move of −1, to −0.5.
  const { feeds, probabilities } = await compute.search({
    model,
    sample,
    gold: 1,
    scale: all(1),
    low: all(-2),
    high: all(2),
    grid: all(0.25),
  });
  const found = Array.from(feeds?.['x']?.data as Float32Array);
  assert.deepEqual([found[0], found[1], found[3]], [x[0], x[1], x[3]], 'the others are as they were');
  assert.ok(found[2] !== undefined && found[2] < -0.5 && found[2] >= -1, `${found[2]}: just across the boundary`);
  assert.ok(Number.isInteger(found[2] * 4), 'on the grid');
  near(probabilities, p(found));
  assert.ok((probabilities[1] ?? 0) > 0.5);
});

test('search: within bounds, and what may not change does not; more inputs join where one is not enough', async () => {
  const { feeds } = await compute.search({
    model,
    sample,
    gold: 1,
    scale: { x: Float32Array.of(1, 1, 0, 1) },
    low: all(-1.2),
    high: { x: Float32Array.of(2, 0.2, 2, 2) },
    grid: all(0),
  });
  const found = Array.from(feeds?.['x']?.data as Float32Array);
  assert.equal(found[2], 0.5, 'scale 0');
  assert.ok(Math.abs((found[1] ?? NaN) - 0.2) < 1e-6, 'the best one goes to its bound');
  assert.ok((found[0] ?? NaN) < 1, 'and the next best helps');
  assert.ok((p(found)[1] ?? 0) > 0.5);
});

test('search: null where no change within the bounds is enough', async () => {
  const { feeds } = await compute.search({
    model,
    sample,
    gold: 1,
    scale: all(1),
    low: { x: Float32Array.from(x, (value) => value - 0.1) },
    high: { x: Float32Array.from(x, (value) => value + 0.1) },
    grid: all(0),
  });
  assert.equal(feeds, null);
});

test('search and removal stop when they are cancelled', async () => {
  const controller = new AbortController();
  controller.abort();
  const options = { signal: controller.signal };
  await assert.rejects(
    compute.search({ model, sample, gold: 1, scale: all(1), low: all(-2), high: all(2), grid: all(0) }, options),
    Cancelled,
  );
  await assert.rejects(
    compute.remove({ model, sample, runs: [{ substitute: { kind: 'zero-entries' }, order: [0, 1] }] }, options),
    Cancelled,
  );
});
