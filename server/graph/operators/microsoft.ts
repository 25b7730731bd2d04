/** `com.microsoft`: quantised operators that ONNX Runtime's tools make; they run forward as they are. */
import { numberOf, numbersOf } from '../attributes';
import { addDims } from '../dims';
import { broadcast, normalizeAxis } from '../shapes';
import type { Dim, ValueType } from '../types';
import { sameAsInput, withDtype } from './elementwise';
import { windowSizes } from './spatial';
import type { Operator, OperatorContext } from './types';

const op = (ops: readonly string[], doc: string, infer: Operator['infer']): Operator => ({
  ops,
  domain: 'com.microsoft',
  doc,
  infer,
});

/** [A, scale, zero point, B, scale, zero point, …]. */
function elementwise(context: OperatorContext): (ValueType | undefined)[] {
  const [type, a, b] = [context.type(0), context.shape(0), context.shape(3)];
  if (type === undefined) return [undefined];
  const shape = a === undefined || b === undefined ? undefined : broadcast([a, b], (axis) => context.fresh(axis));
  return [{ dtype: type.dtype, shape }];
}

function pooled(context: OperatorContext): (ValueType | undefined)[] {
  const type = context.type(0);
  if (type?.shape === undefined || numberOf(context.node, 'channels_last', 0) === 1) return [undefined];
  const kernel = numbersOf(context.node, 'kernel_shape');
  const spatial = type.shape.slice(2);
  const sizes: readonly Dim[] =
    kernel === undefined ? spatial.map(() => 1) : windowSizes(context.node, spatial, kernel);
  return [{ dtype: type.dtype, shape: [...type.shape.slice(0, 2), ...sizes] }];
}

/** [Y scale, Y zero point, then each part with its scale and zero point]. */
function concat(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(1)?.dtype;
  const parts = context.node.inputs.flatMap((_, index) => (index % 3 === 2 ? [context.shape(index)] : []));
  const [first] = parts;
  if (dtype === undefined || first === undefined || parts.includes(undefined)) return [undefined];
  const axis = normalizeAxis(numberOf(context.node, 'axis', 0), first.length);
  const total = parts.reduce<Dim>((sum, part) => addDims(sum, part?.[axis] ?? 0), 0);
  return [{ dtype, shape: first.map((dim, index) => (index === axis ? total : dim)) }];
}

/** Rows of A by columns of B; float32 where no output scale is given. */
function gemm(context: OperatorContext): (ValueType | undefined)[] {
  const quantised = (context.node.inputs[7] ?? '') !== '';
  const dtype = quantised ? context.type(0)?.dtype : 'float32';
  const [a, b] = [context.shape(0), context.shape(3)];
  if (dtype === undefined || a === undefined || b === undefined) return [undefined];
  const rows = a[numberOf(context.node, 'transA', 0)] ?? context.fresh(0);
  const columns = b[1 - numberOf(context.node, 'transB', 0)] ?? context.fresh(1);
  return [{ dtype, shape: [rows, columns] }];
}

/** float32 [… , columns of B]. */
function product(context: OperatorContext): (ValueType | undefined)[] {
  const [a, b] = [context.shape(0), context.shape(1)];
  const columns = numberOf(context.node, 'N') ?? b?.at(-1);
  return [
    { dtype: 'float32', shape: a === undefined || columns === undefined ? undefined : [...a.slice(0, -1), columns] },
  ];
}

export const microsoft: readonly Operator[] = [
  op(['QLinearAdd', 'QLinearMul'], 'Sum or product of quantised tensors.', elementwise),
  op(['QLinearSigmoid', 'QLinearLeakyRelu', 'QLinearSoftmax'], 'Activation of a quantised tensor.', (context) =>
    sameAsInput(context),
  ),
  op(['QLinearGlobalAveragePool', 'QLinearAveragePool'], 'Mean of windows of a quantised tensor.', pooled),
  op(['QLinearConcat'], 'Quantised tensors joined along one axis.', concat),
  op(['QGemm'], 'Gemm of quantised matrices.', gemm),
  op(['DynamicQuantizeMatMul', 'MatMulIntegerToFloat', 'MatMulNBits'], 'Product with a quantised matrix.', product),
  op(['QuantizeLinear'], 'Real numbers to integers.', (context) =>
    withDtype(context, context.type(2)?.dtype ?? 'uint8'),
  ),
  op(['DequantizeLinear'], 'Integers to real numbers.', (context) => withDtype(context, 'float32')),
];
