/** Simple Taylor decomposition at root points known by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { f32 } from '../../../../server/graph/tensor';
import { UserError } from '../../../../server/errors';
import { baselineRow, explainRow } from '../explain';
import { column, denseModel, mlp } from '../networks';

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-3): void => {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i += 1)
    assert.ok(
      Math.abs((actual[i] as number) - (expected[i] as number)) <= tolerance,
      `[${Array.from(actual).join(', ')}] is not [${Array.from(expected).join(', ')}]`,
    );
};
const zero = (width: number) => baselineRow(new Array<number>(width).fill(0));
const W1 = [0.9, -1.2, 0.4, 0.7, 0.3, 0.8, -0.5, 1.1, -0.7, 0.2, 0.6, -0.9];
const W2 = [0.5, -0.4, 0.8, 1.2, -0.6, 0.3, 0.7, -1.1];
const X = [1.5, -0.8, 0.4];
/** 3x₁ + 4x₂ − 5. */
const plane = denseModel('plane', 2, 1, (b, x) =>
  b.op('Sub', [b.op('MatMul', [x, b.constant(f32([3, 4], [2, 1]))]), b.scalar(5)]),
);
/** x₁² + x₂ − 4. */
const bowl = denseModel('bowl', 2, 1, (b, x) => {
  const [first, second] = [column(b, x, 0), column(b, x, 1)];
  return b.op('Sub', [b.op('Add', [b.op('Mul', [first, first]), second]), b.scalar(4)]);
});

test('bias-free ReLU network: the root on the line to 0 is lim εx, the result gradient × input', async () => {
  const net = mlp('bias-free', [3, 4, 2], W1, [0, 0, 0, 0], W2, [0, 0]);
  for (const target of [0, 1].map((at) => ({ kind: 'class', class: at }) as const)) {
    const product = await explainRow(net, X, { method: 'gradient-x-input', baseline: zero(3), target });
    const result = await explainRow(net, X, {
      method: 'taylor',
      baseline: zero(3),
      target,
      parameters: { search: 'line' },
    });
    near(result.relevance, product.relevance, 1e-5);
    assert.match(result.warnings.find(({ code }) => code === 'root-point')?.message ?? '', /limit of the line/);
    near([result.accounting.sum], [result.accounting.score], 1e-5);
  }
});

test('a plane: the line to 0 meets it at α = ½, the gradient at the foot of the perpendicular', async () => {
  // S(2, 1) = 5; on the line S(α) = 10α − 5. The foot is x − 5 (3, 4)/25 = (1.4, 0.2), at distance 1.
  const by = (search: string) =>
    explainRow(plane, [2, 1], { method: 'taylor', baseline: zero(2), parameters: { search, tolerance: 1e-5 } });
  const line = await by('line');
  near(line.relevance, [3, 2]);
  assert.match(line.warnings[0]?.message ?? '', /0\.5000 of the way.*‖x − x̃‖ = 1\.12/);
  const gradient = await by('gradient');
  near(gradient.relevance, [1.8, 3.2]);
  assert.match(gradient.warnings[0]?.message ?? '', /‖x − x̃‖ = 1\.00/);
  near((await by('nearest')).relevance, [1.8, 3.2]);
  near([line.accounting.expected ?? NaN, line.accounting.residual ?? NaN], [5, 0]);
});

test('a bowl: the sum misses the second order, and the accounting says by how much', async () => {
  // S(3, 0) = 5, root on the line to 0 at (2, 0): 4 · 1.
  const result = await explainRow(bowl, [3, 0], {
    method: 'taylor',
    baseline: zero(2),
    parameters: { search: 'line' },
  });
  near(result.relevance, [4, 0], 0.02);
  near([result.accounting.residual ?? NaN], [-1], 0.02);
  assert.ok(Math.abs(result.accounting.baselineScore ?? NaN) <= 0.005);
});

test('of two roots on a line the one nearer to the sample is taken; a negative score has roots too', async () => {
  // (x − 1)(x − 3) from 4 to 0.
  const wave = denseModel('wave', 2, 1, (b, x) => {
    const first = column(b, x, 0);
    return b.op('Mul', [b.op('Sub', [first, b.scalar(1)]), b.op('Sub', [first, b.scalar(3)])]);
  });
  const parameters = { search: 'line', tolerance: 1e-5 };
  const result = await explainRow(wave, [4, 0], { method: 'taylor', baseline: zero(2), parameters });
  near(result.relevance, [2, 0], 2e-3);
  const negative = await explainRow(wave, [2, 0], { method: 'taylor', baseline: zero(2), parameters });
  near(negative.relevance, [-2, 0], 2e-3);
});

test('no root: an error that says where it was looked for', async () => {
  const positive = denseModel('positive', 2, 1, (b, x) => {
    const first = column(b, x, 0);
    return b.op('Add', [b.op('Mul', [first, first]), b.scalar(1)]);
  });
  for (const [search, where] of [
    ['nearest', /line.*or along/],
    ['line', /^on the line/],
    ['gradient', /^along/],
  ] as const)
    await assert.rejects(
      explainRow(positive, [3, 0], { method: 'taylor', baseline: zero(2), parameters: { search } }),
      (error) => error instanceof UserError && error.code === 'no-root' && where.test(error.where ?? ''),
    );
});
