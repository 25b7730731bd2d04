/** RevealCancel by hand, and against loops over neurons in double precision. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ints } from '../../../server/graph/attributes';
import { f32 } from '../../../server/graph/tensor';
import { uniform } from '../../../server/random';
import type { Model } from '../../../server/model/types';
import { baselineRow, explainRow } from '../explain/explain';
import { column, denseModel } from '../explain/networks';

const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert.ok(
      Math.abs((actual[i] as number) - value) <= tolerance,
      `[${Array.from(actual).join(', ')}] is not [${expected.join(', ')}]`,
    ),
  );
};

const of = async (model: Model, x: readonly number[], from: readonly number[], variant = 'reveal-cancel') =>
  (await explainRow(model, x, { method: 'deeplift', baseline: baselineRow(from), parameters: { variant } })).relevance;

test('min(x₁, x₂) = x₁ − relu(x₁ − x₂) at (3, 1): both get half of it', async () => {
  const least = denseModel('least', 2, 1, (b, x) => {
    const [first, second] = [column(b, x, 0), column(b, x, 1)];
    return b.op('Sub', [first, b.op('Relu', [b.op('Sub', [first, second])])]);
  });
  // Δy⁺ = ½[f(3) − f(0) + f(2) − f(−1)] = 2.5 over Δ⁺ = 3, Δy⁻ = −0.5 over Δ⁻ = −1.
  near(await of(least, [3, 1], [0, 0]), [0.5, 0.5]);
  // Rescale gives all of it to x₂.
  near(await of(least, [3, 1], [0, 0], 'rescale'), [0, 1]);
});

test('a dense layer: relu(2x₁ − x₂ + x₃ + 1) at (1, 4, 0) from (0, 0, 0)', async () => {
  // z from 1 to −1, Δ⁺ = 2, Δ⁻ = −4: Δy⁺ = ½[f(3) − f(1) + f(−1) − f(−3)] = 1, Δy⁻ = ½[f(−3) − f(1) + f(−1) − f(3)] = −2.
  const dense = (shift: 'Gemm' | 'Add') =>
    denseModel(`dense-${shift}`, 3, 1, (b, x) => {
      const [w, bias] = [b.constant(f32([2, -1, 1], [3, 1])), b.constant(f32([1], [1]))];
      const z = shift === 'Gemm' ? b.op('Gemm', [x, w, bias]) : b.op('Add', [b.op('MatMul', [x, w]), bias]);
      return b.op('Relu', [z]);
    });
  for (const kind of ['Gemm', 'Add'] as const) {
    near(await of(dense(kind), [1, 4, 0], [0, 0, 0]), [1, -2, 0]);
    near(await of(dense(kind), [1, 4, 0], [0, 0, 0], 'rescale'), [1, -2, 0]);
  }
  // From (0, 0, −3): z from −2 to −1, Δ⁺ = 5: Δy⁺ = ½[f(3) − f(−2) + f(−1) − f(−6)] = 1.5, Δy⁻ = ½[0 − 0 + 0 − 3] = −1.5.
  near(await of(dense('Gemm'), [1, 4, 0], [0, 0, -3]), [0.6, -1.5, 0.9]);
  near(await of(dense('Gemm'), [1, 4, 0], [0, 0, -3], 'rescale'), [0, 0, 0]);
});

/** f applied to W a + b, layer after layer; multipliers by loops. Weights are [out][in]. */
interface Layer {
  readonly w: readonly (readonly number[])[];
  readonly b: readonly number[];
}

interface Activation {
  readonly f: (z: number) => number;
  readonly slope: (z: number) => number;
}
const relu: Activation = { f: (z) => Math.max(0, z), slope: (z) => (z > 0 ? 1 : 0) };
const tanh: Activation = { f: Math.tanh, slope: (z) => 1 - Math.tanh(z) ** 2 };
const logistic = (z: number): number => 1 / (1 + Math.exp(-z));
const sigmoid: Activation = { f: logistic, slope: (z) => logistic(z) * logistic(-z) };

function slow(
  layers: readonly Layer[],
  { f, slope }: Activation,
  x: readonly number[],
  from: readonly number[],
): number[] {
  const forward = (start: readonly number[]): number[][] => {
    const values = [[...start]];
    layers.forEach(({ w, b }, at) => {
      const z = w.map((row, k) =>
        row.reduce((sum, weight, i) => sum + weight * (values.at(-1)?.[i] as number), b[k] as number),
      );
      values.push(z);
      if (at < layers.length - 1) values.push(z.map(f));
    });
    return values;
  };
  const [own, reference] = [forward(x), forward(from)];
  let up = [1];
  let down = [1];
  for (let at = layers.length - 1; at >= 0; at -= 1) {
    const { w } = layers[at] as Layer;
    const change = (own[2 * at] as number[]).map((value, i) => value - (reference[2 * at]?.[i] as number));
    const m = change.map((d, i) =>
      w.reduce((sum, row, k) => {
        const weight = row[i] as number;
        const [p, n] = [up[k] as number, down[k] as number];
        return sum + weight * (weight * d > 0 ? p : weight * d < 0 ? n : (p + n) / 2);
      }, 0),
    );
    if (at === 0) return m.map((value, i) => value * (change[i] as number));
    // The activation before this layer: its Δz by the layer before it.
    const before = layers[at - 1] as Layer;
    const input = (own[2 * at - 2] as number[]).map((value, i) => value - (reference[2 * at - 2]?.[i] as number));
    [up, down] = [[], []];
    before.w.forEach((row, k) => {
      const terms = row.map((weight, i) => weight * (input[i] as number));
      const plus = terms.reduce((sum, t) => sum + Math.max(t, 0), 0);
      const minus = terms.reduce((sum, t) => sum + Math.min(t, 0), 0);
      const z = reference[2 * at - 1]?.[k] as number;
      // A part that is 0 has the multiplier of the whole.
      const end = own[2 * at - 1]?.[k] as number;
      const still = end === z ? slope(end) : (f(end) - f(z)) / (end - z);
      const rise = 0.5 * (f(z + plus) - f(z) + f(z + plus + minus) - f(z + minus));
      const fall = 0.5 * (f(z + minus) - f(z) + f(z + plus + minus) - f(z + plus));
      up.push((m[k] as number) * (plus === 0 ? still : rise / plus));
      down.push((m[k] as number) * (minus === 0 ? still : fall / minus));
    });
  }
  return [];
}

