/** Blurs and blur integrated gradients. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int } from '../../../../server/graph/attributes';
import { f32 } from '../../../../server/graph/tensor';
import { methodById } from '../../../../server/explain/methods';
import { blurring } from '../../../../server/explain/methods/paths/gaussian-blur';
import { uniform } from '../../../../server/random';
import type { Model } from '../../../../server/model/types';
import { explain } from '../explain';
import { denseModel, mlp } from '../networks';

const next = uniform(11);
const noise = (count: number): number[] => Array.from({ length: count }, () => 2 * next() - 1);
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(b, (value, i) => Math.abs((a[i] as number) - value)));

/** The definition: Σ g(d) x(i + d), the picture continued by its mirror image for ever. */
function slowBlur(x: readonly number[], width: number, height: number, sigma: number): number[] {
  const mirror = (at: number, size: number): number => {
    const folded = ((at % (2 * size)) + 2 * size) % (2 * size);
    return folded < size ? folded : 2 * size - 1 - folded;
  };
  const radius = Math.ceil(9 * sigma);
  const g = (d: number): number => Math.exp(-(d * d) / (2 * sigma * sigma));
  let total = 0;
  for (let d = -radius; d <= radius; d += 1) total += g(d);
  return x.map((_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    let sum = 0;
    for (let p = -radius; p <= radius; p += 1)
      for (let q = -radius; q <= radius; q += 1)
        sum += g(p) * g(q) * (x[mirror(row + p, height) * width + mirror(column + q, width)] as number);
    return sum / (total * total);
  });
}

test('a blur is the convolution with the mirrored picture, for narrow and wide kernels', () => {
  const [width, height] = [7, 5];
  const x = noise(width * height);
  const blur = blurring(x, [x.map((_, i) => i)], width, height);
  for (const sigma of [0.25, 0.8, 2, 6]) assert.ok(worst(blur.at(sigma), slowBlur(x, width, height, sigma)) < 1e-10);
  assert.deepEqual([...blur.at(0)], x);
});

test('channels are blurred by themselves, in either layout', () => {
  const [a, c] = [noise(12), noise(12)];
  const pixels = Array.from({ length: 12 }, (_, i) => i);
  const last = a.flatMap((value, i) => [value, c[i] as number]);
  const blur = blurring(last, [pixels.map((i) => 2 * i), pixels.map((i) => 2 * i + 1)], 4, 3).at(1);
  const slow = [slowBlur(a, 4, 3, 1), slowBlur(c, 4, 3, 1)];
  assert.ok(
    worst(
      blur,
      pixels.flatMap((i) => slow.map((plane) => plane[i] as number)),
    ) < 1e-10,
  );
});

/** S = w · x over a picture of one channel. */
function linearPicture(weights: readonly number[], side: number): Model {
  const plain = denseModel('linear-picture', side * side, 1, (b, x) => {
    const flat = b.op('Flatten', [x], { axis: int(1) });
    return b.op('MatMul', [flat, b.constant(f32(weights, [side * side, 1]))]);
  });
  const type = { dtype: 'float32', shape: ['batch', 1, side, side] } as const;
  const types = new Map(plain.graph.types).set('x', type);
  return {
    ...plain,
    graph: { ...plain.graph, types },
    inputs: [{ name: 'x', type }],
    entries: [{ input: 'x', value: 'x', type, kind: 'identity' }],
  };
}

test('blur IG of a linear model is w ⊙ (x − blurred), with nothing missing', async () => {
  const [side, w, x] = [6, noise(36), noise(36)];
  const { relevance, accounting, path } = await explain(linearPicture(w, side), {
    method: 'blur-ig',
    sample: {
      feeds: { x: f32(x, [1, 1, side, side]) },
      count: 36,
      featureOf: { x: Int32Array.from(x, (_, i) => i) },
      fixed: new Set(),
      grid: { width: side, height: side },
    },
    baseline: null,
    parameters: { sigma: 3, steps: 10 },
  });
  const blurred = slowBlur(x, side, side, 3);
  assert.ok(
    worst(
      relevance,
      w.map((weight, i) => weight * ((x[i] as number) - (blurred[i] as number))),
    ) < 1e-5,
  );
  assert.ok(Math.abs(accounting.residual ?? NaN) < 1e-5);
  assert.ok(
    Math.abs((accounting.baselineScore ?? NaN) - w.reduce((sum, v, i) => sum + v * (blurred[i] as number), 0)) < 1e-5,
  );
  assert.equal(path?.alphas.length, 12);
});

test('the widest blur is 50 pixels, a quarter of the side of small pictures', () => {
  const widest = (side: number) =>
    methodById('blur-ig').settle?.({
      parameters: { sigma: 0, steps: 100 },
      sample: { grid: { width: side, height: side } },
    } as never)['sigma'];
  assert.deepEqual([widest(28), widest(224)], [7, 50]);
});

test('blur IG refuses what is not a picture', () => {
  const flat = mlp('flat', [3, 4, 3], noise(12), noise(4), noise(12), noise(3));
  assert.match(methodById('blur-ig').unfit(flat) ?? '', /only pictures/);
  assert.equal(methodById('blur-ig').unfit(linearPicture(noise(16), 4)), null);
});
