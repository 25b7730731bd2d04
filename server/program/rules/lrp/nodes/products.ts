/** Products: with a constant linear, with a gate the signal takes all, of two signals half each. */
import { numberOf } from '../../../../graph/attributes';
import type { Node, Value } from '../../../../graph/types';
import type { RelevanceRule, RuleContext, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { unbroadcast } from '../../../shapes';
import { inputOf, only, outputOf, table } from '../../common';
import { gradientRules } from '../../gradient';
import { quotient, signed } from '../linear/parts';
import type { LrpOptions } from '../types';

const openers: ReadonlySet<string> = new Set(['Sigmoid', 'HardSigmoid', 'Softmax']);
/** What may stand between a gate's activation and its product. */
const carriers: ReadonlySet<string> = new Set([
  'Identity',
  'Dropout',
  'Cast',
  'Reshape',
  'Flatten',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Expand',
  'Slice',
  'Split',
  // Windows of attention weights that are laid out anew (Longformer).
  'Pad',
  'Gather',
  'GatherElements',
  'GatherND',
]);
/** Inputs from this one on are put together: 0 for masked rows (a guard against NaN), or weights of several windows. */
const joiners: Readonly<Record<string, number>> = { Where: 1, Concat: 0 };

/** True for values between 0 and 1 that open or close something: σ(·), 1 − σ(·), softmax. */
export function isGate(ctx: RuleContext, value: Value): boolean {
  const node = ctx.producer(value);
  if (node === undefined) return false;
  if (openers.has(node.op)) return true;
  if (carriers.has(node.op)) return isGate(ctx, inputOf(node, 0));
  const from = joiners[node.op];
  if (from !== undefined) {
    const moving = node.inputs.slice(from).filter((input) => ctx.needed(input));
    return moving.length > 0 && moving.every((input) => isGate(ctx, input));
  }
  return node.op === 'Sub' && !ctx.needed(inputOf(node, 0)) && isGate(ctx, inputOf(node, 1));
}

/** Shares of the two factors, adding up to 1. */
function shares(node: Node, ctx: RuleContext): readonly [number, number] {
  const [a, c] = [inputOf(node, 0), inputOf(node, 1)];
  const [left, right] = [ctx.needed(a), ctx.needed(c)];
  if (!left || !right) return left ? [1, 0] : [0, 1];
  const [gateLeft, gateRight] = [isGate(ctx, a), isGate(ctx, c)];
  if (gateLeft === gateRight) return [0.5, 0.5];
  return gateLeft ? [0, 1] : [1, 0];
}

const multiply: RelevanceRule = (node, r, b, ctx) => {
  const m = maths(b, outputOf(node));
  const parts = shares(node, ctx);
  return node.inputs.map((input, index) => {
    const part = parts[index] as number;
    if (part === 0 || !ctx.needed(input)) return null;
    return unbroadcast(b, part === 1 ? only(r) : m.mul(only(r), part), outputOf(node), input);
  });
};

/** A constant over a signal is not 0 where the signal is. */
const refusesDivision: NonNullable<RuleEntry['refuses']> = (node, _b, needed) =>
  needed(inputOf(node, 0)) ? null : 'of a constant by a signal; choose another method';

/** The divisor is a scale: all goes to the numerator. */
const divide: RelevanceRule = (node, r, b, ctx) => [
  ctx.needed(inputOf(node, 0)) ? unbroadcast(b, only(r), outputOf(node), inputOf(node, 0)) : null,
  null,
];

const gradient = table(gradientRules);

/** Products of matrices that both depend on the sample: each factor with the ε rule, the other held constant. */
export function productRules(options: LrpOptions): readonly RuleEntry[] {
  const matmul: RelevanceRule = (node, r, b, ctx) => {
    const y = outputOf(node);
    const m = maths(b, y);
    const parts = shares(node, ctx);
    const stabiliser = options.epsilon === 0 ? null : signed(b, y, options.epsilon);
    const s = stabiliser === null ? quotient(b, only(r), y) : m.div(only(r), m.add(y, stabiliser));
    if (stabiliser !== null) ctx.absorb('stabiliser', () => m.mul(stabiliser, s));
    else ctx.absorb('empty', () => m.mul(only(r), m.mask(m.equal(y, 0))));
    const back = gradient(node)?.rule(node, [s], b, ctx) ?? [];
    const summand = node.op === 'Gemm' ? inputOf(node, 2) : '';
    if (summand !== '' && !ctx.needed(summand))
      ctx.absorb('bias', () => m.mul(m.mul(summand, numberOf(node, 'beta', 1)), s));
    return node.inputs.map((input, index) => {
      // The third input of Gemm is a summand: all of its contribution is its own.
      const part = index === 2 ? 1 : (parts[index] ?? 0);
      const slope = back[index] ?? null;
      if (part === 0 || slope === null) return null;
      const own = m.mul(input, slope);
      return part === 1 ? own : m.mul(own, part);
    });
  };
  return [
    { ops: ['Mul'], rule: multiply, name: 'product' },
    { ops: ['Div'], rule: divide, name: 'pass', refuses: refusesDivision },
    { ops: ['MatMul', 'Einsum', 'Gemm'], rule: matmul, name: 'product', refuses },
  ];
}

const refuses: NonNullable<RuleEntry['refuses']> = (node, b, needed) => {
  if (node.op === 'Einsum' && node.inputs.length > 2) return 'of more than two factors';
  return gradient(node)?.refuses?.(node, b, needed) ?? null;
};
