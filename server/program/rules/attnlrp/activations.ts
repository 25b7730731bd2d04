/**
 * Activations pass relevance on: R_in = R_out · (f(z) − f(0))/f(z), what is left is absorbed like a bias. With
 * c = R/a that is c_in = c_out · (f(z) − f(0))/z, the slope of the line from 0 to z; f′(0) at z = 0.
 */
import { numbers } from '../../../graph/tensor';
import { numberOf } from '../../../graph/attributes';
import type { Node, Value } from '../../../graph/types';
import { maths } from '../../maths';
import type { Maths, Operand } from '../../maths';
import { again } from '../../shapes';
import type { RelevanceRule, RuleEntry } from '../../types';
import { inputOf, only, outputOf, table } from '../common';
import { replay, throughSlope } from '../functions';
import type { FunctionRule } from '../functions';
import { gradientRules } from '../gradient';
import { unaryRules } from '../gradient/unary';
import { choiceRules } from '../gradient/choice';

const chainRule = table(gradientRules);

/** Smaller than any activation that float32 sums make, and no denormal number. */
const TINY = 1e-30;

/** f/z, and `slope` where z is 0: (f + slope·t)/(z + t) with a tiny t, which costs less than a choice. */
export function secant(m: Maths, f: Value, z: Value, slope: number): Value {
  const numerator = slope === 0 ? f : m.add(f, slope * TINY);
  return m.div(numerator, m.add(z, TINY));
}

/** f′(0) of functions with f(0) = 0; 0 stands for a slope that is infinite or not defined. */
const throughZero: Readonly<Record<string, (node: Node) => number>> = {
  Tanh: () => 1,
  Gelu: () => 0.5,
  Mish: () => 0.6,
  HardSwish: () => 0.5,
  Elu: (node) => numberOf(node, 'alpha', 1),
  Selu: (node) => numberOf(node, 'gamma', 1.0507010221481323) * numberOf(node, 'alpha', 1.6732631921768188),
  Celu: () => 1,
  Softsign: () => 1,
  Shrink: () => 0,
  Erf: () => 2 / Math.sqrt(Math.PI),
  Sin: () => 1,
  Tan: () => 1,
  Asin: () => 1,
  Atan: () => 1,
  Sinh: () => 1,
  Asinh: () => 1,
  Atanh: () => 1,
  Sqrt: () => 0,
};

/** Functions that are not defined at 0: plain pass, c · f(z)/z. */
const noZero = ['Reciprocal', 'Log', 'Acosh'];

/** (f(z) − f(0))/z of functions with f(0) ≠ 0, in forms that do not cancel near 0. */
const offset: Readonly<Record<string, (m: Maths, z: Value, y: Value, node: Node) => Value>> = {
  Sigmoid: (m, z) => secant(m, m.mul(0.5, m.tanh(m.mul(0.5, z))), z, 0.25),
  Exp: (m, z) => {
    const half = m.mul(0.5, z);
    return secant(m, m.mul(m.mul(2, m.exp(half)), m.sinh(half)), z, 1);
  },
  Cos: (m, z) => secant(m, m.mul(-2, m.square(m.sin(m.mul(0.5, z)))), z, 0),
  Cosh: (m, z) => secant(m, m.mul(2, m.square(m.sinh(m.mul(0.5, z)))), z, 0),
  Acos: (m, z, y) => secant(m, m.sub(y, Math.PI / 2), z, -1),
  Softplus: (m, z, y) => {
    const near = m.add(0.5, m.mul(z, m.sub(0.125, m.mul(1 / 192, m.square(z)))));
    return m.where(m.less(m.abs(z), 0.05), near, secant(m, m.sub(y, Math.LN2), z, 0));
  },
  HardSigmoid: (m, z, y, node) => {
    const beta = numberOf(node, 'beta', 0.5);
    const inside = m.and(m.greater(y, 0), m.less(y, 1));
    const atZero = Math.min(1, Math.max(0, beta));
    const outer = secant(m, m.sub(y, atZero), z, 0);
    return beta > 0 && beta < 1 ? m.where(inside, numberOf(node, 'alpha', 0.2), outer) : outer;
  },
};

/** Piecewise straight through 0: their slope is the line from 0. */
const straight = new Set(['Relu', 'LeakyRelu', 'ThresholdedRelu', 'Abs', 'Neg']);

const pass: RelevanceRule = (node, r, b) => {
  const [z, y] = [inputOf(node, 0), outputOf(node)];
  const m = maths(b, z);
  return [m.mul(only(r), secant(m, y, z, throughZero[node.op]?.(node) ?? 0))];
};

const shifted: RelevanceRule = (node, r, b) => {
  const z = inputOf(node, 0);
  const m = maths(b, z);
  const share = offset[node.op];
  if (share === undefined) throw new Error(`no line from 0 for ${node.op}`);
  return [m.mul(only(r), share(m, z, outputOf(node), node))];
};

/** Clip: f(0) is 0 only where 0 is inside the bounds. */
const clip: RelevanceRule = (node, r, b) => {
  const [z, y] = [inputOf(node, 0), outputOf(node)];
  const m = maths(b, z);
  const bound = (index: number, fallback: number): number | undefined => {
    const value = inputOf(node, index);
    const tensor = value === '' ? undefined : b.constantOf(value);
    return value === '' ? fallback : tensor === undefined ? undefined : numbers(tensor)[0];
  };
  const [low, high] = [bound(1, -Infinity), bound(2, Infinity)];
  const known = low !== undefined && high !== undefined;
  const atZero: Operand = known
    ? Math.min(high, Math.max(low, 0))
    : again(b, node, [m.operand(0), ...node.inputs.slice(1)]);
  const above = atZero === 0 ? y : m.sub(y, atZero);
  const slope = known && low <= 0 && high >= 0 ? 1 : 0;
  return [m.mul(only(r), secant(m, above, z, slope)), null, null];
};

/** Below this f(z) − f(0) has few digits: the slope half way is the line's up to z²/24 f‴. */
const CANCELS = 1e-3;

/** The same for a function of several operators. */
export const functionRule: FunctionRule = (f) => ({
  name: 'pass',
  rule(_, r, b, ctx) {
    const { root: z, output: y } = f;
    const m = maths(b, z);
    if (f.atZero === 0) return [m.mul(only(r), secant(m, y, z, f.slopeAtZero))];
    const near = m.less(m.abs(z), CANCELS);
    const line = m.div(m.sub(y, f.atZero), m.where(near, 1, z));
    const slope = throughSlope(f, only(r), b, ctx, chainRule, replay(b, f, m.mul(0.5, z)));
    return [m.where(near, slope, m.mul(only(r), line))];
  },
});

const straightRules: readonly RuleEntry[] = [...unaryRules, ...choiceRules].flatMap((entry) => {
  const ops = entry.ops.filter((op) => straight.has(op) || op === 'PRelu');
  return ops.length === 0 ? [] : [{ ...entry, ops }];
});

export const activationRules: readonly RuleEntry[] = [
  { ops: [...Object.keys(throughZero), ...noZero], rule: pass, name: 'pass' },
  { ops: Object.keys(offset), rule: shifted, name: 'pass' },
  { ops: ['Clip'], rule: clip, name: 'pass' },
  ...straightRules.map((entry) => ({ ...entry, name: 'pass' })),
];
