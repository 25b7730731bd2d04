/** DeepLIFT and DeepSHAP as methods; axioms on random networks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../server/errors';
import { int } from '../../../../server/graph/attributes';
import { f32 } from '../../../../server/graph/tensor';
import type { Value } from '../../../../server/graph/types';
import { baselineRow, explainRow } from '../explain';
import { column, denseModel, mlp, row } from '../networks';

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-4): void => {
  assert.equal(actual.length, expected.length);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i += 1)
    assert.ok(
      Math.abs((actual[i] as number) - (expected[i] as number)) <= tolerance * scale,
      `[${Array.from(actual).join(', ')}] is not [${Array.from(expected).join(', ')}]`,
    );
};

const W = [0.9, -1.2, 0.4, 0.7, 0.3, 0.8, -0.5, 1.1, -0.7, 0.2, 0.6, -0.9];
let models = 0;
const numbers = (length: number) =>
  fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: length, maxLength: length });
const network = fc.record({
  w1: numbers(15),
  b1: numbers(5),
  w2: numbers(10),
  b2: numbers(2),
  x: numbers(3),
  from: numbers(3),
  kind: fc.constantFrom('Relu' as const, 'Tanh' as const),
  variant: fc.constantFrom('rescale', 'reveal-cancel'),
});
type Network = typeof network extends fc.Arbitrary<infer T> ? T : never;
const build = ({ w1, b1, w2, b2, kind }: Network) =>
  mlp(`differences-${(models += 1)}`, [3, 5, 2], w1, b1, w2, b2, kind);
const RUNS = { numRuns: 12 };

test('completeness: DeepLIFT sums to S(x) − S(x′), by either rule', () =>
  fc.assert(
    fc.asyncProperty(network, async (n) => {
      const { accounting, warnings } = await explainRow(build(n), n.x, {
        method: 'deeplift',
        baseline: baselineRow(n.from),
        parameters: { variant: n.variant },
      });
      near([accounting.sum], [accounting.score - (accounting.baselineScore ?? NaN)]);
      // A change of an input below 1e-7 has its slope as multiplier: of changes that small no share can be missing.
      const counts = Math.abs(accounting.expected ?? 0) > 1e-6;
      assert.ok(!counts || warnings.every(({ code }) => code !== 'incomplete'));
    }),
    RUNS,
  ));

test('linearity: a contrast is the difference of its logits (rescale)', () =>
  fc.assert(
    fc.asyncProperty(network, async (n) => {
      const net = build(n);
      const of = async (target: Parameters<typeof explainRow>[2]['target']) =>
        (
          await explainRow(net, n.x, {
            method: 'deeplift',
            baseline: baselineRow(n.from),
            ...(target ? { target } : {}),
          })
        ).relevance;
      const [a, c] = [await of({ kind: 'class', class: 0 }), await of({ kind: 'class', class: 1 })];
      near(
        await of({ kind: 'contrast', class: 0, against: 1 }),
        a.map((value, i) => value - (c[i] as number)),
      );
    }),
    RUNS,
  ));

test('symmetry and sensitivity: equal parts get the same, unused or unchanged inputs nothing', () =>
  fc.assert(
    fc.asyncProperty(network, async (n) => {
      const w1 = [...n.w1.slice(0, 5), ...n.w1.slice(0, 5), 0, 0, 0, 0, 0];
      const [x, from] = [n.x, n.from].map(([a = 0, , c = 0]) => [a, a, c]) as [number[], number[]];
      const wish = { method: 'deeplift', parameters: { variant: n.variant } };
      const same = await explainRow(build({ ...n, w1 }), x, { ...wish, baseline: baselineRow(from) });
      near([same.relevance[0] as number, same.relevance[2] as number], [same.relevance[1] as number, 0]);
      // (a): one input differs, it gets all of the difference.
      const one = await explainRow(build(n), n.x, {
        ...wish,
        baseline: baselineRow([n.from[0] as number, ...n.x.slice(1)]),
      });
      near(one.relevance, [one.accounting.expected ?? NaN, 0, 0]);
    }),
    RUNS,
  ));

test('implementation invariance holds for the same parts in another order, not for other parts', async () => {
  const square = denseModel('square', 2, 1, (b, x) => b.op('Pow', [column(b, x, 0), b.scalar(2)]));
  const product = denseModel('square-2', 2, 1, (b, x) => b.op('Mul', [column(b, x, 0), column(b, x, 0)]));
  const of = async (net: typeof square) =>
    (await explainRow(net, [3, 0], { method: 'deeplift', baseline: baselineRow([1, 0]) })).relevance;
  near(await of(square), await of(product));
  near(await of(square), [8, 0]);
  // x₁ σ(x₁ + x₂) as a product: the second input gets half of Δσ; IG along the line says something else.
  const gate = denseModel('gate', 2, 1, (b, x) =>
    b.op('Mul', [column(b, x, 0), b.op('Sigmoid', [b.op('Add', [column(b, x, 0), column(b, x, 1)])])]),
  );
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  const gain = (2 * (sigmoid(3) - 0.5)) / 3 / 2;
  near(
    await of(gate)
      .then(() => explainRow(gate, [2, 1], { method: 'deeplift', baseline: baselineRow([0, 0]) }))
      .then(({ relevance }) => relevance),
    [2 * 0.5 * (sigmoid(3) + 0.5) + 2 * gain, gain],
  );
});

test('several baselines are averaged, as rows of one run or one by one', async () => {
  const net = mlp('differences-net', [3, 4, 3], W, [0.1, -0.2, 0.3, 0], W, [0, 0.5, -0.5]);
  const slow = { ...net, hash: 'test:differences-slow', batchable: false };
  const froms = [
    [0, 1, 0.5],
    [2, -1, 0],
    [0.3, 0.3, -0.3],
  ];
  const x = [1.5, -0.8, 0.4];
  const wish = {
    method: 'deeplift',
    baseline: { id: 'three', label: 'three', kind: 'feeds', feeds: froms.map((from) => ({ x: row(from) })) },
  } as const;
  const one = await Promise.all(
    froms.map((from) => explainRow(net, x, { method: 'deeplift', baseline: baselineRow(from) })),
  );
  const mean = [0, 1, 2].map((i) => one.reduce((sum, { relevance }) => sum + (relevance[i] as number) / 3, 0));
  near((await explainRow(net, x, wish)).relevance, mean);
  near((await explainRow(slow, x, wish)).relevance, mean);
  // The same samples as a population: DeepSHAP.
  const population = froms.map((from) => ({ feeds: { x: row(from) }, gold: null, title: '' }));
  const shap = await explainRow(net, x, { method: 'deepshap', population });
  near(shap.relevance, mean);
  near([shap.accounting.sum], [shap.accounting.score - (shap.accounting.baselineScore ?? NaN)]);
  near(
    [shap.accounting.baselineScore ?? NaN],
    [one.reduce((sum, { accounting }) => sum + (accounting.baselineScore ?? NaN) / 3, 0)],
  );
});

test('a target that is not linear in the logits is refused with the way out', async () => {
  const net = mlp('differences-target', [3, 4, 3], W, [0.1, -0.2, 0.3, 0], W, [0, 0.5, -0.5]);
  await assert.rejects(
    explainRow(net, [1, 2, 3], { method: 'deeplift', target: { kind: 'class', class: 0, scale: 'probability' } }),
    (error) => error instanceof UserError && error.code === 'target-unfit' && (error.next ?? '').includes('contrast'),
  );
});

test('a baseline that leaves normalisation layers no spread: 1/√ε is named as what cancels', async () => {
  const size = 6;
  const weights = Float32Array.from({ length: size * size }, (_, i) => Math.sin(3 * i + 1));
  const model = denseModel('norms', size, 2, (b, x) => {
    const norm = (value: Value): Value =>
      b.op('LayerNormalization', [
        b.op('MatMul', [value, b.constant(f32(weights, [size, size]))]),
        b.constant(f32(new Float32Array(size).fill(1))),
        b.constant(f32(new Float32Array(size))),
      ]);
    return b.op('MatMul', [norm(norm(x)), b.constant(f32(weights.slice(0, 2 * size), [size, 2]))]);
  });
  const x = [1, -2, 0.5, 3, -1, 2];
  for (const method of ['deeplift', 'deepshap']) {
    const against = async (values: readonly number[]): Promise<readonly string[]> => {
      const result = await explainRow(model, x, { method, baseline: baselineRow(values) });
      return result.warnings.map(({ code }) => code);
    };
    assert.ok((await against(x.map(() => 0))).includes('flat-reference'), method);
    assert.ok(!(await against([2, 0.3, -1, 0.7, 1, -0.4])).includes('flat-reference'), method);
  }
});

test('safe division, Where(IsNaN(a/b), 0, a/b): the sum fits; against 0/0 there is no multiplier, and the error says so', async () => {
  const model = denseModel('safe-division', 2, 2, (b, x) => {
    const ratio = b.op('Div', [column(b, x, 0), column(b, x, 1)]);
    const safe = b.op('Where', [b.op('IsNaN', [ratio]), b.scalar(0), ratio]);
    return b.op('Concat', [safe, column(b, x, 1)], { axis: int(1) });
  });
  const against = (values: readonly number[]) =>
    explainRow(model, [6, 2], { method: 'deeplift', baseline: baselineRow(values) });
  const { accounting } = await against([1, 4]);
  near([accounting.sum, accounting.expected ?? Number.NaN], [2.75, 2.75]);
  await assert.rejects(
    against([0, 0]),
    (error: UserError) => error.code === 'undefined-there' && /Div.*another baseline/.test(error.message),
  );
});
