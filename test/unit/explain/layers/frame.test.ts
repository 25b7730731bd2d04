/** From positions of a layer to pixels and tokens: interpolation as in PyTorch, sharing that keeps the sum. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { interpolate, spread } from '../../../../server/explain/methods/layers/frame';

const near = (a: ArrayLike<number>, b: readonly number[], tolerance = 1e-12): void => {
  assert.equal(a.length, b.length);
  b.forEach((value, i) =>
    assert.ok(Math.abs((a[i] as number) - value) < tolerance, `${Array.from(a).join()} ≠ ${b.join()}`),
  );
};

test('interpolation with aligned centres: the values of torch.nn.functional.interpolate’s documentation', () => {
  // interpolate([[1, 2], [3, 4]], scale_factor=2, mode='bilinear', align_corners=False)
  // prettier-ignore
  near(interpolate(Float64Array.of(1, 2, 3, 4), [2, 2], [4, 4]), [
    1, 1.25, 1.75, 2,
    1.5, 1.75, 2.25, 2.5,
    2.5, 2.75, 3.25, 3.5,
    3, 3.25, 3.75, 4,
  ]);
  near(interpolate(Float64Array.of(1, 2), [2], [4]), [1, 1.25, 1.75, 2]);
  near(interpolate(Float64Array.of(5), [1], [3]), [5, 5, 5]);
  near(interpolate(Float64Array.of(1, 2, 3), [3], [3]), [1, 2, 3]);
});

test('sharing: by hand, 2 positions over 4 places', () => {
  // Weights (1, 0), (¾, ¼), (¼, ¾), (0, 1): each position gives 2 in all.
  near(spread(Float64Array.of(1, 0), [2], [4]), [0.5, 0.375, 0.125, 0]);
  near(spread(Float64Array.of(0, 8), [2], [4]), [0, 1, 3, 4]);
});

test('sharing keeps the sum, for any sizes, finer or coarser', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(
      sizes,
      sizes,
      fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 81, maxLength: 81 }),
      (from, to, values) => {
        const map = Float64Array.from(values.slice(0, (from[0] as number) * (from[1] as number)));
        const sum = (all: Float64Array): number => all.reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum(spread(map, from, to)) - sum(map)) < 1e-9);
      },
    ),
  );
});
