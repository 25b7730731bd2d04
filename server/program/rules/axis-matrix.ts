/** Transposes of operators that work axis by axis (pooling with sums, resizing): one matrix per axis. */
import { int, tensorAttribute } from '../../graph/attributes';
import type { GraphBuilder } from '../../graph/builder';
import type { Value } from '../../graph/types';
import { floatTypeOf, scalarTensor } from '../maths';
import { size, transpose } from '../shapes';

/** Identity matrix as large as an axis of `x`, float. */
export function identityOf(b: GraphBuilder, x: Value, axis: number): Value {
  const n = size(b, x, axis);
  const dtype = floatTypeOf(b, x);
  const square = b.op('Concat', [n, n], { axis: int(0) });
  const zeros = b.op('ConstantOfShape', [square], { value: tensorAttribute(scalarTensor(dtype, 0, [1])) });
  return b.op('EyeLike', [zeros], { dtype: int(dtype === 'float64' ? 11 : 1) });
}

/**
 * Applies, along `axis`, the transpose of the map whose rows are `matrix` ([size of x, size of r]: what the operator
 * makes of the identity).
 */
export function applyAlong(b: GraphBuilder, r: Value, axis: number, matrix: Value, rank: number): Value {
  const turned = transpose(b, matrix, [1, 0]);
  if (axis === rank - 1) return b.op('MatMul', [r, turned]);
  if (axis === rank - 2) return b.op('MatMul', [matrix, r]);
  const perm = Array.from({ length: rank }, (_, at) => at);
  [perm[axis], perm[rank - 1]] = [rank - 1, axis];
  return transpose(b, b.op('MatMul', [transpose(b, r, perm), turned]), perm);
}
