/** Element-wise operators of several inputs with multidirectional broadcasting. */
import { addDims, divideExactly, floorDivide, multiplyDims, subtractDims } from '../dims';
import { broadcast } from '../shapes';
import type { DType, Dim, ValueType } from '../types';
import type { Known, Operator, OperatorContext } from './types';

function broadcastAll(context: OperatorContext, dtype: DType | undefined, from = 0): (ValueType | undefined)[] {
  const shapes = context.node.inputs.slice(from).map((_, index) => context.shape(index + from));
  if (dtype === undefined) return [undefined];
  if (shapes.some((shape) => shape === undefined)) return [{ dtype, shape: undefined }];
  return [
    {
      dtype,
      shape: broadcast(
        shapes.filter((shape) => shape !== undefined),
        (axis) => context.fresh(axis),
      ),
    },
  ];
}

/** Index of the element of a broadcast operand that output element `index` reads. */
export function broadcastIndex(index: number, out: readonly number[], dims: readonly number[]): number {
  let result = 0;
  let stride = 1;
  let rest = index;
  for (let axis = out.length - 1; axis >= 0; axis -= 1) {
    const size = out[axis] ?? 1;
    const own = dims[axis - out.length + dims.length];
    const at = rest % size;
    rest = Math.floor(rest / size);
    if (own !== undefined) {
      if (own !== 1) result += at * stride;
      stride *= own;
    }
  }
  return result;
}

type Combine = (values: readonly Dim[], dtype: DType) => Dim | undefined;

/** Folds over broadcast operands; gives up where an element cannot be said. */
export function foldBroadcast(combine: Combine, dtypeOf = (inputs: readonly Known[]) => inputs[0]?.dtype) {
  return (context: OperatorContext): Known[] | undefined => {
    const inputs: Known[] = [];
    for (let index = 0; index < context.node.inputs.length; index += 1) {
      const input = context.known(index);
      if (input === undefined) return undefined;
      inputs.push(input);
    }
    const dims = broadcast(
      inputs.map((input) => input.dims),
      () => 1,
    ) as number[];
    const dtype = dtypeOf(inputs);
    if (dtype === undefined) return undefined;
    const data = new Array<Dim>(dims.reduce((product, dim) => product * dim, 1));
    for (let index = 0; index < data.length; index += 1) {
      const value = combine(
        inputs.map((input) => input.data[broadcastIndex(index, dims, input.dims)] as Dim),
        inputs.at(-1)?.dtype ?? dtype,
      );
      if (value === undefined) return undefined;
      data[index] = value;
    }
    return [{ dtype, dims, data }];
  };
}

/** Symbolic arithmetic needs whole sizes; floats are plain numbers. */
const arithmetic = (
  op: string,
  doc: string,
  symbolic: (a: Dim, b: Dim, dtype: DType) => Dim | undefined,
): Operator => ({
  ops: [op],
  domain: '',
  doc,
  infer: (context) => broadcastAll(context, context.type(0)?.dtype ?? context.type(1)?.dtype),
  fold: foldBroadcast(([a, b], dtype) => (a === undefined || b === undefined ? undefined : symbolic(a, b, dtype))),
});

const isFloat = (dtype: DType): boolean => dtype.startsWith('float');

function divide(a: Dim, b: Dim, dtype: DType): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    if (isFloat(dtype)) return a / b;
    return b === 0 ? undefined : Math.trunc(a / b);
  }
  return isFloat(dtype) ? divideExactly(a, b) : floorDivide(a, b);
}

/** a modulo b with the sign of b, as ONNX' integer Mod. */
function modulo(a: Dim, b: Dim, dtype: DType): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    if (b === 0 || isFloat(dtype)) return undefined;
    return a - b * Math.floor(a / b);
  }
  return isFloat(dtype) ? undefined : subtractDims(a, multiplyDims(floorDivide(a, b), b));
}

const onNumbers =
  (f: (a: number, b: number) => number) =>
  (a: Dim, b: Dim): Dim | undefined =>
    typeof a === 'number' && typeof b === 'number' ? f(a, b) : undefined;

const sameDtype = (context: OperatorContext): (ValueType | undefined)[] =>
  broadcastAll(context, context.type(0)?.dtype);

