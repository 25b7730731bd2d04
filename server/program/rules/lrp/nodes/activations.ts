/** Activations: passed on where f(0) = 0; elsewhere f(0) is absorbed like a bias. */
import type { RelevanceRule, RuleEntry } from '../../../types';
import { maths } from '../../../maths';
import { inputOf, only, outputOf } from '../../common';
import type { LrpOptions } from '../types';

/** f(0) = 0. Clip too: the bounds of every activation made of it contain 0. */
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
  'Clip',
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
  'Pow',
];

/** f(0) of the others. */
const atZero: Readonly<Record<string, number>> = {
  Sigmoid: 0.5,
  HardSigmoid: 0.5,
  Softplus: Math.LN2,
  Exp: 1,
  Cos: 1,
  Cosh: 1,
};

const pass: RelevanceRule = (node, r, _b, ctx) =>
  node.inputs.map((input, index) => (index === 0 && ctx.needed(input) ? only(r) : null));

/** R (f(z) − f(0)) / f(z); the share of f(0) is absorbed. */
const absorbing: RelevanceRule = (node, r, b, ctx) => {
  const y = outputOf(node);
  const m = maths(b, y);
  const share = m.div(m.mul(only(r), atZero[node.op] ?? 0), y);
  ctx.absorb('activation', () => share);
  return [m.sub(only(r), share)];
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

export function activationRules(options: LrpOptions): readonly RuleEntry[] {
  return [
    { ops: throughZero, rule: pass, name: 'pass' },
    { ops: Object.keys(atZero), rule: options.activation === 'pass' ? pass : absorbing, name: 'activation' },
    { ops: ['Softmax'], rule: softmax, name: 'softmax' },
  ];
}
