/** Normalisations: the scale (1/σ) is held constant, the mean stays linear, the shift absorbs (ε rule). */
import { float, int, numberOf, tensorAttribute } from '../../../../graph/attributes';
import type { Value } from '../../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../../types';
import { floatTypeOf, maths, scalarTensor } from '../../../maths';
import { axisOf, rankOf, sizes, unbroadcast } from '../../../shapes';
import { inputOf, only, outputOf } from '../../common';
import { quotient, signed } from '../linear/parts';
import type { LrpOptions } from '../types';

export function normalizationRules(options: LrpOptions): readonly RuleEntry[] {
  const layerNorm: RelevanceRule = (node, r, b, ctx) => {
    const [x, scale, shift] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
    const y = outputOf(node);
    const m = maths(b, x);
    const rank = rankOf(b, x);
    const first = axisOf(numberOf(node, 'axis', -1), rank);
    const axes = b.indices(Array.from({ length: rank - first }, (_, axis) => first + axis));
    const one = tensorAttribute(scalarTensor(floatTypeOf(b, x), 1, [1]));
    const ones = b.op('ConstantOfShape', [sizes(b, scale)], { value: one });
    const attributes = { axis: int(first), epsilon: float(numberOf(node, 'epsilon', 1e-5)) };
    const [, , inverse] = b.ops('LayerNormalization', [x, ones], 3, attributes) as [Value, Value, Value];
    const stabiliser = signed(b, y, options.epsilon);
    const exact = options.epsilon === 0;
    const s = exact ? quotient(b, only(r), y) : m.div(only(r), m.add(y, stabiliser));
    if (exact) ctx.absorb('empty', () => m.mul(only(r), m.mask(m.equal(y, 0))));
    if (shift !== '') ctx.absorb('bias', () => m.mul(s, shift));
    ctx.absorb('stabiliser', () => m.mul(s, stabiliser));
    const g = m.mul(m.mul(s, scale), inverse);
    const mean = b.op('ReduceMean', [g, axes], { keepdims: int(1) });
    return [m.mul(x, m.sub(g, mean))];
  };
  /** Divided by a norm of the neighbourhood, held constant: a scale. */
  const scaleOnly: RelevanceRule = (node, r, b) => [unbroadcast(b, only(r), outputOf(node), inputOf(node, 0))];
  return [
    { ops: ['LayerNormalization'], rule: layerNorm, name: 'normalization' },
    { ops: ['LRN', 'LpNormalization', 'RMSNormalization'], rule: scaleOnly, name: 'pass' },
  ];
}
