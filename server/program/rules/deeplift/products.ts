/**
 * Products of two signals: Δ(ab) = ½(b + b′) Δa + ½(a + a′) Δb exactly, so each factor's multiplier is the mean of the
 * other. A quotient is the product with 1/c, whose multiplier Δ(1/c)/Δc is −1/(c c′): no division by Δc.
 */
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { unbroadcast } from '../../shapes';
import { inputOf, only, outputOf, perInput, table } from '../common';
import { arithmeticRules } from '../gradient/arithmetic';
import { einsumRules } from '../gradient/einsum';
import { gemmRules } from '../gradient/gemm';
import { matmulRules } from '../gradient/matmul';
import { average, runAt } from './delta';

/** The gradient of a bilinear map, half way between sample and reference. */
const bilinear =
  (rule: RelevanceRule): RelevanceRule =>
  (node, r, b, ctx) => {
    const outputs = new Set(node.outputs);
    return runAt(rule, node, (value) => (outputs.has(value) ? value : average(b, ctx, value)), r, b, ctx);
  };

const divide: RelevanceRule = (node, r, b, ctx) => {
  const [a, c] = [inputOf(node, 0), inputOf(node, 1)];
  const y = outputOf(node);
  const m = maths(b, y);
  const other = ctx.twin('reference', c);
  const inverse = m.reciprocal(c);
  const mean = other === c ? inverse : m.mul(0.5, m.add(inverse, m.reciprocal(other)));
  return perInput(node, ctx, [
    () => unbroadcast(b, m.mul(only(r), mean), y, a),
    () => m.neg(unbroadcast(b, m.div(m.mul(only(r), average(b, ctx, a)), m.mul(c, other)), y, c)),
  ]);
};

const gradientOf = table([...arithmeticRules, ...matmulRules, ...gemmRules, ...einsumRules]);

function halfWay(op: string, refuses?: RuleEntry['refuses']): RuleEntry {
  const entry = gradientOf({ name: '', op, domain: '', inputs: [], outputs: [], attributes: {} });
  if (entry === undefined) throw new Error(`no gradient rule for ${op}`);
  const also = refuses ?? entry.refuses;
  return { ops: [op], rule: bilinear(entry.rule), name: 'product', ...(also === undefined ? {} : { refuses: also }) };
}

const einsum = gradientOf({ name: '', op: 'Einsum', domain: '', inputs: [], outputs: [], attributes: {} });

export const productRules: readonly RuleEntry[] = [
  halfWay('Mul'),
  halfWay('MatMul'),
  halfWay('Gemm'),
  halfWay('Einsum', (node, b, needed) =>
    node.inputs.filter(needed).length > 2 ? 'of more than two signals' : (einsum?.refuses?.(node, b, needed) ?? null),
  ),
  { ops: ['Div'], rule: divide, name: 'product' },
];
