/** Values of a small element-wise subgraph at chosen points, in double precision. */
import { numberOf, textOf } from '../../graph/attributes';
import { numbers, sizeOf } from '../../graph/tensor';
import type { Graph, Node, Value } from '../../graph/types';
import type { Producers } from './cone';
import { erf } from './erf';

type Scalar = (inputs: readonly (number | undefined)[], node: Node) => number;

const first =
  (f: (x: number) => number): Scalar =>
  ([x = NaN]) =>
    f(x);
const both =
  (f: (x: number, y: number) => number): Scalar =>
  ([x = NaN, y = NaN]) =>
    f(x, y);

const functions: Readonly<Record<string, Scalar>> = {
  Add: both((x, y) => x + y),
  Sub: both((x, y) => x - y),
  Mul: both((x, y) => x * y),
  Div: both((x, y) => x / y),
  Pow: both(Math.pow),
  Neg: first((x) => -x),
  Sqrt: first(Math.sqrt),
  Reciprocal: first((x) => 1 / x),
  Abs: first(Math.abs),
  Max: (inputs) => Math.max(...inputs.map((x) => x ?? NaN)),
  Min: (inputs) => Math.min(...inputs.map((x) => x ?? NaN)),
  Clip: ([x = NaN, low = -Infinity, high = Infinity]) => Math.min(high, Math.max(low, x)),
  Greater: both((x, y) => Number(x > y)),
  GreaterOrEqual: both((x, y) => Number(x >= y)),
  Less: both((x, y) => Number(x < y)),
  LessOrEqual: both((x, y) => Number(x <= y)),
  Equal: both((x, y) => Number(x === y)),
  And: both((x, y) => Number(x !== 0 && y !== 0)),
  Or: both((x, y) => Number(x !== 0 || y !== 0)),
  Not: first((x) => Number(x === 0)),
  Sign: first(Math.sign),
  Where: ([condition = NaN, x = NaN, y = NaN]) => (condition !== 0 ? x : y),
  Identity: first((x) => x),
  // Floats and truth values; whole numbers would be cut off.
  Cast: ([x = NaN], node) => {
    const to = numberOf(node, 'to', 0);
    return to === 1 || to === 11 ? x : to === 9 ? Number(x !== 0) : NaN;
  },
  Exp: first(Math.exp),
  Log: first(Math.log),
  Erf: first(erf),
  Tanh: first(Math.tanh),
  Sigmoid: first((x) => 1 / (1 + Math.exp(-x))),
  HardSigmoid: ([x = NaN], node) =>
    Math.min(1, Math.max(0, numberOf(node, 'alpha', 0.2) * x + numberOf(node, 'beta', 0.5))),
  Softplus: first((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Sin: first(Math.sin),
  Cos: first(Math.cos),
  Sinh: first(Math.sinh),
  Cosh: first(Math.cosh),
  Atan: first(Math.atan),
  LeakyRelu: ([x = NaN], node) => (x < 0 ? numberOf(node, 'alpha', 0.01) * x : x),
  Elu: ([x = NaN], node) => (x < 0 ? numberOf(node, 'alpha', 1) * Math.expm1(x) : x),
  Softsign: first((x) => x / (1 + Math.abs(x))),
  Relu: first((x) => Math.max(0, x)),
  Gelu: ([x = NaN], node) =>
    textOf(node, 'approximate', 'none') === 'none' ? 0.5 * x * (1 + erf(x / Math.SQRT2)) : NaN,
};

/** An element-wise operator at one point; undefined for one that has no scalar form here. */
export const scalarFunction = (op: string): Scalar | undefined => functions[op];

/** @returns Null where an operator has no scalar form here. */
export function evaluate(
  value: Value,
  root: Value,
  points: readonly number[],
  producers: Producers,
  constants: Graph['constants'],
): readonly number[] | null {
  const known = new Map<Value, readonly number[] | null>([[root, points]]);
  const at = (name: Value): readonly number[] | null => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const tensor = constants.get(name);
    const result = tensor === undefined ? computed(producers.get(name)) : constantRow(tensor, points.length);
    known.set(name, result);
    return result;
  };
  const computed = (node: Node | undefined): readonly number[] | null => {
    const f = functions[node?.op ?? ''];
    if (node === undefined || f === undefined) return null;
    const rows = node.inputs.map((input) => (input === '' ? undefined : at(input)));
    if (rows.includes(null)) return null;
    return points.map((_, index) => f(rows.map((row) => row?.[index]), node)); // prettier-ignore
  };
  return at(value);
}

function constantRow(tensor: Parameters<typeof numbers>[0], length: number): readonly number[] | null {
  if (sizeOf(tensor.dims) !== 1) return null;
  return new Array<number>(length).fill(numbers(tensor)[0] ?? NaN);
}
