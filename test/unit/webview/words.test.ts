import { test } from 'node:test';
import assert from 'node:assert/strict';
import { accountingLine, cancellationWarning } from '../../../webview/result/accounting-text';
import { aligned } from '../../../webview/result/aligned';
import { columnRows } from '../../../webview/table/rows';
import { elementName, gridOf, splitInputs, strongest } from '../../../webview/elements/split';
import { parseParameter } from '../../../webview/choices/parameter-values';
import { flatFrom, polyline, rangeOf, sampleIndices } from '../../../webview/path/curve-points';
import { defaultView, parseView } from '../../../webview/settings';
import { direction, meaningOf, spoken } from '../../../webview/result/words';
import type { Accounting, ColumnFeature, ElementFeatures, ParameterDefinition } from '../../../server/protocol';

const accounting: Accounting = {
  sum: 2.31,
  score: 2.1,
  baselineScore: -0.23,
  expected: 2.33,
  residual: -0.02,
  cancellation: 4,
  evaluations: 64,
};

test('the accounting line says what the sum is, should be, and misses', () => {
  assert.equal(accountingLine(accounting), 'Σ relevance 2.31 ≈ 2.33 (score − baseline score), residual 0.9 %');
  assert.equal(
    accountingLine({ sum: 2.1, score: 2.1, expected: 2.1, residual: 0, cancellation: 1, evaluations: 1 }),
    'Σ relevance 2.10 = 2.10 (score), residual 0 %',
  );
  assert.equal(
    accountingLine({ sum: 5, score: 2, cancellation: 1, evaluations: 1 }),
    'Σ relevance 5.00; this method promises no sum (score 2.00)',
  );
});

test('cancellation is a warning above 100 only', () => {
  assert.equal(cancellationWarning({ ...accounting, cancellation: 100 }), null);
  assert.match(cancellationWarning({ ...accounting, cancellation: 240 }) ?? '', /240 times/);
});

test('what is said of a value names its sign, its size and what it speaks for', () => {
  const meaning = meaningOf({ kind: 'class', class: 1, label: 'positive', scale: 'logit' });
  assert.equal(spoken('good', 0.42, meaning), 'good, +0.420, evidence for positive');
  assert.equal(spoken('not', -0.9, meaning), 'not, −0.900, evidence against positive');
  assert.equal(direction(0, meaning), 'no relevance');
  const contrast = meaningOf({ kind: 'contrast', class: 1, label: 'cat', against: 0, againstLabel: 'dog' });
  assert.equal(direction(-1, contrast), 'evidence for dog');
});

test('labels that hide or turn text are made visible', () => {
  const { positive } = meaningOf({ kind: 'class', class: 1, label: 'a\u202eb', scale: 'logit' });
  assert.ok(!positive.includes('\u202e'));
});

test('numbers in a column have the same decimals', () => {
  assert.deepEqual(
    [1.42, -0.08, 0].map((value) => aligned(value, 1.42)),
    ['+1.42', '−0.08', '0'],
  );
  assert.equal(aligned(0.0004, 1.42), '+0.0004');
  assert.equal(aligned(123.4, 456), '+123');
});

test('table rows are sorted by strength or as in the file, and show the number that was read', () => {
  const column = (name: string, text: string, value: number | null): ColumnFeature => ({
    name,
    text,
    type: value === null ? 'category' : 'number',
    value,
    source: null,
  });
  const features = {
    kind: 'columns',
    columns: [column('a', '1,5', 1.5), column('b', 'x', null), column('c', '3.0', 3), column('d', '', 0.4)],
  } as const;
  const relevance = Float32Array.of(0.1, -3, 2, 0);
  assert.deepEqual(
    columnRows(features, relevance, 'relevance').map((row) => row.name),
    ['b', 'c', 'a', 'd'],
  );
  const rows = columnRows(features, relevance, 'file');
  assert.deepEqual(
    rows.map((row) => row.detail),
    ['1,5 → 1.50', 'x', '3.0', '(empty) → 0.400'],
  );
  assert.deepEqual(
    rows.map((row) => row.features),
    [[0], [1], [2], [3]],
  );
});

test('elements are named by their place, input by input', () => {
  const features: ElementFeatures = {
    kind: 'elements',
    inputs: [
      { name: 'x', shape: [1, 2, 3] },
      { name: 'y', shape: [2] },
    ],
  };
  const relevance = Float32Array.of(0, 1, 0, 0, 0, -7, 3, 9);
  assert.deepEqual(
    splitInputs(features, relevance).map((input) => [...(input.relevance ?? [])]),
    [
      [0, 1, 0, 0, 0, -7],
      [3, 9],
    ],
  );
  assert.deepEqual(
    strongest(features, relevance, 3).map((row) => row.name),
    ['y[1]', 'x[1, 2]', 'y[0]'],
  );
  assert.equal(elementName('x', [2, 3], 4), 'x[1, 1]');
  assert.deepEqual(gridOf([1, 2, 3]), { rows: 2, columns: 3 });
  assert.deepEqual(gridOf([]), { rows: 1, columns: 1 });
});

test('parameters that do not fit are refused with what would', () => {
  const steps: ParameterDefinition = {
    name: 'steps',
    type: 'integer',
    default: 32,
    minimum: 1,
    maximum: 512,
    description: '',
  };
  assert.deepEqual(parseParameter(steps, ' 50 '), { ok: true, value: 50 });
  for (const text of ['', 'x', '1.5', '0', '513', 'NaN', 'Infinity'])
    assert.equal(parseParameter(steps, text).ok, false, text);
  assert.deepEqual(parseParameter({ ...steps, type: 'number', minimum: 0 }, '0.5'), { ok: true, value: 0.5 });
  assert.equal(parseParameter({ ...steps, type: 'choice', choices: ['a', 'b'] }, 'c').ok, false);
});

test('the saturation curve’s geometry', () => {
  assert.equal(polyline([0, 0.5, 1], [0, 1, 2], { width: 100, height: 10, low: 0, high: 2 }), '0,10 50,5 100,0');
  assert.deepEqual(rangeOf([1, 3]), [0, 3]);
  assert.deepEqual(rangeOf([]), [0, 1]);
  assert.equal(flatFrom([0, 0.25, 0.5, 1], [0.1, 0.9, 0.899, 0.9]), 0.25);
  assert.equal(flatFrom([0, 1], null), null);
  assert.deepEqual(sampleIndices(33, 5), [0, 8, 16, 24, 32]);
  assert.deepEqual(sampleIndices(3, 5), [0, 1, 2]);
});

test('kept settings are read with bounds', () => {
  assert.deepEqual(parseView(null), defaultView);
  assert.deepEqual(parseView({ unit: 'x', opacity: 7, clip: 'a', pathOpen: 'no' }), defaultView);
  assert.equal(parseView({ imageView: 'mask', opacity: 0.2 }).imageView, 'mask');
});
