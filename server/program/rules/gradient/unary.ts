/** Element-wise functions of one input: r · f′(x), with f′ written in x or the output y, whichever is cheaper. */
import { numberOf, textOf } from '../../../graph/attributes';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import type { Maths } from '../../maths';
import { inputOf, only, outputOf } from '../common';

/** f′ from the formula builder, the input, the output and the node. */
type Slope = (m: Maths, x: Value, y: Value, node: Node) => Value;

const slopes: Readonly<Record<string, Slope>> = {
  // Powers, exponentials, logarithms.
  Sqrt: (m, _x, y) => m.div(0.5, y),
  Exp: (_m, _x, y) => y,
  Log: (m, x) => m.reciprocal(x),
  Reciprocal: (m, _x, y) => m.neg(m.square(y)),
  Abs: (m, x) => m.sign(x),
  Erf: (m, x) => m.mul(2 / Math.sqrt(Math.PI), m.exp(m.neg(m.square(x)))),

  // Circular and hyperbolic functions.
  Sin: (m, x) => m.cos(x),
  Cos: (m, x) => m.neg(m.sin(x)),
  Tan: (m, _x, y) => m.add(1, m.square(y)),
  Asin: (m, x) => m.reciprocal(m.sqrt(m.sub(1, m.square(x)))),
  Acos: (m, x) => m.neg(m.reciprocal(m.sqrt(m.sub(1, m.square(x))))),
  Atan: (m, x) => m.reciprocal(m.add(1, m.square(x))),
  Sinh: (m, x) => m.cosh(x),
  Cosh: (m, x) => m.sinh(x),
  Tanh: (m, _x, y) => m.sub(1, m.square(y)),
  Asinh: (m, x) => m.reciprocal(m.sqrt(m.add(m.square(x), 1))),
  Acosh: (m, x) => m.reciprocal(m.sqrt(m.sub(m.square(x), 1))),
  Atanh: (m, x) => m.reciprocal(m.sub(1, m.square(x))),

  // Activations. At a kink the slope is the one PyTorch takes.
  Relu: (m, _x, y) => m.mask(m.greater(y, 0)),
  LeakyRelu: (m, x, _y, node) => {
    const alpha = numberOf(node, 'alpha', 0.01);
    return m.add(alpha, m.mul(1 - alpha, m.mask(m.greater(x, 0))));
  },
  ThresholdedRelu: (m, x, _y, node) => m.mask(m.greater(x, numberOf(node, 'alpha', 1))),
  Elu: (m, x, y, node) => m.where(m.greater(x, 0), 1, m.add(y, numberOf(node, 'alpha', 1))),
  Selu: (m, x, y, node) => {
    const gamma = numberOf(node, 'gamma', 1.0507010221481323);
    return m.where(m.greater(x, 0), gamma, m.add(y, gamma * numberOf(node, 'alpha', 1.6732631921768188)));
  },
  Celu: (m, x, y, node) => m.where(m.greater(x, 0), 1, m.add(1, m.div(y, numberOf(node, 'alpha', 1)))),
  Sigmoid: (m, _x, y) => m.sub(y, m.square(y)),
  HardSigmoid: (m, _x, y, node) => m.mul(numberOf(node, 'alpha', 0.2), m.mask(m.and(m.greater(y, 0), m.less(y, 1)))),
  // The line between the kinks, with jumps to 0 and 1 at them.
  HardSwish: (m, x) => {
    const middle = m.mul(m.add(m.mul(x, 1 / 3), 0.5), m.mask(m.and(m.greater(x, -3), m.less(x, 3))));
    return m.add(middle, m.mask(m.greaterOrEqual(x, 3)));
  },
  Softplus: (m, x) => m.sigmoid(x),
  Softsign: (m, x) => m.reciprocal(m.square(m.add(1, m.abs(x)))),
  Mish: (m, x) => {
    const t = m.tanh(m.softplus(x));
    return m.add(t, m.mul(m.mul(x, m.sigmoid(x)), m.sub(1, m.square(t))));
  },
  Gelu: (m, x, _y, node) => (textOf(node, 'approximate', 'none') === 'tanh' ? geluTanhSlope(m, x) : geluSlope(m, x)),
  Shrink: (m, x, _y, node) => m.mask(m.greater(m.abs(x), numberOf(node, 'lambd', 0.5))),
};

/** Φ(x) + x φ(x). */
function geluSlope(m: Maths, x: Value): Value {
  const cumulative = m.add(0.5, m.mul(0.5, m.erf(m.mul(x, Math.SQRT1_2))));
  const density = m.mul(1 / Math.sqrt(2 * Math.PI), m.exp(m.mul(-0.5, m.square(x))));
  return m.add(cumulative, m.mul(x, density));
}

/** Of ½x(1 + tanh u), u = √(2/π)(x + 0.044715 x³). */
function geluTanhSlope(m: Maths, x: Value): Value {
  const c = Math.sqrt(2 / Math.PI);
  const squared = m.square(x);
  const t = m.tanh(m.mul(x, m.add(c, m.mul(c * 0.044715, squared))));
  const inner = m.add(c, m.mul(3 * c * 0.044715, squared));
  const bend = m.mul(m.mul(m.mul(0.5, x), m.sub(1, m.square(t))), inner);
  return m.add(m.mul(0.5, m.add(1, t)), bend);
}

const unary: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  const m = maths(b, x);
  const slope = slopes[node.op] as Slope;
  return [m.mul(only(r), slope(m, x, outputOf(node), node))];
};

const negate: RelevanceRule = (_node, r, b) => [b.op('Neg', [only(r)])];

export const unaryRules: readonly RuleEntry[] = [
  { ops: Object.keys(slopes), rule: unary },
  { ops: ['Neg'], rule: negate },
];
