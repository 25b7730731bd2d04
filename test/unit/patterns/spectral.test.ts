/** Neighbours, eigenvalues and groups against scikit-learn (`make_references.py`) and closed forms. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { smallestEigenpairs } from '../../../server/patterns/laplacian';
import { neighbours } from '../../../server/patterns/neighbours';
import { denseRows } from '../../../server/patterns/rows';
import { largestGap, spectralGroups } from '../../../server/patterns/spectral';
import { adjustedRand } from './rand';

interface Reference {
  readonly name: string;
  readonly width: number;
  readonly points: readonly number[];
  readonly truth: readonly number[];
  readonly groups: number;
  readonly indices: readonly (readonly number[])[];
  readonly distances: readonly (readonly number[])[];
  readonly eigenvalues: readonly number[];
  readonly labels: readonly number[];
  readonly rand: number;
}

const cases = JSON.parse(readFileSync(new URL('references.json', import.meta.url), 'utf8')) as readonly Reference[];

for (const one of cases) {
  const found = neighbours(denseRows(Float32Array.from(one.points), one.width), 10);

  test(`${one.name}: the nearest, as scikit-learn finds them`, () => {
    one.indices.forEach((row, i) => assert.deepEqual([...found.indices.subarray(i * 10, i * 10 + 10)], row));
    one.distances.forEach((row, i) =>
      row.forEach((distance, j) => assert.ok(Math.abs((found.distances[i * 10 + j] ?? NaN) - distance) < 1e-4)),
    );
  });

  test(`${one.name}: eigenvalues of the normalised Laplacian, as SciPy has them`, () => {
    const { values, vectors } = smallestEigenpairs(found, 12);
    one.eigenvalues.forEach((value, i) =>
      assert.ok(Math.abs((values[i] ?? NaN) - value) < 1e-5, `${i}: ${values[i]} ${value}`),
    );
    // Orthonormal columns.
    for (let a = 0; a < 12; a += 1)
      for (let b = a; b < 12; b += 1) {
        let dot = 0;
        for (let row = 0; row < found.count; row += 1)
          dot += (vectors[row * 12 + a] ?? 0) * (vectors[row * 12 + b] ?? 0);
        assert.ok(Math.abs(dot - (a === b ? 1 : 0)) < 1e-6);
      }
  });

  test(`${one.name}: groups no worse than scikit-learn's, the same for the same seed`, () => {
    const { group, groups } = spectralGroups(found, one.groups);
    assert.equal(groups, one.groups);
    assert.ok(
      adjustedRand(Array.from(group), one.truth) >= one.rand - 0.02,
      String(adjustedRand(Array.from(group), one.truth)),
    );
    assert.deepEqual(spectralGroups(found, one.groups).group, group);
  });
}

test('the largest gap counts the groups; a graph that hangs together is one', () => {
  assert.equal(largestGap([0, 0.001, 0.002, 0.3, 0.35, 0.4]), 3);
  assert.equal(largestGap([0, 0.35, 0.9]), 1);
  // A larger gap among parts that cannot be cut off counts for nothing.
  assert.equal(largestGap([0, 0, 0.14, 0.22, 0.31, 0.36, 0.52, 0.7]), 2);
  // Twelve points on one spot each: three components, λ = 0 three times.
  const spots = Float32Array.from({ length: 36 * 2 }, (_, i) =>
    i % 2 === 0 ? 10 * Math.floor(i / 24) : (i % 24) / 100,
  );
  const { groups, group } = spectralGroups(neighbours(denseRows(spots, 2), 10), null);
  assert.equal(groups, 3);
  assert.equal(
    adjustedRand(
      Array.from(group),
      Array.from({ length: 36 }, (_, i) => Math.floor(i / 12)),
    ),
    1,
  );
});

test('few rows: fewer neighbours, one row is one group', () => {
  assert.equal(neighbours(denseRows(Float32Array.of(1, 2, 3), 1), 10).k, 2);
  assert.equal(spectralGroups(neighbours(denseRows(Float32Array.of(1), 1), 10), null).groups, 1);
});
