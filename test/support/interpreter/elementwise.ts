/** Element by element, with broadcasting. */
import { numberOf, textOf } from '../../../server/graph/attributes';
import type { DType, Node } from '../../../server/graph/types';
import { broadcastDims, fill, getBroadcast, need } from './array';
import type { Operation } from './array';

/** Abramowitz and Stegun's series and continued fraction, to double precision. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n += 1) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n -= 1) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / ((a + fraction) * Math.sqrt(Math.PI)));
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0);
const roundEven = (x: number): number => {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
};

type Unary = (x: number, node: Node) => number;
const alpha = (node: Node, fallback: number): number => numberOf(node, 'alpha', fallback);

const unaries: Record<string, Unary> = {
  Identity: (x) => x,
  Dropout: (x) => x,
  Neg: (x) => -x,
  Abs: Math.abs,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Reciprocal: (x) => 1 / x,
  Erf: erf,
  Sin: Math.sin,
  Cos: Math.cos,
  Tan: Math.tan,
  Asin: Math.asin,
  Acos: Math.acos,
  Atan: Math.atan,
  Sinh: Math.sinh,
  Cosh: Math.cosh,
  Tanh: Math.tanh,
  Asinh: Math.asinh,
  Acosh: Math.acosh,
  Atanh: Math.atanh,
  Sign: Math.sign,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Round: roundEven,
  Relu: (x) => Math.max(0, x),
  LeakyRelu: (x, node) => (x < 0 ? alpha(node, 0.01) * x : x),
  ThresholdedRelu: (x, node) => (x > alpha(node, 1) ? x : 0),
  Elu: (x, node) => (x < 0 ? alpha(node, 1) * Math.expm1(x) : x),
  Selu: (x, node) =>
    numberOf(node, 'gamma', 1.0507010221481323) * (x > 0 ? x : alpha(node, 1.6732631921768188) * Math.expm1(x)),
  Celu: (x, node) => Math.max(0, x) + Math.min(0, alpha(node, 1) * Math.expm1(x / alpha(node, 1))),
  Sigmoid: sigmoid,
  HardSigmoid: (x, node) => Math.max(0, Math.min(1, alpha(node, 0.2) * x + numberOf(node, 'beta', 0.5))),
  HardSwish: (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
  Softplus: softplus,
  Softsign: (x) => x / (1 + Math.abs(x)),
  Mish: (x) => x * Math.tanh(softplus(x)),
  Gelu: (x, node) =>
    textOf(node, 'approximate', 'none') === 'tanh'
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : 0.5 * x * (1 + erf(x / Math.SQRT2)),
  Shrink: (x, node) => {
    const [lambda, bias] = [numberOf(node, 'lambd', 0.5), numberOf(node, 'bias', 0)];
    return x < -lambda ? x + bias : x > lambda ? x - bias : 0;
  },
  Not: (x) => (x === 0 ? 1 : 0),
};

const truth: Record<string, (a: number, c: number) => boolean> = {
  Equal: (a, c) => a === c,
  Greater: (a, c) => a > c,
  GreaterOrEqual: (a, c) => a >= c,
  Less: (a, c) => a < c,
  LessOrEqual: (a, c) => a <= c,
  And: (a, c) => a !== 0 && c !== 0,
  Or: (a, c) => a !== 0 || c !== 0,
};

const variadic: Record<string, (values: readonly number[], node: Node) => number> = {
  Add: ([a, c]) => a! + c!,
  Sub: ([a, c]) => a! - c!,
  Mul: ([a, c]) => a! * c!,
  Div: ([a, c]) => a! / c!,
  Pow: ([a, c]) => a! ** c!,
  Mod: ([a, c], node) => (numberOf(node, 'fmod', 0) === 1 ? a! % c! : ((a! % c!) + c!) % c!),
  PRelu: ([x, slope]) => (x! < 0 ? slope! * x! : x!),
  Sum: (values) => values.reduce((a, c) => a + c, 0),
  Mean: (values) => values.reduce((a, c) => a + c, 0) / values.length,
  Max: (values) => Math.max(...values),
  Min: (values) => Math.min(...values),
};

const codes: Record<number, DType> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  11: 'float64',
};

function broadcasting(f: (values: number[], node: Node) => number, dtypeFrom = 0): Operation {
  return (node, inputs) => {
    const present = inputs.filter((input) => input !== undefined);
    const dims = broadcastDims(present.map((input) => input.dims));
    const dtype = need(inputs, dtypeFrom).dtype;
    const whole = dtype.includes('int') && node.op === 'Div';
    const value = (index: readonly number[]): number =>
      f(
        present.map((input) => getBroadcast(input, index)),
        node,
      );
    return [fill(dims, (index) => (whole ? Math.trunc(value(index)) : value(index)), dtype)];
  };
}

export const elementwise: Record<string, Operation> = {
  ...Object.fromEntries(
    Object.entries(unaries).map(([op, f]): [string, Operation] => [
      op,
      (node, inputs) => {
        const x = need(inputs, 0);
        return [{ ...x, data: x.data.map((value) => f(value, node)) }];
      },
    ]),
  ),
  ...Object.fromEntries(Object.entries(variadic).map(([op, f]) => [op, broadcasting(f)])),
  ...Object.fromEntries(
    Object.entries(truth).map(([op, f]): [string, Operation] => [
      op,
      (node, inputs) => {
        const [result] = broadcasting(([a, c]) => (f(a!, c!) ? 1 : 0))(node, inputs);
        return [{ ...result!, dtype: 'bool' }];
      },
    ]),
  ),
  Where: broadcasting(([condition, a, c]) => (condition === 0 ? c! : a!), 1),
  Clip: (_node, inputs) => {
    const x = need(inputs, 0);
    const low = inputs[1]?.data[0] ?? -Infinity;
    const high = inputs[2]?.data[0] ?? Infinity;
    return [{ ...x, data: x.data.map((value) => Math.min(high, Math.max(low, value))) }];
  },
  CastLike: (_node, inputs) => [{ ...need(inputs, 0), dtype: need(inputs, 1).dtype }],
  Cast: (node, inputs) => {
    const x = need(inputs, 0);
    const dtype = codes[numberOf(node, 'to', 1)]!;
    const convert = (value: number): number =>
      dtype === 'bool' ? Number(value !== 0) : dtype.includes('int') ? Math.trunc(value) : value;
    return [{ ...x, dtype, data: x.data.map(convert) }];
  },
};
