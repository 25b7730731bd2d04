/** Tensors made from sizes or from nothing. */
import { numberOf, numbersOf, stringsOf, tensorOf } from '../attributes';
import { addDims, multiplyDims, subtractDims } from '../dims';
import { dtypeFromCode } from '../onnx/dtypes';
import { broadcast, isStatic } from '../shapes';
import type { Dim, ValueType } from '../types';
import { broadcastIndex } from './binary';
import { at, move, stridesOf } from './movement';
import type { Known, Operator, OperatorContext } from './types';

/** A shape given as the elements of an input; unknown sizes where only its length is known. */
function shapeFrom(context: OperatorContext, input: number): readonly Dim[] | undefined {
  const known = context.known(input);
  if (known !== undefined) return Array.from(known.data);
  const rank = context.shape(input)?.[0];
  return typeof rank === 'number' ? Array.from({ length: rank }, (_, axis) => context.fresh(axis)) : undefined;
}

/** A size that is not known may be larger than the input's, unless that is a number above 1. */
function expandedShape(context: OperatorContext): readonly Dim[] | undefined {
  const [shape, target] = [context.shape(0), shapeFrom(context, 1)];
  if (shape === undefined || target === undefined) return undefined;
  const result = broadcast([shape, target], (axis) => context.fresh(axis));
  if (context.known(1) !== undefined) return result;
  return result.map((dim, axis) => (typeof dim === 'number' && dim > 1 ? dim : context.fresh(axis)));
}

function expand(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(0)?.dtype;
  return [dtype === undefined ? undefined : { dtype, shape: expandedShape(context) }];
}

function foldExpand(context: OperatorContext): Known[] | undefined {
  const input = context.known(0);
  const dims = expandedShape(context);
  if (input === undefined || dims === undefined || !isStatic(dims)) return undefined;
  const strides = stridesOf(dims);
  return [move(input, dims, (place) => broadcastIndex(at(place, strides), dims, input.dims))];
}

function tiledShape(context: OperatorContext): readonly Dim[] | undefined {
  const [shape, repeats] = [context.shape(0), context.known(1)?.data];
  return shape?.map((dim, axis) =>
    repeats === undefined ? context.fresh(axis) : multiplyDims(dim, repeats[axis] ?? 1),
  );
}

function foldTile(context: OperatorContext): Known[] | undefined {
  const input = context.known(0);
  const dims = tiledShape(context);
  if (input === undefined || dims === undefined || !isStatic(dims)) return undefined;
  const strides = stridesOf(input.dims);
  return [
    move(input, dims, (place) =>
      at(
        place.map((where, axis) => where % (input.dims[axis] ?? 1)),
        strides,
      ),
    ),
  ];
}

function filled(context: OperatorContext): (ValueType | undefined)[] {
  const value = tensorOf(context.node, 'value');
  return [{ dtype: value?.dtype ?? 'float32', shape: shapeFrom(context, 0) }];
}

function foldFilled(context: OperatorContext): Known[] | undefined {
  const dims = shapeFrom(context, 0);
  const value = tensorOf(context.node, 'value');
  const size = context.known(0) === undefined || dims === undefined || !isStatic(dims) ? undefined : dims;
  if (size === undefined || value?.dtype === 'string' || value?.dtype === 'float16') return undefined;
  const count = size.reduce((product, dim) => product * dim, 1);
  return count > 65_536
    ? undefined
    : [
        {
          dtype: value?.dtype ?? 'float32',
          dims: size,
          data: new Array<number>(count).fill(Number(value?.data[0] ?? 0)),
        },
      ];
}

