/** Arithmetic in a Graph: rules read as formulas. */
import { int } from '../graph/attributes';
import type { GraphBuilder } from '../graph/builder';
import { f32 } from '../graph/tensor';
import type { Tensor, Value } from '../graph/types';

/** A value, or a number that becomes a scalar constant of the formula's dtype. */
export type Operand = Value | number;

const dtypeCodes = { float32: 1, int64: 7, float16: 10, float64: 11 } as const;
type FloatType = 'float32' | 'float64' | 'float16';

/** Cast to a float or int64 dtype. */
export function cast(b: GraphBuilder, value: Value, dtype: FloatType | 'int64'): Value {
  return b.op('Cast', [value], { to: int(dtypeCodes[dtype]) });
}

/** A scalar tensor of a float dtype. */
export function scalarTensor(dtype: FloatType, value: number, dims: readonly number[] = []): Tensor {
  if (dtype === 'float64') return { dtype, dims, data: Float64Array.of(value) };
  return f32(value, dims);
}

/** float64 only where the forward value is; relevance is float32 everywhere else. */
export function floatTypeOf(b: GraphBuilder, value: Value): 'float32' | 'float64' {
  return b.type(value)?.dtype === 'float64' ? 'float64' : 'float32';
}

/** Formulas over values of the dtype of `like` (float32 unless that is float64). */
export function maths(b: GraphBuilder, like: Value) {
  const dtype = floatTypeOf(b, like);
  const operand = (value: Operand): Value =>
    typeof value === 'number' ? b.constant(scalarTensor(dtype, value), 'scalar') : value;
  const unary = (op: string) => (a: Operand) => b.op(op, [operand(a)]);
  const binary = (op: string) => (a: Operand, c: Operand) => b.op(op, [operand(a), operand(c)]);
  const mul = binary('Mul');
  return {
    operand,
    add: binary('Add'),
    sub: binary('Sub'),
    mul,
    div: binary('Div'),
    pow: binary('Pow'),
    neg: unary('Neg'),
    exp: unary('Exp'),
    log: unary('Log'),
    sqrt: unary('Sqrt'),
    abs: unary('Abs'),
    sign: unary('Sign'),
    sin: unary('Sin'),
    cos: unary('Cos'),
    sinh: unary('Sinh'),
    cosh: unary('Cosh'),
    tanh: unary('Tanh'),
    erf: unary('Erf'),
    sigmoid: unary('Sigmoid'),
    softplus: unary('Softplus'),
    reciprocal: unary('Reciprocal'),
    square: (a: Value) => mul(a, a),
    greater: binary('Greater'),
    less: binary('Less'),
    greaterOrEqual: binary('GreaterOrEqual'),
    lessOrEqual: binary('LessOrEqual'),
    equal: binary('Equal'),
    and: (a: Value, c: Value) => b.op('And', [a, c]),
    or: (a: Value, c: Value) => b.op('Or', [a, c]),
    not: (a: Value) => b.op('Not', [a]),
    where: (condition: Value, a: Operand, c: Operand) => b.op('Where', [condition, operand(a), operand(c)]),
    /** 1 where the condition holds, 0 elsewhere. A product with it is five times faster than `where` in ONNX Runtime. */
    mask: (condition: Value) => cast(b, condition, dtype),
  };
}

export type Maths = ReturnType<typeof maths>;