const extremum = (op: string, doc: string, pick: (...values: number[]) => number): Operator => ({
  ops: [op],
  domain: '',
  doc,
  infer: sameDtype,
  fold: foldBroadcast((values) => {
    if (values.every((value) => value === values[0])) return values[0];
    return values.every((value) => typeof value === 'number') ? pick(...values) : undefined;
  }),
});

/** Equality of sizes: a name differs from every number below 1; otherwise it cannot be said. */
function equalDims(a: Dim, b: Dim): number | undefined {
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return 0;
  const known = typeof a === 'number' ? a : typeof b === 'number' ? b : 0;
  return known < 0 ? 0 : undefined;
}

const comparison = (op: string, doc: string, compare: (a: Dim, b: Dim) => number | undefined): Operator => ({
  ops: [op],
  domain: '',
  doc,
  infer: (context) => broadcastAll(context, 'bool'),
  fold: foldBroadcast(
    ([a, b]) => (a === undefined || b === undefined ? undefined : compare(a, b)),
    () => 'bool',
  ),
});

const onBoth =
  (f: (a: number, b: number) => boolean) =>
  (a: Dim, b: Dim): number | undefined =>
    typeof a === 'number' && typeof b === 'number' ? Number(f(a, b)) : undefined;

export const binary: readonly Operator[] = [
  arithmetic('Add', 'a + b.', addDims),
  arithmetic('Sub', 'a − b.', subtractDims),
  arithmetic('Mul', 'a · b.', multiplyDims),
  arithmetic('Div', 'a / b; integers round towards 0.', divide),
  arithmetic('Mod', 'Remainder, with the sign of the divisor (of the dividend with fmod).', modulo),
  arithmetic('Pow', 'aᵇ.', onNumbers(Math.pow)),
  arithmetic(
    'BitwiseAnd',
    'Bitwise and.',
    onNumbers((a, b) => a & b),
  ),
  arithmetic(
    'BitwiseOr',
    'Bitwise or.',
    onNumbers((a, b) => a | b),
  ),
  arithmetic(
    'BitwiseXor',
    'Bitwise exclusive or.',
    onNumbers((a, b) => a ^ b),
  ),
  { ops: ['BitShift'], domain: '', doc: 'Bits of a shifted by b.', infer: sameDtype },
  { ops: ['PRelu'], domain: '', doc: 'x where x ≥ 0, slope·x elsewhere.', infer: sameDtype },
  { ops: ['Sum'], domain: '', doc: 'Sum of all inputs.', infer: sameDtype },
  { ops: ['Mean'], domain: '', doc: 'Mean of all inputs.', infer: sameDtype },
  extremum('Max', 'Largest of all inputs.', Math.max),
  extremum('Min', 'Smallest of all inputs.', Math.min),
  comparison('Equal', 'a = b.', equalDims),
  comparison(
    'Less',
    'a < b.',
    onBoth((a, b) => a < b),
  ),
  comparison(
    'LessOrEqual',
    'a ≤ b.',
    onBoth((a, b) => a <= b),
  ),
  comparison(
    'Greater',
    'a > b.',
    onBoth((a, b) => a > b),
  ),
  comparison(
    'GreaterOrEqual',
    'a ≥ b.',
    onBoth((a, b) => a >= b),
  ),
  comparison(
    'And',
    'Logical and.',
    onBoth((a, b) => a !== 0 && b !== 0),
  ),
  comparison(
    'Or',
    'Logical or.',
    onBoth((a, b) => a !== 0 || b !== 0),
  ),
  comparison(
    'Xor',
    'Logical exclusive or.',
    onBoth((a, b) => (a !== 0) !== (b !== 0)),
  ),
  {
    ops: ['Where'],
    domain: '',
    doc: 'x where the condition is true, y elsewhere.',
    infer: (context) => broadcastAll(context, context.type(1)?.dtype ?? context.type(2)?.dtype),
    fold: foldBroadcast(
      ([condition, x, y]) => (typeof condition === 'number' ? (condition !== 0 ? x : y) : x === y ? x : undefined),
      (inputs) => inputs[1]?.dtype,
    ),
  },
];
