import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled, UserError } from '../../../server/errors';
import { f32 } from '../../../server/graph/tensor';
import { uniform } from '../../../server/random';
import { METHODS, methodById } from '../../../server/explain/methods';
import { explain, explainRow, baselineRow } from './explain';
import { denseModel, column, mlp, row } from './networks';

const W1 = [0.9, -1.2, 0.4, 0.7, 0.3, 0.8, -0.5, 1.1, -0.7, 0.2, 0.6, -0.9];
const net = mlp(
  'methods',
  [3, 4, 3],
  W1,
  [0.1, -0.2, 0.3, 0],
  [1, -1, 0.5, 0.2, 0.7, -0.4, -0.3, 0.9, 1.1, 0.4, -0.8, 0.6],
  [0, 0.1, -0.1],
  'Tanh',
);
const X = [1.5, -0.7, 2.2];
const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-5): void => {
  assert.equal(a.length, b.length);
  for (let i = 0; i < a.length; i += 1)
    assert.ok(
      Math.abs((a[i] as number) - (b[i] as number)) <= tolerance,
      `${Array.from(a).join()} ≠ ${Array.from(b).join()}`,
    );
};
const mean = (rows: readonly ArrayLike<number>[]): number[] =>
  Array.from(rows[0] as ArrayLike<number>, (_, i) => rows.reduce((sum, r) => sum + (r[i] as number) / rows.length, 0));

test('every method documents itself', () => {
  for (const { info } of METHODS) {
    for (const text of [info.id, info.name, info.formula, info.means, info.needs, info.misleads, info.cost])
      assert.ok(text.length >= 3, `${info.id}: “${text}”`);
    assert.ok(info.axioms.length > 0 && info.papers.length > 0);
    for (const parameter of info.parameters) assert.ok(parameter.description.length > 10);
    assert.equal(methodById(info.id).info, info);
  }
  assert.throws(() => methodById('magic'), /integrated-gradients/);
});

test('parameters: text from a command line is read, nonsense is refused with the parameter’s own description', async () => {
  const { parameters } = await explainRow(net, X, { method: 'smoothgrad', parameters: { samples: '7', noise: '0.2' } });
  assert.deepEqual(parameters, { variant: 'mean', samples: 7, noise: 0.2, seed: 0 });
  for (const bad of [
    { samples: 0 },
    { samples: 'many' },
    { samples: 1.5 },
    { variant: 'best' },
    { sample: 3 },
    { noise: NaN },
  ])
    await assert.rejects(explainRow(net, X, { method: 'smoothgrad', parameters: bad }), UserError);
});

test('smoothgrad: same seed, same bytes; another seed, other bytes; noise 0 is the gradient', async () => {
  const of = async (parameters: Record<string, number | string>) =>
    (await explainRow(net, X, { method: 'smoothgrad', parameters })).relevance;
  assert.deepEqual(await of({}), await of({}));
  assert.notDeepEqual(await of({}), await of({ seed: 1 }));
  const { relevance: gradient } = await explainRow(net, X, { method: 'gradient' });
  near(await of({ noise: 0 }), gradient, 1e-6);
  near(
    await of({ noise: 0, variant: 'squared' }),
    gradient.map((g) => g * g),
    1e-6,
  );
  near(await of({ noise: 0, variant: 'variance' }), [0, 0, 0], 1e-9);
});

test('smoothgrad of a square: the mean is the gradient, the variance (2σ)²', async () => {
  // S = x₁², σ = 0.15 · (4 − 0): ∂S = 2x₁ + 2ε.
  const square = denseModel('square', 2, 1, (b, x) => b.op('Mul', [column(b, x, 0), column(b, x, 0)]));
  const of = async (variant: string) =>
    (await explainRow(square, [4, 0], { method: 'smoothgrad', parameters: { variant, samples: 10_000 } })).relevance;
  const sigma = 0.6;
  // Standard errors: 2σ/√n = 0.012, (2σ)²√(2/n) = 0.02.
  near(await of('mean'), [8, 0], 0.05);
  near(await of('variance'), [4 * sigma ** 2, 0], 0.08);
  near(await of('squared'), [64 + 4 * sigma ** 2, 0], 0.9);
});

test('rows of one run do not change the numbers: chunks of 1 and of 16', async () => {
  const slow = { ...net, hash: 'test:methods-unbatchable', batchable: false };
  for (const method of ['smoothgrad', 'integrated-gradients', 'occlusion']) {
    const [many, one] = [await explainRow(net, X, { method }), await explainRow(slow, X, { method })];
    near(many.relevance, one.relevance, 1e-6);
    assert.equal(many.accounting.evaluations, one.accounting.evaluations);
  }
});

