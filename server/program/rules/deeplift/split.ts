/**
 * Linear layers in RevealCancel: Δx = Σ w Δa falls into the terms above 0 and those below, and a multiplier m⁺ goes
 * back to the inputs with w Δa > 0, m⁻ to those with w Δa < 0, their mean where Δa = 0.
 */
import { numberOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleContext, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { again, shapeOf } from '../../shapes';
import { inputOf, only, outputOf, table } from '../common';
import { gradientRules } from '../gradient';
import { delta } from './delta';

export interface Pair {
  readonly plus: Value;
  readonly minus: Value;
}

/** Multipliers of the positive and the negative part of a value's Δ, each less the one that was handed on. */
export interface Pairs {
  get(value: Value): Pair | undefined;
  add(b: GraphBuilder, value: Value, pair: Pair): void;
}

/** Σ of the positive and Σ of the negative terms of a value's Δ; null where no linear layer makes it. */
export function splitOf(b: GraphBuilder, ctx: RuleContext, value: Value): Pair | null {
  const node = ctx.producer(value);
  if (node?.domain !== '') return null;
  if (hasWeights(node, ctx)) {
    const weights = signsOf(b, inputOf(node, 1));
    const a = signsOf(b, delta(b, ctx, inputOf(node, 0)));
    const through = (input: Value, weight: Value): Value => again(b, node, [input, weight]);
    const sum = (left: Value, right: Value): Value => b.op('Add', [left, right]);
    return {
      plus: sum(through(a.plus, weights.plus), through(a.minus, weights.minus)),
      minus: sum(through(a.plus, weights.minus), through(a.minus, weights.plus)),
    };
  }
  const terms = termsOf(b, node, ctx);
  if (terms === null) return null;
  const parts = terms.map(({ value: term, negated }): Pair => {
    const own = terms.length === 1 ? splitOf(b, ctx, term) : null;
    const { plus, minus } = own ?? signsOf(b, delta(b, ctx, term));
    return negated ? { plus: b.op('Neg', [minus]), minus: b.op('Neg', [plus]) } : { plus, minus };
  });
  const sum = (part: keyof Pair): Value =>
    parts.map((pair) => pair[part]).reduce((left, right) => b.op('Add', [left, right]));
  return { plus: sum('plus'), minus: sum('minus') };
}

/** A layer whose weights are the same in both passes. */
function hasWeights(node: Node, ctx: RuleContext): boolean {
  if (!['Conv', 'ConvTranspose', 'Gemm', 'MatMul'].includes(node.op)) return false;
  if (numberOf(node, 'alpha', 1) < 0) return false;
  return ctx.needed(inputOf(node, 0)) && ctx.twin('reference', inputOf(node, 1)) === inputOf(node, 1);
}

/** The summands that carry relevance; null for other operators and where a summand is broadcast. */
function termsOf(
  b: GraphBuilder,
  node: Node,
  ctx: RuleContext,
): { readonly value: Value; readonly negated: boolean; readonly index: number }[] | null {
  if (!['Add', 'Sum', 'Sub'].includes(node.op)) return null;
  const shape = shapeOf(b, outputOf(node))?.join();
  const terms = node.inputs.flatMap((value, index) =>
    ctx.needed(value) ? [{ value, negated: node.op === 'Sub' && index === 1, index }] : [],
  );
  const alike = shape !== undefined && terms.every(({ value }) => shapeOf(b, value)?.join() === shape);
  return alike ? terms : null;
}

function signsOf(b: GraphBuilder, value: Value): Pair {
  const zero = maths(b, value).operand(0);
  return { plus: b.op('Max', [value, zero]), minus: b.op('Min', [value, zero]) };
}

const linear =
  (rule: RelevanceRule, otherwise: RelevanceRule, pairs: Pairs): RelevanceRule =>
  (node, r, b, ctx) => {
    const pair = pairs.get(outputOf(node));
    if (pair === undefined) return otherwise(node, r, b, ctx);
    const m = maths(b, outputOf(node));
    const up = m.add(only(r), pair.plus);
    const down = m.add(only(r), pair.minus);
    if (hasWeights(node, ctx)) {
      const a = inputOf(node, 0);
      const weights = signsOf(b, inputOf(node, 1));
      const back = (weight: Value, multiplier: Value): Value =>
        rule({ ...node, inputs: [a, weight] }, [multiplier], b, { ...ctx, needed: (value) => value === a })[0] as Value;
      const rising = m.add(back(weights.plus, up), back(weights.minus, down));
      const falling = m.add(back(weights.plus, down), back(weights.minus, up));
      return [bySign(b, delta(b, ctx, a), rising, falling), ...node.inputs.slice(1).map(() => null)];
    }
    const terms = termsOf(b, node, ctx) ?? [];
    const result: (Value | null)[] = node.inputs.map(() => null);
    for (const { value, negated, index } of terms) {
      const [rising, falling] = negated ? [m.neg(down), m.neg(up)] : [up, down];
      if (terms.length === 1 && splitOf(b, ctx, value) !== null) {
        const handed = negated ? m.neg(only(r)) : only(r);
        pairs.add(b, value, { plus: m.sub(rising, handed), minus: m.sub(falling, handed) });
        result[index] = handed;
      } else {
        result[index] = bySign(b, delta(b, ctx, value), rising, falling);
      }
    }
    return result;
  };

/** `rising` where Δ > 0, `falling` where Δ < 0, their mean where it is 0. */
function bySign(b: GraphBuilder, change: Value, rising: Value, falling: Value): Value {
  const m = maths(b, change);
  const still = m.mul(0.5, m.add(rising, falling));
  return m.where(m.greater(change, 0), rising, m.where(m.less(change, 0), falling, still));
}

const gradientOf = table(gradientRules);

/** @param rescale Rules where no activation has asked for parts. */
export function linearRules(rescale: (node: Node) => RuleEntry | undefined, pairs: Pairs): readonly RuleEntry[] {
  return ['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Sum', 'Sub'].map((op) => {
    const node: Node = { name: '', op, domain: '', inputs: [], outputs: [], attributes: {} };
    const [slope, otherwise] = [gradientOf(node), rescale(node)];
    if (slope === undefined || otherwise === undefined) throw new Error(`no rule for ${op}`);
    return { ...otherwise, ops: [op], rule: linear(slope.rule, otherwise.rule, pairs) };
  });
}
