/** LayerNormalization: inv · (g − mean(g) − x̂ mean(g x̂)), g = r γ. */
import { float, int, numberOf, tensorAttribute } from '../../../graph/attributes';
import type { RelevanceRule, RuleEntry } from '../../types';
import { floatTypeOf, maths, scalarTensor } from '../../maths';
import { axisOf, rankOf, sizes, unbroadcast } from '../../shapes';
import { inputOf, only, outputOf, perInput } from '../common';

const layerNorm: RelevanceRule = (node, r, b, ctx) => {
  const [x, scale, bias] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  const y = outputOf(node);
  const m = maths(b, x);
  const rank = rankOf(b, x);
  const first = axisOf(numberOf(node, 'axis', -1), rank);
  const axes = Array.from({ length: rank - first }, (_, axis) => first + axis);
  // x̂ and 1/σ come from the same operator with γ = 1: one pass, where formulas would take six.
  const one = tensorAttribute(scalarTensor(floatTypeOf(b, x), 1, [1]));
  const ones = b.op('ConstantOfShape', [sizes(b, scale)], { value: one });
  const attributes = { axis: int(first), epsilon: float(numberOf(node, 'epsilon', 1e-5)) };
  const [hat, , inverse] = b.ops('LayerNormalization', [x, ones], 3, attributes) as [string, string, string];
  const mean = (value: string): string => b.op('ReduceMean', [value, b.indices(axes)], { keepdims: int(1) });
  return perInput(node, ctx, [
    () => {
      const g = m.mul(only(r), scale);
      const centred = m.sub(g, mean(g));
      return m.mul(inverse, m.sub(centred, m.mul(hat, mean(m.mul(g, hat)))));
    },
    () => unbroadcast(b, m.mul(only(r), hat), y, scale),
    () => unbroadcast(b, only(r), y, bias),
  ]);
};

export const layerNormRules: readonly RuleEntry[] = [{ ops: ['LayerNormalization'], rule: layerNorm }];
