/** Arithmetic on sizes agrees with arithmetic on numbers, whatever the names stand for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addDims,
  ceilDivide,
  divideExactly,
  floorDivide,
  multiplyDims,
  substitute,
  subtractDims,
} from '../../../server/graph/dims';
import type { Dim } from '../../../server/graph/types';

interface Expression {
  readonly dim: Dim;
  readonly value: number;
}
const names = { batch: 3, sequence: 7, '<?a/b-c:0>': 2 } as Record<string, number>;
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.integer({ min: -3, max: 9 }).map((value) => ({ dim: value, value })),
  fc.constantFrom(...Object.keys(names)).map((name) => ({ dim: name, value: names[name]! })),
);
const expression = fc.letrec<{ e: Expression }>((tie) => ({
  e: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.tuple(tie('e'), tie('e')).map(([a, b]) => ({ dim: addDims(a.dim, b.dim), value: a.value + b.value })),
    fc.tuple(tie('e'), tie('e')).map(([a, b]) => ({ dim: subtractDims(a.dim, b.dim), value: a.value - b.value })),
    fc.tuple(tie('e'), tie('e')).map(([a, b]) => ({ dim: multiplyDims(a.dim, b.dim), value: a.value * b.value })),
    fc
      .tuple(tie('e'), fc.integer({ min: 1, max: 5 }))
      .map(([a, b]) => ({ dim: floorDivide(a.dim, b), value: Math.floor(a.value / b) })),
    fc
      .tuple(tie('e'), fc.integer({ min: 1, max: 5 }))
      .map(([a, b]) => ({ dim: ceilDivide(a.dim, b), value: Math.ceil(a.value / b) })),
  ),
})).e;

const evaluate = (dim: Dim): Dim => substitute(dim, (name) => names[name]);

test('expressions evaluate to the numbers they stand for', () => {
  fc.assert(
    fc.property(expression, ({ dim, value }) => assert.equal(Number(evaluate(dim)), value + 0)),
    { numRuns: 500 },
  );
});

test('sums and products have one spelling', () => {
  fc.assert(
    fc.property(expression, expression, (a, b) => {
      assert.equal(addDims(a.dim, b.dim), addDims(b.dim, a.dim));
      assert.equal(multiplyDims(a.dim, b.dim), multiplyDims(b.dim, a.dim));
      assert.equal(subtractDims(addDims(a.dim, b.dim), b.dim), a.dim);
    }),
  );
});

test('exact division undoes multiplication', () => {
  fc.assert(
    fc.property(expression, leaf, (a, b) => {
      fc.pre(b.dim !== 0 && a.dim !== 0);
      assert.equal(divideExactly(multiplyDims(a.dim, b.dim), b.dim), a.dim);
    }),
  );
  assert.equal(divideExactly('batch', 2), undefined);
  assert.equal(divideExactly(multiplyDims(addDims('batch', 1), 'sequence'), addDims('batch', 1)), 'sequence');
});
