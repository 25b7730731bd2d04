/** Norms over elements: homogeneous, so x ⊙ gradient is the degree times the result and shares it exactly. */
import type { RelevanceRule, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { inputOf, only, outputOf, table } from '../../common';
import { gradientRules } from '../../gradient';
import { quotient } from '../linear/parts';

const gradient = table(gradientRules);
const ops = ['LpPool', 'GlobalLpPool', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare'] as const;

/** R_j = x_j ∂y/∂x_j / (degree · y) R: |x_j|^p / Σ|x|^p of it; 0/0 → 0. */
const rule: RelevanceRule = (node, r, b, ctx) => {
  const [x, y] = [inputOf(node, 0), outputOf(node)];
  const m = maths(b, x);
  const degree = node.op === 'ReduceSumSquare' ? 2 : 1;
  const s = quotient(b, only(r), degree === 1 ? y : m.mul(y, degree));
  ctx.absorb('empty', () => m.mul(only(r), m.mask(m.equal(y, 0))));
  const slope = gradient(node)?.rule(node, [s], b, ctx)[0] ?? null;
  return [slope === null ? null : m.mul(x, slope)];
};

export const normRules: readonly RuleEntry[] = gradientRules.flatMap((entry) => {
  const own = entry.ops.filter((op) => (ops as readonly string[]).includes(op));
  return own.length === 0 ? [] : [{ ...entry, ops: own, rule, name: 'norm' }];
});
