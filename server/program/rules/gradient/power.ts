/** Pow: exponents that are constant numbers get short forms. */
import { numbers } from '../../../graph/tensor';
import type { RelevanceRule, RuleEntry } from '../../types';
import { cast, floatTypeOf, maths } from '../../maths';
import { unbroadcast } from '../../shapes';
import { inputOf, only, outputOf, perInput } from '../common';

const power: RelevanceRule = (node, r, b, ctx) => {
  const [x, p] = [inputOf(node, 0), inputOf(node, 1)];
  const y = outputOf(node);
  const m = maths(b, x);
  const tensor = b.constantOf(p);
  const fixed = tensor?.data.length === 1 ? numbers(tensor)[0] : undefined;
  const exponent = fixed ?? (b.type(p)?.dtype === b.type(x)?.dtype ? p : cast(b, p, floatTypeOf(b, x)));
  return perInput(node, ctx, [
    () => {
      if (fixed === 0.5) return m.div(m.mul(only(r), 0.5), y);
      const below = fixed === 2 ? x : m.pow(x, fixed === undefined ? m.sub(exponent, 1) : fixed - 1);
      return unbroadcast(b, m.mul(only(r), m.mul(exponent, below)), y, x);
    },
    // log is read only where the base is positive, as PyTorch does.
    () => {
      const positive = m.greater(x, 0);
      const slope = m.where(positive, m.mul(y, m.log(m.where(positive, x, 1))), 0);
      return unbroadcast(b, m.mul(only(r), slope), y, p);
    },
  ]);
};

export const powerRules: readonly RuleEntry[] = [{ ops: ['Pow'], rule: power }];
