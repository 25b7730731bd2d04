/**
 * RevealCancel: an activation after a linear layer tells the positive from the negative part of its Δx,
 * `Δy⁺ = ½[f(x′+Δx⁺) − f(x′) + f(x) − f(x′+Δx⁻)]`, Δy⁻ likewise, and has two multipliers, `m± = Δy±/Δx±`. What a rule
 * hands on is one multiplier; the two are kept beside it, as differences from it, until the linear layer asks.
 */
import type { Value } from '../../../graph/types';
import type { ElementFunction } from '../../canonize/functions';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { again } from '../../shapes';
import { inputOf, only, outputOf, table } from '../common';
import { replay } from '../functions';
import type { FunctionRule } from '../functions';
import { overDelta } from './delta';
import { elementwiseRules, functionRule } from './elementwise';
import { linearRules, splitOf } from './split';
import type { Pair, Pairs } from './split';

function newPairs(): Pairs {
  const pairs = new Map<Value, Pair>();
  return {
    get: (value) => pairs.get(value),
    // Several readers of one value add up, as what they hand on does.
    add(b, value, pair) {
      const before = pairs.get(value);
      const sum = (part: keyof Pair): Value =>
        before === undefined ? pair[part] : b.op('Add', [before[part], pair[part]]);
      pairs.set(value, { plus: sum('plus'), minus: sum('minus') });
    },
  };
}

/** @param f The function that the node ends, where it is one of several operators. */
const revealing =
  (rescale: RelevanceRule, pairs: Pairs, f?: ElementFunction): RelevanceRule =>
  (node, r, b, ctx) => {
    const handed = rescale(node, r, b, ctx);
    const [x, y] = [f?.root ?? inputOf(node, 0), outputOf(node)];
    const [own = null] = handed;
    const parts = splitOf(b, ctx, x);
    if (own === null || parts === null) return handed;
    const m = maths(b, x);
    const [reference, start] = [ctx.twin('reference', x), ctx.twin('reference', y)];
    const at = (part: Value): Value => {
      const there = m.add(reference, part);
      return f === undefined ? again(b, node, [there, ...node.inputs.slice(1)]) : replay(b, f, there)(y);
    };
    const [up, down] = [at(parts.plus), at(parts.minus)];
    const half = (gained: Value, lost: Value): Value =>
      m.mul(m.mul(0.5, only(r)), m.add(m.sub(gained, start), m.sub(y, lost)));
    // A part that is next to nothing has the multiplier of the whole, Δy/Δx.
    pairs.add(b, x, {
      plus: m.sub(overDelta(b, half(up, down), parts.plus, own), own),
      minus: m.sub(overDelta(b, half(down, up), parts.minus, own), own),
    });
    return handed;
  };

/** Rules of one compilation, before those of rescale: what activations found out is kept in between. */
export function revealCancelRules(rescale: readonly RuleEntry[]): {
  readonly rules: readonly RuleEntry[];
  readonly functionRule: FunctionRule;
} {
  const pairs = newPairs();
  const name = 'reveal-cancel';
  return {
    rules: [
      ...elementwiseRules.map((entry) => ({ ...entry, rule: revealing(entry.rule, pairs), name })),
      ...linearRules(table(rescale), pairs),
      ...rescale,
    ],
    functionRule: (f) => ({ name, rule: revealing(functionRule(f).rule, pairs, f) }),
  };
}
