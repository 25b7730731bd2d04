/** Pad, Resize and other operators that change spatial sizes by numbers they are given. */
import { numberOf, numbersOf, textOf } from '../attributes';
import { addDims, multiplyDims } from '../dims';
import { normalizeAxis } from '../shapes';
import type { Dim, ValueType } from '../types';
import type { Operator, OperatorContext } from './types';

function pad(context: OperatorContext): (ValueType | undefined)[] {
  const type = context.type(0);
  if (type === undefined) return [undefined];
  const { dtype, shape } = type;
  const pads = context.known(1)?.data;
  if (shape === undefined) return [{ dtype, shape }];
  const given = (context.node.inputs[3] ?? '') !== '';
  const axes = given
    ? context.numbers(3)?.map((axis) => normalizeAxis(axis, shape.length))
    : shape.map((_, axis) => axis);
  if (pads === undefined || axes === undefined) return [{ dtype, shape: shape.map((_, axis) => context.fresh(axis)) }];
  return [
    {
      dtype,
      shape: shape.map((dim, axis) => {
        const place = axes.indexOf(axis);
        return place < 0 ? dim : addDims(addDims(dim, pads[place] ?? 0), pads[place + axes.length] ?? 0);
      }),
    },
  ];
}

/** Sizes as given, or ⌊size·scale⌋. */
function resize(context: OperatorContext): (ValueType | undefined)[] {
  const type = context.type(0);
  if (type === undefined) return [undefined];
  const { dtype, shape } = type;
  if (shape === undefined) return [{ dtype, shape }];
  const axes =
    numbersOf(context.node, 'axes')?.map((axis) => normalizeAxis(axis, shape.length)) ?? shape.map((_, axis) => axis);
  const sizes = context.known(3)?.data;
  const scales = context.numbers(2);
  const keepsRatio = !['', 'stretch'].includes(textOf(context.node, 'keep_aspect_ratio_policy', ''));
  return [
    {
      dtype,
      shape: shape.map((dim, axis) => {
        const place = axes.indexOf(axis);
        if (place < 0) return dim;
        const size = sizes?.[place];
        if (size !== undefined && !keepsRatio) return size;
        const scale = scales?.[place];
        return (scale === undefined ? undefined : scaled(dim, scale)) ?? context.fresh(axis);
      }),
    },
  ];
}

function scaled(dim: Dim, scale: number): Dim | undefined {
  if (typeof dim === 'number') return Math.floor(Math.fround(dim * scale));
  if (scale === 1) return dim;
  return Number.isInteger(scale) ? multiplyDims(dim, scale) : undefined;
}

export const resizing: readonly Operator[] = [
  { ops: ['Pad'], domain: '', doc: 'Elements added (or cut) at both ends of axes.', infer: pad },
  { ops: ['Resize'], domain: '', doc: 'Interpolation to other sizes.', infer: resize },
  {
    ops: ['GridSample'],
    domain: '',
    doc: 'Interpolation at the positions of a grid.',
    infer: (context) => {
      const [type, grid] = [context.type(0), context.shape(1)];
      if (type === undefined) return [undefined];
      if (type.shape === undefined || grid === undefined) return [{ dtype: type.dtype, shape: undefined }];
      return [{ dtype: type.dtype, shape: [...type.shape.slice(0, 2), ...grid.slice(1, -1)] }];
    },
  },
  {
    ops: ['RoiAlign', 'MaxRoiPool'],
    domain: '',
    doc: 'Pooling of regions of interest to a fixed size.',
    infer: (context) => {
      const type = context.type(0);
      if (type === undefined) return [undefined];
      const [height, width] = numbersOf(context.node, 'pooled_shape') ?? [
        numberOf(context.node, 'output_height', 1),
        numberOf(context.node, 'output_width', 1),
      ];
      const regions = context.shape(1)?.[0] ?? context.fresh(0);
      return [{ dtype: type.dtype, shape: [regions, type.shape?.[1] ?? context.fresh(1), height ?? 1, width ?? 1] }];
    },
  },
];
