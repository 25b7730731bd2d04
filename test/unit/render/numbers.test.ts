import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bytes, milliseconds, percent, probability, signed, significant } from '../../../server/render/numbers';

test('three significant digits', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-0, '0'],
    [1, '1.00'],
    [2.315, '2.31'],
    [0.012345, '0.0123'],
    [0.9999, '1.00'],
    [9.999, '10.0'],
    [1234.5, '1230'],
    [999.9, '1000'],
    [-0.5, '−0.500'],
    [0.000123456, '0.000123'],
    [0.0000123456, '1.23e−5'],
    [-12345678, '−1.23e7'],
    [Number.NaN, 'NaN'],
    [-Infinity, '−∞'],
  ];
  for (const [value, text] of cases) assert.equal(significant(value), text, String(value));
  assert.equal(signed(0.5), '+0.500');
  assert.equal(signed(-0.5), '−0.500');
  assert.equal(signed(0), '0');
});

test('what is written is within half a unit of the third digit', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (value) => {
      const read = Number(significant(value).replaceAll('−', '-'));
      assert.ok(Math.abs(read - value) <= Math.abs(value) * 0.00501, `${value} ${significant(value)}`);
    }),
  );
});

test('percentages and probabilities never claim certainty', () => {
  assert.equal(percent(0.831), '83.1 %');
  assert.equal(percent(0.009), '0.9 %');
  assert.equal(percent(1), '100 %');
  assert.equal(percent(0.99999), '> 99.9 %');
  assert.equal(percent(0.00001), '< 0.1 %');
  assert.equal(percent(-0.25), '−25 %');
  assert.equal(percent(0), '0 %');
  assert.equal(probability(0.8314), '0.831');
  assert.equal(probability(0.99999), '> 0.999');
  assert.equal(probability(1e-9), '< 0.001');
  assert.equal(probability(1), '1.000');
});

test('durations and sizes', () => {
  assert.equal(milliseconds(0.42), '0.42 ms');
  assert.equal(milliseconds(4.24), '4.2 ms');
  assert.equal(milliseconds(41.4), '41 ms');
  assert.equal(milliseconds(1240), '1.24 s');
  assert.equal(milliseconds(125_000), '2 min 5 s');
  assert.equal(bytes(512), '512 B');
  assert.equal(bytes(27_500_000), '27.5 MB');
});
