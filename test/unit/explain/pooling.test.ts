import assert from 'node:assert/strict';
import { test } from 'node:test';
import { magnitudes, pooling } from '../../../server/explain/pooling';
import type { EncodedSampleCore } from '../../../server/explain/types';

/** Two channels of two pixels: [channel, pixel]. */
const places = { x: Int32Array.of(0, 1, 0, 1) };
const relevance = { x: Float32Array.of(3, -1, -3, -2) };
const sample = (grid: EncodedSampleCore['grid'], count: number) => ({ grid, count }) as EncodedSampleCore;

test('a pixel sums its channels with their signs; its magnitude sums them without', () => {
  const pool = pooling(places, 2);
  pool.add(relevance);
  assert.deepEqual([...pool.features()], [0, -3]);
  assert.deepEqual([...(magnitudes(relevance, places, sample({ width: 2, height: 1 }, 2)).magnitude ?? [])], [6, 3]);
});

test('elements of no feature count in the sum alone', () => {
  const pool = pooling({ x: Int32Array.of(0, -1, 0, -1) }, 1);
  pool.add(relevance, 2);
  assert.deepEqual([...pool.features()], [0]);
  assert.equal(pool.sum, -6);
});

test('no magnitude where it would say nothing new: one channel, or no picture', () => {
  assert.deepEqual(magnitudes(relevance, places, sample(null, 2)), {});
  assert.deepEqual(magnitudes(relevance, { x: Int32Array.of(0, 1, 2, 3) }, sample({ width: 2, height: 2 }, 4)), {});
});
