/** Gemm: Y = α A′B′ + β C, with A′, B′ transposed if the attributes say so. */
import { float, int, numberOf } from '../../../graph/attributes';
import type { Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { unbroadcast } from '../../shapes';
import { inputOf, only, outputOf, perInput } from '../common';

const gemm: RelevanceRule = (node, r, b, ctx) => {
  const alpha = numberOf(node, 'alpha', 1);
  const beta = numberOf(node, 'beta', 1);
  const turnA = numberOf(node, 'transA', 0);
  const turnB = numberOf(node, 'transB', 0);
  const [a, c, bias] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  const y = outputOf(node);
  const product = (left: Value, right: Value, transA: number, transB: number): Value =>
    b.op('Gemm', [left, right], { alpha: float(alpha), transA: int(transA), transB: int(transB) });
  return perInput(node, ctx, [
    () => (turnA === 0 ? product(only(r), c, 0, 1 - turnB) : product(c, only(r), turnB, 1)),
    () => (turnB === 0 ? product(a, only(r), 1 - turnA, 0) : product(only(r), a, 1, turnA)),
    () => {
      const summed = unbroadcast(b, only(r), y, bias);
      return beta === 1 ? summed : maths(b, y).mul(summed, beta);
    },
  ]);
};

export const gemmRules: readonly RuleEntry[] = [{ ops: ['Gemm'], rule: gemm }];
