import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pack, unpack } from '../../../server/protocol';

test('typed arrays survive JSON', () => {
  const value = {
    relevance: Float32Array.of(1.5, -2, Number.NaN),
    picture: Uint8ClampedArray.of(0, 255),
    list: [{ a: null, b: 'x' }],
  };
  assert.deepEqual(unpack(JSON.parse(JSON.stringify(pack(value)))), value);
});