/** ⌈(limit − start)/delta⌉ elements. */
function range(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = context.type(0)?.dtype ?? context.type(1)?.dtype;
  if (dtype === undefined) return [undefined];
  const [start, limit, delta] = [0, 1, 2].map((input) => context.known(input)?.data[0]);
  if (start === undefined || limit === undefined || typeof delta !== 'number') {
    return [{ dtype, shape: [context.fresh(0)] }];
  }
  const length = subtractDims(limit, start);
  const count = typeof length === 'number' ? Math.max(0, Math.ceil(length / delta)) : delta === 1 ? length : undefined;
  return [{ dtype, shape: [count ?? context.fresh(0)] }];
}

function foldRange(context: OperatorContext): Known[] | undefined {
  const type = range(context)[0];
  const count = type?.shape?.[0];
  const [start, delta] = [context.known(0)?.data[0], context.known(2)?.data[0]];
  if (type === undefined || typeof count !== 'number' || count > 65_536) return undefined;
  if (start === undefined || typeof delta !== 'number') return undefined;
  return [
    {
      dtype: type.dtype,
      dims: [count],
      data: Array.from({ length: count }, (_, index) => addDims(start, index * delta)),
    },
  ];
}

/** Constant's value by whichever attribute holds it. */
function constant(context: OperatorContext): (ValueType | undefined)[] {
  const { node } = context;
  const tensor = tensorOf(node, 'value');
  if (tensor !== undefined) return [{ dtype: tensor.dtype, shape: tensor.dims }];
  const list = numbersOf(node, 'value_ints') ?? numbersOf(node, 'value_floats') ?? stringsOf(node, 'value_strings');
  const shape = list === undefined ? [] : [list.length];
  const kind = Object.keys(node.attributes).find((name) => name.startsWith('value_'));
  if (kind === undefined) return [undefined];
  return [{ dtype: kind.includes('int') ? 'int64' : kind.includes('float') ? 'float32' : 'string', shape }];
}

function fromAttributes(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = dtypeFromCode(numberOf(context.node, 'dtype', 1));
  return [dtype === undefined ? undefined : { dtype, shape: numbersOf(context.node, 'shape') }];
}

function eyeLike(context: OperatorContext): (ValueType | undefined)[] {
  const code = numberOf(context.node, 'dtype');
  const dtype = code === undefined ? context.type(0)?.dtype : dtypeFromCode(code);
  return [dtype === undefined ? undefined : { dtype, shape: context.shape(0) }];
}

/** Window functions of signal processing. */
function signalWindow(context: OperatorContext): (ValueType | undefined)[] {
  const dtype = dtypeFromCode(numberOf(context.node, 'output_datatype', 1));
  return [dtype === undefined ? undefined : { dtype, shape: [context.known(0)?.data[0] ?? context.fresh(0)] }];
}

export const generating: readonly Operator[] = [
  { ops: ['Expand'], domain: '', doc: 'A tensor broadcast to a shape.', infer: expand, fold: foldExpand },
  {
    ops: ['Tile'],
    domain: '',
    doc: 'A tensor repeated along its axes.',
    infer: (context) => {
      const dtype = context.type(0)?.dtype;
      return [dtype === undefined ? undefined : { dtype, shape: tiledShape(context) }];
    },
    fold: foldTile,
  },
  { ops: ['ConstantOfShape'], domain: '', doc: 'One value in a given shape.', infer: filled, fold: foldFilled },
  { ops: ['Range'], domain: '', doc: 'Numbers from start to limit by delta.', infer: range, fold: foldRange },
  { ops: ['Constant'], domain: '', doc: 'A tensor kept in an attribute.', infer: constant },
  {
    ops: ['RandomNormal', 'RandomUniform'],
    domain: '',
    doc: 'Random numbers of a fixed shape.',
    infer: fromAttributes,
  },
  { ops: ['EyeLike'], domain: '', doc: 'Ones on a diagonal, shaped like the input.', infer: eyeLike },
  {
    ops: ['HannWindow', 'HammingWindow', 'BlackmanWindow'],
    domain: '',
    doc: 'A window function of signal processing.',
    infer: signalWindow,
  },
];
