/** Transpose, DepthToSpace, SpaceToDepth: elements in another order. */
import { numberOf, numbersOf } from '../attributes';
import { floorDivide, multiplyDims } from '../dims';
import type { Dim, ValueType } from '../types';
import { at, move, stridesOf } from './movement';
import type { Operator, OperatorContext } from './types';

function permutation(context: OperatorContext, rank: number): readonly number[] {
  return numbersOf(context.node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
}

/** [batch, channels, height, width] with the block moved between channels and space. */
function blocks(factor: (dim: Dim, block: number, axis: number) => Dim) {
  return (context: OperatorContext): (ValueType | undefined)[] => {
    const type = context.type(0);
    if (type === undefined) return [undefined];
    const block = numberOf(context.node, 'blocksize', 1);
    return [{ dtype: type.dtype, shape: type.shape?.map((dim, axis) => factor(dim, block, axis)) }];
  };
}

export const layout: readonly Operator[] = [
  {
    ops: ['Transpose'],
    domain: '',
    doc: 'Axes in another order.',
    infer: (context) => {
      const type = context.type(0);
      if (type === undefined) return [undefined];
      const { shape } = type;
      if (shape === undefined) return [{ dtype: type.dtype, shape }];
      return [{ dtype: type.dtype, shape: permutation(context, shape.length).map((axis) => shape[axis] ?? 1) }];
    },
    fold: (context) => {
      const input = context.known(0);
      if (input === undefined) return undefined;
      const order = permutation(context, input.dims.length);
      const strides = stridesOf(input.dims);
      const moved = order.map((axis) => strides[axis] ?? 0);
      return [
        move(
          input,
          order.map((axis) => input.dims[axis] ?? 1),
          (position) => at(position, moved),
        ),
      ];
    },
  },
  {
    ops: ['DepthToSpace'],
    domain: '',
    doc: 'Blocks of channels become blocks of pixels.',
    infer: blocks((dim, block, axis) =>
      axis === 0 ? dim : axis === 1 ? floorDivide(dim, block * block) : multiplyDims(dim, block),
    ),
  },
  {
    ops: ['SpaceToDepth'],
    domain: '',
    doc: 'Blocks of pixels become blocks of channels.',
    infer: blocks((dim, block, axis) =>
      axis === 0 ? dim : axis === 1 ? multiplyDims(dim, block * block) : floorDivide(dim, block),
    ),
  },
];
