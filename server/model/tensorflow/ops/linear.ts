/** Products of matrices. */
import { float, int, ints, text } from '../../../graph/attributes';
import { codeFromDtype } from '../../../graph/onnx/dtypes';
import type { Value } from '../../../graph/types';
import { transposed } from '../../arrays';
import type { Carried } from '../../channels';
import type { TfCall, TfOperation } from '../types';

/** An operand with its last two axes swapped where the node says so. */
function side(call: TfCall, index: number, swap: boolean): Value {
  const value = call.value(index);
  if (!swap) return value;
  const rank = call.rank(index);
  const perm = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
  const constant = call.tensor(index);
  if (constant?.dtype === 'float32') return call.b.constant(transposed(constant, perm), 'kernel');
  return call.op('Transpose', [value], { perm: ints(perm) });
}

function product(call: TfCall): Value {
  const a = side(call, 0, call.flag('transpose_a') || call.flag('adj_x'));
  return call.op('MatMul', [a, side(call, 1, call.flag('transpose_b') || call.flag('adj_y'))]);
}

/** Operations fused behind a product or convolution, in order; `at` is the first of their own inputs. */
export function fused(call: TfCall, made: Carried, bias: (value: Value, index: number) => Value, at: number): Carried {
  let next = at;
  let value = made.value;
  for (const name of call.node.attributes['fused_ops']?.texts ?? []) {
    switch (name) {
      case 'BiasAdd':
        value = bias(value, next);
        next += 1;
        break;
      case 'Relu':
      case 'Elu':
      case 'Sigmoid':
      case 'Tanh':
        value = call.op(name, [value]);
        break;
      case 'Relu6':
        value = call.op('Clip', [value, call.b.scalar(0), call.b.scalar(6)]);
        break;
      case 'LeakyRelu':
        value = call.op('LeakyRelu', [value], { alpha: float(call.number('leakyrelu_alpha', 0.2)) });
        break;
      case 'Prelu': {
        const slope = call.tensor(next);
        if (slope === undefined) throw call.refuse('Its slope is computed.');
        const dims = made.first
          ? [slope.data.length, ...new Array<number>(call.rank(0) - 2).fill(1)]
          : [slope.data.length];
        value = call.op('PRelu', [value, call.b.constant({ ...slope, dims, data: slope.data }, 'alpha')]);
        next += 1;
        break;
      }
      default:
        throw call.refuse(`It is fused with ${name}, which is not known.`);
    }
  }
  return { ...made, value };
}

export const linear: readonly TfOperation[] = [
  {
    ops: ['MatMul', 'BatchMatMul', 'BatchMatMulV2', 'BatchMatMulV3'],
    doc: 'Product of matrices.',
    build: (call) => call.plain(product(call)),
  },
  {
    ops: ['_FusedMatMul'],
    doc: 'Product, bias and activation in one.',
    build: (call) =>
      fused(call, call.plain(product(call)), (value, index) => call.op('Add', [value, call.value(index)]), 2),
  },
  {
    ops: ['Einsum'],
    doc: 'Sum of products over named axes.',
    build: (call) =>
      call.plain(
        call.op(
          'Einsum',
          call.inputs.map((_, index) => call.value(index)),
          { equation: text(call.text('equation', '')) },
        ),
      ),
  },
  {
    ops: ['OneHot'],
    doc: 'One at the index.',
    build: (call) => {
      const values = call.op(
        'Concat',
        [
          call.op('Unsqueeze', [call.value(3), call.b.indices([0])]),
          call.op('Unsqueeze', [call.value(2), call.b.indices([0])]),
        ],
        { axis: int(0) },
      );
      // ONNX Runtime has it for whole numbers of 64 bits and floats.
      const [indices, depth] = [0, 1].map((index) => call.op('Cast', [call.value(index)], { to: int(7) }));
      const dtype = call.b.type(values)?.dtype ?? 'float32';
      const floats = dtype === 'float32' ? values : call.op('Cast', [values], { to: int(1) });
      const rows = call.op('OneHot', [indices ?? '', depth ?? '', floats], { axis: int(call.number('axis', -1)) });
      return call.plain(dtype === 'float32' ? rows : call.op('Cast', [rows], { to: int(codeFromDtype(dtype)) }));
    },
  },
];
