/** Instance and group normalisation: 1/σ is held constant, the mean stays linear, the shift absorbs (ε rule). */
import { int, numberOf } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import type { Value } from '../../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { rankOf, reshape, reshapeLike } from '../../../shapes';
import { inputOf, only, outputOf } from '../../common';
import { quotient, signed } from '../linear/parts';
import type { LrpOptions } from '../types';

/** y = (x − mean) / σ · scale + shift over groups of channels: R = x ⊙ (g − mean g), g = R / s(y) · scale / σ. */
export function channelNormRules({ epsilon }: LrpOptions): readonly RuleEntry[] {
  const rule: RelevanceRule = (node, r, b, ctx) => {
    const [x, scale, shift] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
    const y = outputOf(node);
    const m = maths(b, x);
    const groups = node.op === 'GroupNormalization' ? numberOf(node, 'num_groups', 1) : 0;
    const rows = (value: Value): Value => reshape(b, value, [0, groups, -1]);
    const mean = (value: Value): Value => b.op('ReduceMean', [value, b.indices([2])], { keepdims: int(1) });
    const centred = m.sub(rows(x), mean(rows(x)));
    const deviation = m.sqrt(m.add(mean(m.square(centred)), numberOf(node, 'epsilon', 1e-5)));
    const stabiliser = epsilon === 0 ? null : signed(b, y, epsilon);
    const s = stabiliser === null ? quotient(b, only(r), y) : m.div(only(r), m.add(y, stabiliser));
    if (stabiliser !== null) ctx.absorb('stabiliser', () => m.mul(s, stabiliser));
    else ctx.absorb('empty', () => m.mul(only(r), m.mask(m.equal(y, 0))));
    ctx.absorb('bias', () => m.mul(s, perChannel(b, shift, x)));
    const g = m.div(rows(m.mul(s, perChannel(b, scale, x))), deviation);
    return [m.mul(x, reshapeLike(b, m.sub(g, mean(g)), x))];
  };
  return [{ ops: ['InstanceNormalization', 'GroupNormalization'], rule, name: 'normalization' }];
}

function perChannel(b: GraphBuilder, vector: Value, like: Value): Value {
  const rank = rankOf(b, like);
  return rank === 2 ? vector : reshape(b, vector, [-1, ...new Array<number>(rank - 2).fill(1)]);
}
