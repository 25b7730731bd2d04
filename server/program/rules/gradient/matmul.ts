/** MatMul of any ranks, with NumPy's broadcasting and one-dimensional operands. */
import type { GraphBuilder } from '../../../graph/builder';
import type { Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { rankOf, reduceSum, reshape, reshapeLike, shapeOf, swapLast, unbroadcast } from '../../shapes';
import { inputOf, only, outputOf, perInput } from '../common';

const matmul: RelevanceRule = (node, r, b, ctx) => {
  const [left, right] = [inputOf(node, 0), inputOf(node, 1)];
  const [leftRank, rightRank] = [rankOf(b, left), rankOf(b, right)];
  // One-dimensional operands become a row and a column; the output gets the axes back that they lack.
  const a = leftRank === 1 ? b.op('Unsqueeze', [left, b.indices([0])]) : left;
  const c = rightRank === 1 ? b.op('Unsqueeze', [right, b.indices([1])]) : right;
  const missing = [...(leftRank === 1 ? [-2] : []), ...(rightRank === 1 ? [-1] : [])];
  const y = outputOf(node);
  const out = missing.length === 0 ? only(r) : restore(b, only(r), missing);
  const outRank = rankOf(b, y) + missing.length;
  const ranks = [Math.max(2, leftRank), Math.max(2, rightRank)] as const;

  return perInput(node, ctx, [
    () =>
      byConstantMatrix(b, only(r), left, right) ??
      fit(b, b.op('MatMul', [out, swapLast(b, c, ranks[1])]), [outRank, ranks[0]], left, leftRank === 1),
    () => {
      // A matrix shared by all rows: one product of matrices instead of a sum over many.
      if (rightRank === 2 && leftRank > 2) return sharedMatrix(b, left, only(r), right);
      return fit(b, b.op('MatMul', [swapLast(b, a, ranks[0]), out]), [outRank, ranks[1]], right, rightRank === 1);
    },
  ]);
};

/**
 * r Wᵀ for a constant matrix, as a Gemm that reads W transposed: no transposed copy of the weights, at loading or
 * later. (As quick as MatMul with a transposed constant.)
 */
function byConstantMatrix(b: GraphBuilder, r: Value, left: Value, right: Value): Value | undefined {
  const weights = b.constantOf(right);
  if (weights?.dims.length !== 2 || rankOf(b, left) < 2) return undefined;
  const rows = reshape(b, r, [-1, weights.dims[1] as number]);
  const product = b.op('Gemm', [rows, right], { transB: { type: 'int', value: 1 } });
  return rankOf(b, left) === 2 ? product : reshapeLike(b, product, left);
}

function restore(b: GraphBuilder, r: Value, axes: readonly number[]): Value {
  return b.op('Unsqueeze', [r, b.indices(axes)]);
}

function sharedMatrix(b: GraphBuilder, left: Value, r: Value, right: Value): Value {
  const shape = shapeOf(b, right) ?? [];
  const [rows, columns] = [sizeOr(shape[0]), sizeOr(shape[1])];
  if (rows < 0 || columns < 0) {
    const rank = rankOf(b, left);
    const product = b.op('MatMul', [swapLast(b, left, rank), r]);
    return reduceSum(
      b,
      product,
      Array.from({ length: rank - 2 }, (_, axis) => axis),
      false,
    );
  }
  const flat = (value: Value, width: number): Value => reshape(b, value, [-1, width]);
  return b.op('Gemm', [flat(left, rows), flat(r, columns)], { transA: { type: 'int', value: 1 } });
}

function sizeOr(dim: number | string | undefined): number {
  return typeof dim === 'number' ? dim : -1;
}

/** Sums over the axes along which an operand was repeated, and drops the axis a vector was given. */
function fit(
  b: GraphBuilder,
  product: Value,
  [from, to]: readonly [number, number],
  operand: Value,
  vector: boolean,
): Value {
  const shape = shapeOf(b, product);
  const own = shapeOf(b, operand);
  const known = shape !== undefined && own !== undefined;
  if (from === to && !vector && known && shape.slice(0, -2).every((dim, axis) => dim === own[axis])) return product;
  if (vector) {
    // [..., 1, K] or [..., K, 1]: everything but K is summed or dropped.
    const lead = Array.from({ length: from - 2 }, (_, axis) => axis);
    return reshapeLike(b, lead.length === 0 ? product : reduceSum(b, product, lead), operand);
  }
  return unbroadcast(b, product, product, operand);
}

export const matmulRules: readonly RuleEntry[] = [{ ops: ['MatMul'], rule: matmul }];
