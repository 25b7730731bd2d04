/** Products: of a signal with a constant linear, of two signals half to each, of a quotient all to the numerator. */
import { numbers } from '../../../graph/tensor';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import { maths } from '../../maths';
import { unbroadcast } from '../../shapes';
import type { RelevanceRule, RuleContext, RuleEntry } from '../../types';
import { inputOf, only, outputOf, perInput } from '../common';
import { arithmeticRules } from '../gradient/arithmetic';
import { einsumRules } from '../gradient/einsum';
import { gemmRules } from '../gradient/gemm';
import { matmulRules } from '../gradient/matmul';
import { reductionRules } from '../gradient/reduction';
import { secant } from './activations';

/** The chain rule of a product, with c shared equally among its factors that are signals. */
function shared(rule: RelevanceRule, factors: (node: Node) => readonly Value[]): RelevanceRule {
  return (node, r, b, ctx) => {
    const signals = factors(node).filter((value) => ctx.needed(value)).length;
    if (signals < 2) return rule(node, r, b, ctx);
    const [first, ...rest] = [only(r), ...r.slice(1)];
    return rule(node, [maths(b, outputOf(node)).mul(first, 1 / signals), ...rest], b, ctx);
  };
}

/** C of αAB + βC is a summand: it keeps all of its part. */
function gemm(rule: RelevanceRule): RelevanceRule {
  const product = shared(rule, (node) => node.inputs.slice(0, 2));
  return (node, r, b, ctx) => {
    const bias = inputOf(node, 2);
    const only = (wanted: (value: Value) => boolean): RuleContext => ({
      ...ctx,
      needed: (value) => wanted(value) && ctx.needed(value),
    });
    const [a = null, c = null] = product(
      node,
      r,
      b,
      only((value) => value !== bias),
    );
    const summand =
      rule(
        node,
        r,
        b,
        only((value) => value === bias),
      )[2] ?? null;
    return [a, c, summand];
  };
}

/** a/s: s is held constant (a normalisation). k/s alone: an activation of s, c · y/s. */
const divide: RelevanceRule = (node, r, b, ctx) => {
  const m = maths(b, outputOf(node));
  const [a, s] = [inputOf(node, 0), inputOf(node, 1)];
  return perInput(node, ctx, [
    () => unbroadcast(b, m.div(only(r), s), outputOf(node), a),
    () => (ctx.needed(a) ? null : unbroadcast(b, m.mul(only(r), secant(m, outputOf(node), s, 0)), outputOf(node), s)),
  ]);
};

/** z^p: c · z^(p−1). */
const power: RelevanceRule = (node, r, b) => {
  const [z, p] = [inputOf(node, 0), inputOf(node, 1)];
  const m = maths(b, z);
  const tensor = b.constantOf(p);
  const fixed = tensor?.data.length === 1 ? numbers(tensor)[0] : undefined;
  if (fixed === 2) return [m.mul(only(r), z), null];
  return [unbroadcast(b, m.mul(only(r), secant(m, outputOf(node), z, fixed === 1 ? 1 : 0)), outputOf(node), z), null];
};

/** Σ z²: a product of two equal signals. */
const halved =
  (rule: RelevanceRule): RelevanceRule =>
  (node, r, b: GraphBuilder, ctx) =>
    rule(node, [maths(b, inputOf(node, 0)).mul(only(r), 0.5)], b, ctx);

const ruleOf = (entries: readonly RuleEntry[], op: string): RuleEntry => {
  const entry = entries.find(({ ops }) => ops.includes(op));
  if (entry === undefined) throw new Error(`no rule for ${op}`);
  return { ...entry, ops: [op] };
};

function sharing(entries: readonly RuleEntry[], op: string): RuleEntry {
  const entry = ruleOf(entries, op);
  return { ...entry, rule: shared(entry.rule, (node) => node.inputs), name: 'half' };
}

const gemmEntry = ruleOf(gemmRules, 'Gemm');
const squares = ruleOf(reductionRules, 'ReduceSumSquare');

export const productRules: readonly RuleEntry[] = [
  sharing(arithmeticRules, 'Mul'),
  sharing(matmulRules, 'MatMul'),
  sharing(einsumRules, 'Einsum'),
  { ...gemmEntry, rule: gemm(gemmEntry.rule), name: 'half' },
  { ...squares, rule: halved(squares.rule), name: 'half' },
  { ops: ['Div'], rule: divide, name: 'identity' },
  {
    ops: ['Pow'],
    rule: power,
    name: 'pass',
    refuses: (node, _b, needed) => (needed(inputOf(node, 1)) ? 'with an exponent computed from the sample' : null),
  },
];
