/** Pieces of pictures, and methods that take them away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { segment } from '../../../../server/explain/perturbation/superpixels';
import { softMask } from '../../../../server/explain/perturbation/soft-masks';
import { f32 } from '../../../../server/graph/tensor';
import { importModel } from '../../../../server/model/import';
import { uniform } from '../../../../server/random';
import { explain } from '../explain';
import { denseModel } from '../networks';

const grid = { width: 30, height: 20 };

test('superpixels: every pixel once, each in one piece, no piece across an edge', () => {
  const next = uniform(4);
  const isLeft = (pixel: number): boolean => pixel % grid.width < 13;
  const colours = Array.from({ length: 600 }, (_, pixel) =>
    Float64Array.of(isLeft(pixel) ? 0.1 * next() : 0.9 + 0.1 * next()),
  );
  const pieces = segment(colours, grid, 24);
  assert.ok(pieces.length >= 12 && pieces.length <= 40, `${pieces.length} pieces`);
  assert.deepEqual(
    pieces.flat().sort((a, b) => a - b),
    Array.from({ length: 600 }, (_, i) => i),
  );
  for (const piece of pieces) {
    assert.equal(new Set(piece.map(isLeft)).size, 1, 'across the edge');
    const inside = new Set(piece);
    const reached = new Set([piece[0] as number]);
    for (const pixel of reached)
      for (const other of [pixel - 1, pixel + 1, pixel - grid.width, pixel + grid.width]) {
        const isBeside = Math.abs((other % grid.width) - (pixel % grid.width)) <= 1;
        if (inside.has(other) && isBeside) reached.add(other);
      }
    assert.equal(reached.size, piece.length, 'in two parts');
  }
});

test('noise: still pieces of about the same size', () => {
  const next = uniform(3);
  const side = 96;
  const noise = Array.from({ length: side * side }, () => Float64Array.of(next(), next(), next()));
  const pieces = segment(noise, { width: side, height: side }, 50);
  assert.ok(pieces.length >= 25 && pieces.length <= 100, `${pieces.length} pieces`);
  const largest = Math.max(...pieces.map((piece) => piece.length));
  assert.ok(largest < (6 * side * side) / 50, `one of ${largest} pixels`);
});

test('one colour, or fewer pixels than pieces: still pieces', () => {
  const plain = (count: number) => Array.from({ length: count }, () => Float64Array.of(0.5));
  assert.ok(segment(plain(600), grid, 24).length >= 12);
  assert.deepEqual(segment(plain(4), { width: 2, height: 2 }, 50).flat().sort(), [0, 1, 2, 3]);
});

test('soft masks show half of the picture on average, everywhere', () => {
  const next = uniform(8);
  const mean = new Float64Array(600);
  for (let turn = 0; turn < 2000; turn += 1)
    softMask(grid, next).forEach((value, pixel) => {
      assert.ok(value >= 0 && value <= 1);
      mean[pixel] = (mean[pixel] as number) + value / 2000;
    });
  for (const value of mean) assert.ok(Math.abs(value - 0.5) < 0.06, String(value));
});

test('a digit: sums hold, seeds decide, RISE’s error falls with the number of masks', async () => {
  const model = await importModel(
    fileURLToPath(new URL('../../../../examples/digits/models/digits.onnx', import.meta.url)),
  );
  // A vertical bar.
  const pixels = Float32Array.from({ length: 784 }, (_, i) =>
    i % 28 > 12 && i % 28 < 16 && i > 112 && i < 672 ? 1 : 0,
  );
  const explained = (method: string, parameters = {}) =>
    explain(model, {
      method,
      parameters,
      target: { kind: 'predicted' },
      sample: {
        feeds: { picture: f32(pixels, [1, 1, 28, 28]) },
        count: 784,
        featureOf: { picture: Int32Array.from({ length: 784 }, (_, i) => i) },
        fixed: new Set(),
        grid: { width: 28, height: 28 },
      },
      baseline: {
        id: 'noise',
        label: 'noise',
        kind: 'feeds',
        feeds: [{ picture: f32(new Float32Array(784), [1, 1, 28, 28]) }],
      },
    });
  for (const [method, parameters] of [
    ['kernel-shap', { segments: 20, samples: 400 }],
    ['shapley-sampling', { segments: 20, orders: 6 }],
    ['owen', { budget: 200 }],
  ] as const) {
    const { accounting, relevance } = await explained(method, parameters);
    assert.ok(Math.abs(accounting.residual ?? NaN) < 1e-4 * Math.abs(accounting.expected ?? NaN), method);
    // Black pixels are the baseline's own: alone they are worth nothing.
    const bar = relevance.reduce((sum, value, i) => sum + ((pixels[i] as number) > 0 ? Math.abs(value) : 0), 0);
    assert.ok(bar > 0, method);
  }
  const few = await explained('rise', { masks: 100 });
  const many = await explained('rise', { masks: 900, seed: 1 });
  const ratio = (few.accounting.samplingError ?? NaN) / (many.accounting.samplingError ?? NaN);
  assert.ok(ratio > 2.3 && ratio < 3.8, `error by ${ratio} smaller with nine times the masks`);
  assert.deepEqual((await explained('rise', { masks: 100 })).relevance, few.relevance);
  assert.notDeepEqual((await explained('rise', { masks: 100, seed: 1 })).relevance, few.relevance);
  const lime = await explained('lime', { segments: 20 });
  assert.ok((lime.accounting.fit ?? 0) > 0.3 && (lime.accounting.fit ?? 2) <= 1, String(lime.accounting.fit));
  assert.ok(lime.relevance.filter((value) => value !== 0).length < 784, 'ten pieces of twenty');
});

test('RISE: the sum of the definition over the same masks, and the spread of its terms', async () => {
  const side = 8;
  const next = uniform(6);
  const x = Float32Array.from({ length: side * side }, () => next());
  const others = [0, 0.5].map((value) => new Float32Array(side * side).fill(value));
  const weights = Float64Array.from(x, () => next() - 0.4);
  const size = side * side;
  // Its input is flat; the entry says that it holds a picture.
  const entry = {
    input: 'x',
    value: 'x',
    kind: 'identity',
    type: { dtype: 'float32', shape: ['batch', 1, side, side] },
  } as const;
  const model = denseModel(
    'linear',
    size,
    1,
    (b, input) => b.op('MatMul', [input, b.constant(f32(weights, [size, 1]))]),
    { entries: [entry] },
  );
  const tensor = (values: Float32Array) => f32(values, [1, size]);
  const count = 40;
  const explained = (parameters: Record<string, number | boolean>) =>
    explain(model, {
      method: 'rise',
      parameters: { masks: count, seed: 2, ...parameters },
      target: { kind: 'class', class: 1 },
      sample: {
        feeds: { x: tensor(x) },
        count: side * side,
        featureOf: { x: Int32Array.from(x, (_, i) => i) },
        fixed: new Set(),
        grid: { width: side, height: side },
      },
      baseline: { id: 'grey', label: 'grey', kind: 'feeds', feeds: others.map((values) => ({ x: tensor(values) })) },
    });
  const draw = uniform(2);
  const masks = Array.from({ length: count }, () => softMask({ width: side, height: side }, draw));
  const scores = masks.map((mask, k) =>
    weights.reduce((sum, weight, i) => {
      const from = (others[k % 2] as Float32Array)[i] as number;
      return sum + weight * (from + (mask[i] as number) * ((x[i] as number) - from));
    }, 0),
  );
  const average = scores.reduce((sum, score) => sum + score, 0) / count;
  for (const centre of [true, false]) {
    const { relevance, errors } = await explained({ centre });
    for (let i = 0; i < x.length; i += 1) {
      const terms = masks.map(
        (mask, k) => (((scores[k] as number) - (centre ? average : 0)) * (mask[i] as number)) / 0.5,
      );
      const mean = terms.reduce((sum, term) => sum + term, 0) / count;
      const spread = terms.reduce((sum, term) => sum + (term - mean) ** 2, 0) / count;
      assert.ok(Math.abs((relevance[i] as number) - mean) < 1e-5, `${i}: ${relevance[i]} for ${mean}`);
      assert.ok(Math.abs((errors?.[i] ?? NaN) - Math.sqrt(spread / (count - 1))) < 1e-5, `error of ${i}`);
    }
  }
});
