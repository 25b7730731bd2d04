/** LpNormalization: y = x / ‖x‖ₚ along one axis. */
import { int, numberOf } from '../../../graph/attributes';
import type { Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { inputOf, only, outputOf } from '../common';

/** p = 2: (r − y Σ r y)/n; p = 1: (r − sign(x) Σ r y)/n. Where the norm is 0, so is the output. */
const lpNormalization: RelevanceRule = (node, r, b) => {
  const [x, y] = [inputOf(node, 0), outputOf(node)];
  const m = maths(b, x);
  const p = numberOf(node, 'p', 2);
  const axes = b.indices([numberOf(node, 'axis', -1)]);
  const over = (op: string, value: Value): Value => b.op(op, [value, axes], { keepdims: int(1) });
  const norm = over(p === 1 ? 'ReduceL1' : 'ReduceL2', x);
  const safe = m.where(m.equal(norm, 0), 1, norm);
  const direction = p === 1 ? m.sign(x) : y;
  return [m.div(m.sub(only(r), m.mul(direction, over('ReduceSum', m.mul(only(r), y)))), safe)];
};

export const lpNormalizationRules: readonly RuleEntry[] = [{ ops: ['LpNormalization'], rule: lpNormalization }];