test('integrated gradients: every rule tends to the same, at the cost it says', async () => {
  const exact = (await explainRow(net, X, { method: 'integrated-gradients', parameters: { steps: 2000 } })).relevance;
  for (const [quadrature, steps, tolerance] of [
    ['midpoint', 32, 2e-3],
    ['gauss-legendre', 16, 1e-5],
    ['trapezoid', 64, 2e-3],
    ['right-riemann', 1000, 5e-3],
    ['probes', 32, 5e-3],
  ] as const) {
    const result = await explainRow(net, X, { method: 'integrated-gradients', parameters: { quadrature, steps } });
    near(result.relevance, exact, tolerance);
    assert.equal(result.accounting.evaluations, steps + (quadrature === 'probes' ? 16 : 0));
    assert.equal(result.parameters['quadrature'], quadrature);
  }
});

test('integrated gradients: auto is midpoint 32 for logits, 16 + 16 by probes for probabilities', async () => {
  const logit = await explainRow(net, X, { method: 'integrated-gradients' });
  assert.deepEqual([logit.parameters['quadrature'], logit.parameters['steps']], ['midpoint', 32]);
  const target = { kind: 'class', class: 0, scale: 'probability' } as const;
  const probability = await explainRow(net, X, { method: 'integrated-gradients', target });
  assert.deepEqual([probability.parameters['quadrature'], probability.parameters['steps']], ['probes', 16]);
  assert.equal(probability.accounting.evaluations, 32);
  const published = { quadrature: 'right-riemann' };
  assert.equal(
    (await explainRow(net, X, { method: 'integrated-gradients', target, parameters: published })).parameters['steps'],
    50,
  );
});

test('integrated gradients: the curve holds both ends, every node, and ends at a share of 1', async () => {
  const { path, accounting } = await explainRow(net, X, { method: 'integrated-gradients' });
  assert.ok(path !== null);
  assert.equal(path.alphas.length, 34);
  assert.deepEqual([path.alphas[0], path.alphas.at(-1)], [0, 1]);
  assert.ok(path.alphas.every((alpha, i) => i === 0 || alpha > (path.alphas[i - 1] as number)));
  assert.equal(path.scores[0], accounting.baselineScore);
  assert.equal(path.scores.at(-1), accounting.score);
  assert.deepEqual([path.share[0], path.share.at(-1)], [0, 1]);
  assert.ok(path.probabilities?.every((p) => p > 0 && p < 1));
});

test('integrated gradients: frames are interior gradients × (x − x′)', async () => {
  const { path } = await explainRow(net, X, { method: 'integrated-gradients', parameters: { frames: 4 } });
  assert.ok(path !== null);
  assert.equal(path.frames.length, 4);
  for (const { alpha, relevance } of path.frames) {
    const at = await explainRow(
      net,
      X.map((x) => alpha * x),
      { method: 'gradient' },
    );
    near(
      relevance,
      at.relevance.map((g, i) => g * (X[i] as number)),
    );
  }
});

test('integrated gradients: several baselines are averaged, in relevance and in the expected sum', async () => {
  const [a, b] = [
    [0, 1, 0.5],
    [2, -1, 0],
  ];
  const one = await Promise.all(
    [a, b].map((from) => explainRow(net, X, { method: 'integrated-gradients', baseline: baselineRow(from) })),
  );
  const both = await explainRow(net, X, {
    method: 'integrated-gradients',
    baseline: { id: 'two', label: 'two', kind: 'feeds', feeds: [{ x: row(a) }, { x: row(b) }] },
  });
  near(both.relevance, mean(one.map((result) => result.relevance)), 1e-6);
  near([both.accounting.expected ?? NaN], mean(one.map((result) => [result.accounting.expected ?? NaN])), 1e-6);
  near([both.baselineScores?.[0]?.probability ?? NaN], [both.baselineScores?.[0]?.probability ?? 0]);
  assert.ok(Math.abs((both.baselineScores ?? []).reduce((sum, score) => sum + (score.probability ?? 0), 0) - 1) < 1e-9);
});

test('tolerance: local residuals fall below it, and the change by refinement covers the true error', async () => {
  // A kinked path: 40 ReLU units switch at different α.
  const next = uniform(5);
  const random = (count: number): number[] => Array.from({ length: count }, () => 4 * next() - 2);
  const kinked = mlp('kinked', [3, 40, 3], random(120), random(40), random(120), random(3));
  const exact = (
    await explainRow(kinked, X, { method: 'integrated-gradients', parameters: { steps: 4000, frames: 0 } })
  ).relevance;
  let before = Infinity;
  let spent = 0;
  for (const tolerance of [0.1, 0.01, 0.001]) {
    const { relevance, accounting, path } = await explainRow(kinked, X, {
      method: 'integrated-gradients',
      parameters: { tolerance },
    });
    const { perInterval = NaN, changeByRefinement = NaN, expected = NaN, residual = NaN, evaluations } = accounting;
    assert.ok(perInterval <= tolerance * Math.abs(expected), `${perInterval} at ${tolerance}`);
    assert.ok(perInterval >= Math.abs(residual) - 1e-6);
    const error = relevance.reduce((sum, value, i) => sum + Math.abs(value - (exact[i] as number)), 0);
    assert.ok(changeByRefinement >= error - 1e-4, `${changeByRefinement} < ${error}`);
    assert.ok(evaluations > spent, 'a smaller tolerance costs more');
    assert.ok(evaluations < 1100);
    spent = evaluations;
    assert.ok(error <= before + 1e-4);
    assert.equal(path?.frames.length, 8);
    before = error;
  }
});

