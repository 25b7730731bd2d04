/** Matrix products. */
import { numberOf, textOf } from '../attributes';
import { broadcast } from '../shapes';
import type { DType, Dim, ValueType } from '../types';
import type { Operator, OperatorContext } from './types';

/** NumPy's matmul: the last two axes are matrices, the rest broadcasts; vectors gain and lose an axis. */
function matmulShape(context: OperatorContext, left: number, right: number): readonly Dim[] | undefined {
  const a = context.shape(left);
  const b = context.shape(right);
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return undefined;
  const batch = broadcast([a.slice(0, -2), b.slice(0, -2)], (axis) => context.fresh(axis));
  const rows = a.length > 1 ? a.slice(-2, -1) : [];
  const columns = b.length > 1 ? b.slice(-1) : [];
  return [...batch, ...rows, ...columns];
}

const matmul = (
  op: string,
  doc: string,
  right: number,
  dtype: (context: OperatorContext) => DType | undefined,
): Operator => ({
  ops: [op],
  domain: '',
  doc,
  infer: (context) => {
    const type = dtype(context);
    return [type === undefined ? undefined : { dtype: type, shape: matmulShape(context, 0, right) }];
  },
});

function gemm(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(0)?.dtype ?? context.type(1)?.dtype;
  if (dtype === undefined) return [undefined];
  const [a, b] = [context.shape(0), context.shape(1)];
  const rows = a?.[numberOf(context.node, 'transA', 0) === 1 ? 1 : 0] ?? context.fresh(0);
  const columns = b?.[numberOf(context.node, 'transB', 0) === 1 ? 0 : 1] ?? context.fresh(1);
  return [{ dtype, shape: [rows, columns] }];
}

/** Sizes by letter; an ellipsis stands for the leading batch axes. */
function einsum(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(0)?.dtype;
  const equation = textOf(context.node, 'equation', '').replace(/\s/g, '');
  if (dtype === undefined || equation === '') return [undefined];
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  const sizes = new Map<string, Dim>();
  const ellipses: (readonly Dim[])[] = [];
  for (const [index, term] of terms.entries()) {
    const shape = context.shape(index);
    if (shape === undefined) return [{ dtype, shape: undefined }];
    const [before = '', after = ''] = term.split('...');
    if (term.includes('...')) ellipses.push(shape.slice(before.length, shape.length - after.length));
    Array.from(before).forEach((letter, axis) => sizes.set(letter, shape[axis] ?? 1));
    Array.from(after).forEach((letter, axis) => sizes.set(letter, shape[shape.length - after.length + axis] ?? 1));
  }
  const batch = broadcast(ellipses, (axis) => context.fresh(axis));
  const output = right ?? implicitOutput(left);
  const [before = '', after = ''] = output.split('...');
  const named = (letters: string): Dim[] => Array.from(letters, (letter) => sizes.get(letter) ?? 1);
  return [{ dtype, shape: [...named(before), ...(output.includes('...') ? batch : []), ...named(after)] }];
}

/** Without an arrow the output has the letters that occur once, in alphabetical order. */
function implicitOutput(left: string): string {
  const letters = left.replace(/[,.]/g, '');
  const once = [...new Set(letters)].filter((letter) => letters.split(letter).length === 2).sort();
  return `${left.includes('...') ? '...' : ''}${once.join('')}`;
}

export const linear: readonly Operator[] = [
  matmul(
    'MatMul',
    'Matrix product over the last two axes.',
    1,
    (context) => context.type(0)?.dtype ?? context.type(1)?.dtype,
  ),
  matmul('MatMulInteger', 'Matrix product of 8-bit integers in int32.', 1, () => 'int32'),
  matmul('QLinearMatMul', 'Matrix product of quantised tensors.', 3, (context) => context.type(7)?.dtype),
  { ops: ['Gemm'], domain: '', doc: 'alpha·A·B + beta·C with optional transposes.', infer: gemm },
  { ops: ['Einsum'], domain: '', doc: 'Sum of products by Einstein notation.', infer: einsum },
];
