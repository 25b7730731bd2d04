/** Activations: passed on where f(0) = 0; elsewhere f(0) is absorbed like a bias. */
import { numberOf } from '../../../../graph/attributes';
import type { GraphBuilder } from '../../../../graph/builder';
import { numbers } from '../../../../graph/tensor';
import type { Node } from '../../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { unbroadcast } from '../../../shapes';
import { inputOf, only, outputOf } from '../../common';
import type { FunctionRule } from '../../functions';
import { quotient } from '../linear/parts';
import type { LrpOptions } from '../types';

/** f(0) = 0. */
const throughZero: readonly string[] = [
  'Relu',
  'LeakyRelu',
  'PRelu',
  'ThresholdedRelu',
  'Elu',
  'Selu',
  'Celu',
  'HardSwish',
  'Gelu',
  'Mish',
  'Swish',
  'Softsign',
  'Tanh',
  'Shrink',
  'Abs',
  'Neg',
  'Erf',
  'Sin',
  'Sinh',
  'Asin',
  'Asinh',
  'Atan',
  'Atanh',
  'Tan',
  'Sqrt',
];

/** f(0) of the others. */
const atZero: Readonly<Record<string, (node: Node, b: GraphBuilder) => number>> = {
  Sigmoid: () => 0.5,
  HardSigmoid: (node) => Math.min(1, Math.max(0, numberOf(node, 'beta', 0.5))),
  Softplus: () => Math.LN2,
  Exp: () => 1,
  Cos: () => 1,
  Cosh: () => 1,
  Acos: () => Math.PI / 2,
  // Clipping to bounds that leave 0 out.
  Clip: (node, b) => Math.min(bound(b, node, 2, Infinity), Math.max(bound(b, node, 1, -Infinity), 0)),
};

/** A constant bound of Clip; the fallback where it is left out or depends on the run. */
function bound(b: GraphBuilder, node: Node, index: number, fallback: number): number {
  const tensor = b.constantOf(inputOf(node, index));
  return tensor === undefined ? fallback : (numbers(tensor)[0] ?? fallback);
}

const pass: RelevanceRule = (node, r, b, ctx) =>
  node.inputs.map((input, index) =>
    index === 0 && ctx.needed(input) ? unbroadcast(b, only(r), outputOf(node), input) : null,
  );

/** R (f(z) − f(0)) / f(z); the share of f(0) is absorbed. Where f(z) is 0 nothing can be shared by it: R is handed on. */
const absorbing: RelevanceRule = (node, r, b, ctx) => {
  const y = outputOf(node);
  const m = maths(b, y);
  const zero = atZero[node.op]?.(node, b) ?? 0;
  if (zero === 0) return pass(node, r, b, ctx);
  const share = quotient(b, m.mul(only(r), zero), y);
  ctx.absorb('activation', () => share);
  return node.inputs.map((_, index) => (index === 0 ? m.sub(only(r), share) : null));
};

/** Powers with a constant exponent > 0 are 0 at 0. */
const refusesPower: NonNullable<RuleEntry['refuses']> = (node, b, needed) => {
  if (needed(inputOf(node, 1))) return 'its exponent depends on the sample; choose another method';
  const exponent = b.constantOf(inputOf(node, 1));
  const positive = exponent === undefined || numbers(exponent).every((power) => power > 0);
  return positive ? null : 'of an exponent that is not positive: not 0 at 0; choose another method';
};

/** R_z = z ⊙ (R − s ΣR), z = −∞ (masks) counted as 0 (Achtibat et al. 2024). */
const softmax: RelevanceRule = (node, r, b, ctx) => {
  const [x, s] = [inputOf(node, 0), outputOf(node)];
  const m = maths(b, s);
  const axis = node.attributes['axis'];
  const axes = b.indices([axis?.type === 'int' ? axis.value : -1]);
  const sum = b.op('ReduceSum', [only(r), axes], { keepdims: { type: 'int', value: 1 } });
  const finite = m.mask(m.greater(x, -1e30));
  const z = m.where(m.greater(x, -1e30), x, 0);
  const own = m.mul(m.mul(z, finite), m.sub(only(r), m.mul(s, sum)));
  ctx.absorb('softmax', () => m.sub(only(r), own));
  return [own];
};

/** The same for a function of several operators. */
export const functionRule =
  (options: LrpOptions): FunctionRule =>
  ({ atZero: zero }) => {
    if (zero === 0 || options.activation === 'pass') return { name: 'pass', rule: (_, r) => [only(r)] };
    return {
      name: 'activation',
      rule(node, r, b, ctx) {
        const y = outputOf(node);
        const m = maths(b, y);
        const share = quotient(b, m.mul(only(r), zero), y);
        ctx.absorb('activation', () => share);
        return [m.sub(only(r), share)];
      },
    };
  };

export function activationRules(options: LrpOptions): readonly RuleEntry[] {
  return [
    { ops: throughZero, rule: pass, name: 'pass' },
    { ops: Object.keys(atZero), rule: options.activation === 'pass' ? pass : absorbing, name: 'activation' },
    { ops: ['Pow'], rule: pass, name: 'pass', refuses: refusesPower },
    { ops: ['Softmax'], rule: softmax, name: 'softmax' },
  ];
}