test('occlusion: windows of pixels cover the picture, overlaps are averaged', async () => {
  // S = Σ x on a 4 × 4 picture: taking a window of ones away costs as many as it has.
  const sum = denseModel('sum-16', 16, 1, (b, x) => b.op('ReduceSum', [x, b.indices([1])]));
  const pixels = {
    feeds: { x: row(Array.from({ length: 16 }, () => 1)) },
    count: 16,
    featureOf: { x: Int32Array.from({ length: 16 }, (_, i) => i) },
    fixed: new Set<number>(),
    grid: { width: 4, height: 4 },
  };
  const of = (parameters: Record<string, number>) =>
    explain(sum, { method: 'occlusion', sample: pixels, baseline: null, parameters });
  near((await of({ window: 2, stride: 1 })).relevance, Array<number>(16).fill(4));
  near((await of({ window: 3, stride: 2 })).relevance, Array<number>(16).fill(9));
  const byItself = await of({});
  assert.deepEqual(byItself.parameters, { window: 1, stride: 1 });
  near(byItself.relevance, Array<number>(16).fill(1));
});

test('fixed features are never taken away', async () => {
  const sum = denseModel('sum-3', 3, 1, (b, x) => b.op('ReduceSum', [x, b.indices([1])]));
  const sample = {
    feeds: { x: row([1, 2, 3]) },
    count: 3,
    featureOf: { x: Int32Array.of(0, 1, 2) },
    fixed: new Set([0]),
    grid: null,
  };
  const occluded = await explain(sum, { method: 'occlusion', sample, baseline: null });
  near(occluded.relevance, [0, 2, 3]);
  // The zero baseline keeps the fixed feature: S(x′) = 1.
  const path = await explain(sum, { method: 'integrated-gradients', sample, baseline: null });
  near(path.relevance, [0, 2, 3]);
  assert.equal(path.accounting.baselineScore, 1);
});

test('a baseline that is evidence itself is named', async () => {
  const same = await explainRow(net, X, {
    method: 'integrated-gradients',
    target: { kind: 'predicted' },
    baseline: baselineRow(X.map((x) => 0.9 * x)),
  });
  assert.ok(same.warnings.some(({ code }) => code === 'baseline-is-evidence'));
});

test('progress counts up, and cancelling stops before the next chunk', async () => {
  const slow = { ...net, hash: 'test:methods-cancel', batchable: false };
  const abort = new AbortController();
  const seen: number[] = [];
  await assert.rejects(
    explainRow(
      slow,
      X,
      { method: 'integrated-gradients', parameters: { steps: 100 } },
      {
        signal: abort.signal,
        progress: (done, total) => {
          assert.equal(total, 100);
          seen.push(done);
          if (done === 5) abort.abort();
        },
      },
    ),
    Cancelled,
  );
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
});

test('LRP: shares of biases multiply from layer to layer; warning and error say so, and absorbing does not', async () => {
  const size = 24;
  const deep = (depth: number) => {
    const random = uniform(7);
    const numbers = (length: number, scale: number) => Float32Array.from({ length }, () => scale * (2 * random() - 1));
    return denseModel(`deep-${depth}`, size, 2, (b, x) => {
      let value = x;
      for (let k = 0; k < depth; k += 1) {
        const weights = b.constant(f32(numbers(size * size, 0.4), [size, size]));
        value = b.op('Relu', [b.op('Add', [b.op('MatMul', [value, weights]), b.constant(f32(numbers(size, 0.3)))])]);
      }
      return b.op('MatMul', [value, b.constant(f32(numbers(2 * size, 1), [size, 2]))]);
    });
  };
  const x = Array.from({ length: size }, (_, i) => Math.sin(i + 1));
  const by = (depth: number, bias: string) =>
    explainRow(deep(depth), x, { method: 'lrp', parameters: { rule: 'epsilon', bias } });
  const absorbed = await by(300, 'absorb');
  assert.ok(absorbed.accounting.cancellation < 1);
  const { accounting, warnings } = await by(100, 'redistribute');
  assert.ok(accounting.cancellation > 1e12, String(accounting.cancellation));
  const warning = warnings.find(({ code }) => code === 'cancellation');
  assert.match(warning?.message ?? '', /bias=redistribute/);
  assert.deepEqual(warning?.action?.parameters, { bias: 'absorb' });
  await assert.rejects(
    by(300, 'redistribute'),
    (error: UserError) => error.code === 'outgrown' && /bias=redistribute.*bias=absorb/.test(error.message),
  );
});
