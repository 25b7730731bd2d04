/** Rescale: an element-wise function has the multiplier Δy/Δx, its slope where Δx vanishes. */
import type { RelevanceRule, RuleEntry } from '../../types';
import { inputOf, only, outputOf, table } from '../common';
import { throughSlope } from '../functions';
import type { FunctionRule } from '../functions';
import { gradientRules } from '../gradient';
import { choiceRules } from '../gradient/choice';
import { powerRules } from '../gradient/power';
import { unaryRules } from '../gradient/unary';
import { delta, overDelta } from './delta';

const chainRule = table(gradientRules);

/** @param slope The gradient's rule, which takes over where Δx is next to nothing. */
export const rescaled =
  (slope: RelevanceRule): RelevanceRule =>
  (node, r, b, ctx) => {
    const [x, y] = [inputOf(node, 0), outputOf(node)];
    const [own = null] = slope(node, r, b, ctx);
    if (own === null) return node.inputs.map(() => null);
    const change = b.op('Mul', [only(r), delta(b, ctx, y)]);
    return [overDelta(b, change, delta(b, ctx, x), own), ...node.inputs.slice(1).map(() => null)];
  };

/** The same for a function of several operators. */
export const functionRule: FunctionRule = (f) => ({
  name: 'rescale',
  rule(_, r, b, ctx) {
    const slope = throughSlope(f, only(r), b, ctx, chainRule);
    return [overDelta(b, b.op('Mul', [only(r), delta(b, ctx, f.output)]), delta(b, ctx, f.root), slope)];
  },
});

const ops = new Set(['Clip', 'PRelu', 'Pow', ...unaryRules.flatMap((entry) => entry.ops)]);
ops.delete('Neg');

export const elementwiseRules: readonly RuleEntry[] = [...unaryRules, ...choiceRules, ...powerRules].flatMap(
  (entry) => {
    const own = entry.ops.filter((op) => ops.has(op));
    if (own.length === 0) return [];
    return [
      {
        ops: own,
        rule: rescaled(entry.rule),
        name: 'rescale',
        refuses: (node, _b, needed) =>
          node.inputs.slice(1).some(needed) ? 'with bounds, slopes or exponents computed from the sample' : null,
      } satisfies RuleEntry,
    ];
  },
);
