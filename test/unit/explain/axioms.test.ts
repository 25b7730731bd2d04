import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { f32 } from '../../../server/graph/tensor';
import { baselineRow, explainRow } from './explain';
import { denseModel, mlp } from './networks';

const SIZES = [3, 5, 2] as const;
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
});
const smooth = ({ w1, b1, w2, b2 }: { w1: number[]; b1: number[]; w2: number[]; b2: number[] }) =>
  mlp(`mlp-${(models += 1)}`, SIZES, w1, b1, w2, b2, 'Tanh');
const RUNS = { numRuns: 12 };
const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-4): void => {
  let scale = 1e-3;
  for (const value of Array.from(b)) scale = Math.max(scale, Math.abs(value));
  for (let i = 0; i < b.length; i += 1)
    assert.ok(
      Math.abs((a[i] as number) - (b[i] as number)) <= tolerance * scale,
      `${Array.from(a).join()} ≠ ${Array.from(b).join()}`,
    );
};
const ig = { method: 'integrated-gradients', parameters: { steps: 256, frames: 0 } } as const;

test('completeness: integrated gradients sum to S(x) − S(x′) for every scale of the target', () =>
  fc.assert(
    fc.asyncProperty(network, fc.constantFrom('logit', 'probability', 'logProbability'), async (n, scale) => {
      const target = { kind: 'class', class: 0, scale } as const;
      const { accounting } = await explainRow(smooth(n), n.x, { ...ig, target, baseline: baselineRow(n.from) });
      close([accounting.sum], [accounting.score - (accounting.baselineScore ?? NaN)], 2e-3);
      assert.equal(accounting.expected, accounting.score - (accounting.baselineScore ?? NaN));
    }),
    RUNS,
  ));

test('linearity: the explanation of a contrast is the difference of the explanations', () =>
  fc.assert(
    fc.asyncProperty(
      network,
      fc.constantFrom('gradient', 'gradient-x-input', 'smoothgrad', 'integrated-gradients', 'occlusion'),
      async (n, method) => {
        const model = smooth(n);
        const of = async (target: Parameters<typeof explainRow>[2]['target']) =>
          (await explainRow(model, n.x, { method, baseline: baselineRow(n.from), ...(target ? { target } : {}) }))
            .relevance;
        const [a, b] = [await of({ kind: 'class', class: 0 }), await of({ kind: 'class', class: 1 })];
        const both = await of({ kind: 'contrast', class: 0, against: 1 });
        close([...both, 1], [...a.map((value, i) => value - (b[i] as number)), 1]);
      },
    ),
    RUNS,
  ));

test('symmetry: inputs that play the same part get the same', () =>
  fc.assert(
    fc.asyncProperty(network, async (n) => {
      // The first two inputs have equal weights, values and baselines.
      const w1 = [...n.w1.slice(0, 5), ...n.w1.slice(0, 5), ...n.w1.slice(10)];
      const [x, from] = [n.x, n.from].map(([a = 0, , c = 0]) => [a, a, c]) as [number[], number[]];
      const model = smooth({ ...n, w1 });
      for (const method of ['gradient', 'gradient-x-input', 'integrated-gradients', 'occlusion']) {
        const { relevance } = await explainRow(model, x, { method, baseline: baselineRow(from) });
        close([relevance[0] as number, 1], [relevance[1] as number, 1]);
      }
    }),
    RUNS,
  ));

test('sensitivity (b): an input nothing depends on gets exactly nothing', () =>
  fc.assert(
    fc.asyncProperty(network, async (n) => {
      const model = smooth({ ...n, w1: [...n.w1.slice(0, 10), 0, 0, 0, 0, 0] });
      for (const method of [
        'gradient',
        'gradient-squared',
        'gradient-x-input',
        'smoothgrad',
        'integrated-gradients',
        'occlusion',
      ]) {
        const { relevance } = await explainRow(model, n.x, { method, baseline: baselineRow(n.from) });
        assert.ok(Math.abs(relevance[2] as number) < 1e-7, `${method}: ${relevance[2] ?? NaN}`);
      }
    }),
    RUNS,
  ));

test('sensitivity (a): one differing input with another score gets all of the difference', () =>
  fc.assert(
    fc.asyncProperty(network, async (n) => {
      const from = [n.from[0] as number, ...n.x.slice(1)];
      for (const method of ['integrated-gradients', 'occlusion']) {
        const { relevance, accounting } = await explainRow(smooth(n), n.x, {
          ...ig,
          parameters: {},
          method,
          baseline: baselineRow(from),
        });
        const difference = accounting.score - (accounting.baselineScore ?? NaN);
        close([...relevance, 1], [difference, 0, 0, 1], 5e-3);
      }
    }),
    RUNS,
  ));

test('implementation invariance: another network for the same function, the same explanation', () =>
  fc.assert(
    fc.asyncProperty(network, async (n) => {
      // tanh(z) = 2σ(2z) − 1, hidden units in reverse order, bias as a product with one.
      const flip = (rows: readonly number[], width: number): number[] =>
        Array.from({ length: rows.length / width }, (_, r) => rows.slice(r * width, (r + 1) * width).reverse()).flat();
      const other = denseModel(`sigmoid-${(models += 1)}`, 3, 2, (b, x) => {
        const z = b.op('Add', [
          b.op('MatMul', [x, b.constant(f32(flip(n.w1, 5), [3, 5]))]),
          b.op('Mul', [b.constant(f32(flip(n.b1, 5), [5])), b.scalar(1)]),
        ]);
        const h = b.op('Sub', [
          b.op('Mul', [b.scalar(2), b.op('Sigmoid', [b.op('Mul', [b.scalar(2), z])])]),
          b.scalar(1),
        ]);
        const rows = Array.from({ length: 5 }, (_, r) => n.w2.slice(2 * r, 2 * r + 2));
        return b.op('Add', [
          b.op('MatMul', [h, b.constant(f32(rows.reverse().flat(), [5, 2]))]),
          b.constant(f32(n.b2, [2])),
        ]);
      });
      for (const method of ['gradient', 'gradient-x-input', 'integrated-gradients', 'occlusion', 'smoothgrad']) {
        const wish = { method, baseline: baselineRow(n.from) };
        const [a, b] = [await explainRow(smooth(n), n.x, wish), await explainRow(other, n.x, wish)];
        close([...a.relevance, 1], [...b.relevance, 1], 1e-3);
      }
    }),
    RUNS,
  ));
