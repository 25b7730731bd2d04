/** Many samples at once give what each gives alone, in fewer runs; activations are those of the layer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attribute } from '../../../server/compute/attribute';
import { activationsOf, relevancesOf } from '../../../server/compute/relevances';
import type { RelevancesRequest } from '../../../server/compute/relevance-types';
import { sessionCache } from '../../../server/compute/sessions';
import type { Lease } from '../../../server/compute/sessions';
import { openEngine } from '../../../server/engine';
import { Cancelled } from '../../../server/errors';
import { penultimateOf } from '../../../server/explain/penultimate';
import { f32 } from '../../../server/graph/tensor';
import type { Model } from '../../../server/model/types';
import { denseModel, row } from '../explain/networks';

/** h = relu(x W), f = h V + b. */
const model: Model = denseModel('many', 2, 2, (b, x) => {
  const hidden = b.op('Relu', [b.op('MatMul', [x, b.constant(f32([1, 0, -1, 0.5, 1, -1], [2, 3]))])], {}, 'hidden');
  const sum = b.op('MatMul', [hidden, b.constant(f32([2, 0, 0, 3, -1, 1], [3, 2]))]);
  return b.op('Add', [sum, b.constant(f32([0.25, -0.5], [2]))]);
});
const points = Array.from({ length: 37 }, (_, i) => [Math.sin(i), Math.cos(3 * i)] as const);
const sampleOf = (values: readonly number[]) => ({
  sample: {
    feeds: { x: row(values) },
    count: 2,
    featureOf: { x: Int32Array.of(0, 1) },
    fixed: new Set<number>(),
    grid: null,
  },
  target: { kind: 'predicted' } as const,
  baseline: { id: 'zero', label: 'zero', kind: 'zero-entries' } as const,
});
const request = (method: string): RelevancesRequest => ({
  model: { path: '', engine: null },
  labels: ['a', 'b'],
  method,
  parameters: {},
  rows: points.map(sampleOf),
});

async function withLease<T>(
  work: (lease: Lease, loaded: { model: Model; engine: Awaited<ReturnType<typeof openEngine>> }) => Promise<T>,
): Promise<T> {
  const engine = await openEngine('onnxruntime/cpu', { threads: 1 });
  const lease = sessionCache(2 ** 20).lease();
  try {
    return await work(lease, { model, engine });
  } finally {
    lease.end();
  }
}

for (const method of ['gradient-x-input', 'lrp', 'integrated-gradients', 'occlusion'])
  test(`${method}: many at once are each alone`, async () => {
    await withLease(async (lease, loaded) => {
      let runs = 0;
      const counting: Lease = {
        async get(engine, own, spec) {
          const executable = await lease.get(engine, own, spec);
          return { ...executable, run: (...args) => ((runs += 1), executable.run(...args)) };
        },
        end: () => undefined,
      };
      const { rows } = await relevancesOf(loaded, counting, new WeakMap(), request(method), {});
      if (method === 'gradient-x-input' || method === 'lrp') assert.ok(runs < points.length, `${runs} runs`);
      for (const [i, point] of points.entries()) {
        const alone = await attribute(loaded, lease, new WeakMap(), { ...request(method), ...sampleOf(point) }, {});
        assert.deepEqual(rows[i]?.target, alone.target);
        alone.relevance.forEach((value, j) =>
          assert.ok(Math.abs((rows[i]?.relevance[j] ?? NaN) - value) < 1e-6, `${method} ${i}: ${value}`),
        );
      }
    });
  });

test('a model whose batch mixes rows is explained one by one', async () => {
  await withLease(async (lease, loaded) => {
    const mixed = { ...loaded, model: { ...model, batchable: false } };
    let most = 0;
    const watching: Lease = {
      async get(engine, own, spec) {
        const executable = await lease.get(engine, own, spec);
        const run: typeof executable.run = (feeds, signal) => {
          most = Math.max(most, ...Object.values(feeds).map(({ dims }) => dims[0] ?? 0));
          return executable.run(feeds, signal);
        };
        return { ...executable, run };
      },
      end: () => undefined,
    };
    await relevancesOf(mixed, watching, new WeakMap(), request('gradient-x-input'), {});
    assert.equal(most, 1);
  });
});

test('a cancelled request stops, and one bad sample is an error of its own words', async () => {
  await withLease(async (lease, loaded) => {
    const abort = new AbortController();
    const ask = request('gradient-x-input');
    const rows = Array.from({ length: 10 }, () => ask.rows).flat();
    const long = relevancesOf(
      loaded,
      lease,
      new WeakMap(),
      { ...ask, rows },
      {
        signal: abort.signal,
        progress: () => abort.abort(),
      },
    );
    await assert.rejects(long, Cancelled);
    const bad = { ...request('gradient-x-input'), method: 'no-such-method' };
    await assert.rejects(relevancesOf(loaded, lease, new WeakMap(), bad, {}), /no-such-method/);
  });
});

test('activations are what the last linear layer reads', async () => {
  const hidden = model.graph.nodes.find(({ op }) => op === 'Relu')?.outputs[0];
  assert.equal(penultimateOf(model), hidden);
  await withLease(async (lease, loaded) => {
    const rows = points.map((point) => ({ x: row(point) }));
    const ask = { model: { path: '', engine: null }, rows, layer: '' };
    const result = await activationsOf(loaded, lease, new WeakMap(), ask, {});
    assert.equal(result.width, 3);
    for (const [i, [x, y]] of points.entries()) {
      const h = [x + 0.5 * y, y, -x - y].map((value) => Math.max(0, value));
      h.forEach((value, j) => assert.ok(Math.abs((result.activations[i * 3 + j] ?? NaN) - value) < 1e-6));
      const [f0, f1] = [2 * (h[0] ?? 0) - (h[2] ?? 0) + 0.25, 3 * (h[1] ?? 0) + (h[2] ?? 0) - 0.5];
      assert.ok(Math.abs((result.probabilities[i]?.[0] ?? NaN) - 1 / (1 + Math.exp(f1 - f0))) < 1e-6);
    }
    await assert.rejects(activationsOf(loaded, lease, new WeakMap(), { ...ask, layer: 'hiden' }, {}), /hiden/);
  });
});