const next = uniform(23);
const noise = (count: number): number[] => Array.from({ length: count }, () => 2 * next() - 1);

for (const [op, activation] of [
  ['Relu', relu],
  ['Tanh', tanh],
  ['Sigmoid', sigmoid],
] as const)
  test(`three dense layers with ${op} against loops`, async () => {
    const sizes = [4, 6, 5, 1];
    const layers = sizes.slice(1).map((out, at): Layer => {
      const width = sizes[at] as number;
      return { w: Array.from({ length: out }, () => noise(width)), b: noise(out) };
    });
    const model = denseModel(`layers-${op}`, 4, 1, (b, x) =>
      layers.reduce((value, { w, b: bias }, at) => {
        const weights = b.constant(f32(w.flat(), [w.length, w[0]?.length ?? 0]));
        const z = b.op('Gemm', [value, weights, b.constant(f32(bias, [bias.length]))], {
          transB: { type: 'int', value: 1 },
        });
        return at < layers.length - 1 ? b.op(op, [z]) : z;
      }, x),
    );
    for (let round = 0; round < 5; round += 1) {
      const [x, from] = [noise(4), noise(4)];
      near(await of(model, x, from), slow(layers, activation, x, from), 2e-5);
    }
  });

test('a convolution against the dense layer it is', async () => {
  // Kernel (2, −1, 0.5) over a row of five, two channels out, relu, weighted sum: as loops over a matrix.
  const kernels = [
    [2, -1, 0.5],
    [-0.7, 0.3, 1.1],
  ];
  const bias = [0.2, -0.4];
  const head = noise(6);
  const model = denseModel('conv-row', 5, 1, (b, x) => {
    const line = b.op('Unsqueeze', [x, b.indices([1])]);
    const maps = b.op('Relu', [
      b.op('Conv', [line, b.constant(f32(kernels.flat(), [2, 1, 3])), b.constant(f32(bias, [2]))], {
        kernel_shape: ints([3]),
      }),
    ]);
    return b.op('MatMul', [b.op('Reshape', [maps, b.indices([-1, 6])]), b.constant(f32(head, [6, 1]))]);
  });
  const w = kernels.flatMap((kernel) =>
    [0, 1, 2].map((start) => Array.from({ length: 5 }, (_, i) => kernel[i - start] ?? 0)),
  );
  const layers = [
    { w, b: bias.flatMap((value) => [value, value, value]) },
    { w: [head], b: [0] },
  ];
  const [x, from] = [noise(5), noise(5)];
  near(await of(model, x, from), slow(layers, relu, x, from), 2e-5);
});

test('a batch norm between the layer and its activation is seen through', async () => {
  // Scale −2 and shift 1 after 2x₁ − x₂ + 0.5 is −4x₁ + 2x₂.
  const normed = denseModel('normed', 2, 1, (b, x) => {
    const z = b.op('Gemm', [x, b.constant(f32([2, -1], [2, 1])), b.constant(f32([0.5], [1]))]);
    const parameter = (value: number) => b.constant(f32([value], [1]));
    const y = b.op('BatchNormalization', [z, parameter(-2), parameter(1), parameter(0), parameter(1)], {
      epsilon: { type: 'float', value: 0 },
    });
    return b.op('Relu', [y]);
  });
  const [x, from] = [
    [1, 3],
    [0.5, -1],
  ];
  near(
    await of(normed, x, from),
    slow(
      [
        { w: [[-4, 2]], b: [0] },
        { w: [[1]], b: [0] },
      ],
      relu,
      x,
      from,
    ),
  );
});

test('a residual sum before the activation is a linear layer with weights 1', async () => {
  // relu(a + h), h = relu(x₁): at (2, −1) from (0, 0): Δ⁺ = 2, Δ⁻ = −1 as in x₁ − x₂ with f = relu.
  const sum = denseModel('residual', 2, 1, (b, x) =>
    b.op('Relu', [b.op('Add', [b.op('Relu', [column(b, x, 0)]), column(b, x, 1)])]),
  );
  // Δy⁺ = ½[2 − 0 + 1 − 0] = 1.5, Δy⁻ = ½[0 − 0 + 1 − 2] = −0.5.
  near(await of(sum, [2, -1], [0, 0]), [1.5, -0.5]);
});
