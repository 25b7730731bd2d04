/** Products, convolutions, pooling. */
import { float, int, ints, text } from '../../../../server/graph/attributes';
import { vary, weights } from './types';
import type { Case } from './types';

const gemm = (
  name: string,
  transA: number,
  transB: number,
  rest: Case['attributes'] = {},
  c: Case['inputs'] = [],
): Case => ({
  op: 'Gemm',
  name,
  inputs: [vary(transA === 1 ? [3, 2] : [2, 3]), vary(transB === 1 ? [4, 3] : [3, 4], -1, 1, 2), ...c],
  attributes: { transA: int(transA), transB: int(transB), ...rest },
});

const matmul = (name: string, a: readonly number[], c: readonly number[]): Case => ({
  op: 'MatMul',
  name,
  inputs: [vary(a), vary(c, -1, 1, 2)],
});

const einsum = (equation: string, ...dims: readonly (readonly number[])[]): Case => ({
  op: 'Einsum',
  name: equation,
  inputs: dims.map((own, index) => vary(own, -1, 1, index + 1)),
  attributes: { equation: text(equation) },
});

const conv = (name: string, x: readonly number[], w: readonly number[], attributes: Case['attributes'] = {}): Case => ({
  op: 'Conv',
  name,
  inputs: [vary(x), weights(w)],
  attributes: { kernel_shape: ints(w.slice(2)), ...attributes },
});

const turned = (
  name: string,
  x: readonly number[],
  w: readonly number[],
  attributes: Case['attributes'] = {},
): Case => ({
  ...conv(name, x, w, attributes),
  op: 'ConvTranspose',
});

const pool = (op: string, name: string, x: readonly number[], attributes: NonNullable<Case['attributes']>): Case => ({
  op,
  name,
  inputs: [vary(x, -3, 3)],
  attributes,
});

export const linear: readonly Case[] = [
  gemm('plain', 0, 0),
  gemm('transposed B', 0, 1, {}, [vary([4], -1, 1, 3)]),
  gemm('transposed A', 1, 0),
  gemm('both transposed, alpha, beta, C broadcast', 1, 1, { alpha: float(0.7), beta: float(1.3) }, [
    vary([2, 1], -1, 1, 3),
  ]),
  {
    op: 'Gemm',
    name: 'constant weights',
    inputs: [vary([2, 3]), weights([5, 3]), weights([5])],
    attributes: { transB: int(1) },
  },

  matmul('matrices', [2, 3], [3, 4]),
  matmul('stack and matrix', [2, 3, 4], [4, 2]),
  matmul('matrix and stack', [3, 4], [2, 4, 2]),
  matmul('stacks broadcast', [2, 1, 3, 2], [3, 2, 2]),
  matmul('heads', [2, 2, 3, 4], [2, 2, 4, 3]),
  matmul('vector and matrix', [3], [3, 2]),
  matmul('matrix and vector', [2, 3], [3]),
  matmul('vectors', [3], [3]),
  matmul('stack and vector', [2, 2, 3], [3]),
  matmul('vector and stack', [3], [2, 3, 2]),
  { op: 'MatMul', name: 'constant matrix', inputs: [vary([2, 3, 4]), weights([4, 2])] },
  { op: 'MatMul', name: 'constant on the left', inputs: [weights([2, 3]), vary([2, 3, 4])] },

  einsum('ij,jk->ik', [2, 3], [3, 4]),
  einsum('bhqd,bhkd->bhqk', [2, 2, 3, 2], [2, 2, 4, 2]),
  einsum('bqd,d->bq', [2, 3, 4], [4]),
  einsum('ij->i', [2, 3]),
  einsum('ij->ji', [2, 3]),
  einsum('i,j->ij', [2], [3]),
  einsum('ij,jk', [2, 3], [3, 2]),
  einsum('bi,ijk,bk->bj', [2, 2], [2, 3, 2], [2, 2]),

  conv('1-D', [2, 2, 7], [3, 2, 3]),
  { op: 'Conv', name: 'bias varies', inputs: [vary([1, 2, 5]), weights([3, 2, 2]), vary([3], -1, 1, 3)] },
  conv('1-D stride and dilation', [1, 2, 12], [2, 2, 3], {
    strides: ints([3]),
    dilations: ints([2]),
    pads: ints([2, 1]),
  }),
  conv('2-D same pads', [1, 2, 5, 4], [3, 2, 3, 3], { pads: ints([1, 1, 1, 1]) }),
  conv('2-D uneven pads', [1, 2, 5, 6], [2, 2, 3, 2], { pads: ints([0, 1, 2, 0]) }),
  conv('2-D stride 2, even size', [2, 2, 6, 6], [3, 2, 3, 3], { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }),
  conv('2-D stride 2, odd size', [1, 2, 7, 5], [3, 2, 3, 3], { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }),
  conv('2-D uneven strides', [1, 2, 7, 8], [3, 2, 2, 3], { strides: ints([3, 2]) }),
  conv('1×1 stride 2', [1, 3, 5, 6], [2, 3, 1, 1], { strides: ints([2, 2]) }),
  conv('1×1', [1, 3, 2, 3], [2, 3, 1, 1]),
  conv('dilated', [1, 2, 8, 7], [2, 2, 3, 3], { dilations: ints([2, 3]), pads: ints([2, 3, 2, 3]) }),
  conv('grouped', [1, 4, 5, 5], [6, 2, 3, 3], { group: int(2), pads: ints([1, 1, 1, 1]) }),
  conv('grouped stride 2', [1, 4, 6, 5], [6, 2, 3, 3], {
    group: int(2),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
  }),
  conv('depthwise', [1, 3, 5, 4], [3, 1, 3, 3], { group: int(3), pads: ints([1, 1, 1, 1]) }),
  conv('depthwise stride 2', [1, 3, 6, 6], [3, 1, 3, 3], {
    group: int(3),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
  }),
  conv('depthwise multiplier 2', [1, 2, 4, 4], [4, 1, 3, 3], { group: int(2) }),
  conv('padded more than the kernel reaches', [1, 1, 3, 3], [2, 1, 2, 2], { pads: ints([2, 2, 2, 2]) }),
  conv('3-D', [1, 2, 4, 3, 5], [2, 2, 2, 2, 3], { strides: ints([1, 1, 2]), pads: ints([1, 0, 1, 0, 1, 0]) }),
  conv('auto_pad SAME_UPPER', [1, 2, 5, 6], [2, 2, 2, 3], { auto_pad: text('SAME_UPPER') }),
  conv('auto_pad SAME_LOWER', [1, 2, 5, 6], [2, 2, 2, 3], { auto_pad: text('SAME_LOWER') }),
  {
    ...conv('auto_pad SAME_UPPER stride 2', [1, 2, 5, 6], [2, 2, 3, 3], {
      auto_pad: text('SAME_UPPER'),
      strides: ints([2, 2]),
    }),
    fixedSizes: true,
  },
  conv('auto_pad VALID', [1, 2, 5, 6], [2, 2, 3, 3], { auto_pad: text('VALID') }),

  turned('1-D', [2, 2, 4], [2, 3, 3]),
  turned('2-D stride 2', [1, 2, 3, 4], [2, 3, 2, 2], { strides: ints([2, 2]) }),
  turned('output padding', [1, 2, 3, 4], [2, 2, 3, 3], {
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
    output_padding: ints([1, 1]),
  }),
  turned('grouped, dilated', [1, 4, 3, 3], [4, 2, 2, 2], {
    group: int(2),
    dilations: ints([2, 2]),
    pads: ints([0, 1, 1, 0]),
  }),
  {
    ...turned('output shape', [1, 2, 3, 3], [2, 2, 3, 3], { strides: ints([2, 2]), output_shape: ints([6, 5]) }),
    fixedSizes: true,
  },
  turned('3-D', [1, 1, 2, 3, 2], [1, 2, 2, 2, 2], { strides: ints([1, 2, 1]) }),

  pool('MaxPool', '1-D', [2, 2, 7], { kernel_shape: ints([3]), strides: ints([2]) }),
  pool('MaxPool', 'overlapping, padded', [1, 2, 6, 5], {
    kernel_shape: ints([3, 3]),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
  }),
  pool('MaxPool', '2×2', [2, 2, 4, 6], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }),
  pool('MaxPool', 'ceil mode', [1, 1, 5, 6], { kernel_shape: ints([2, 3]), strides: ints([2, 2]), ceil_mode: int(1) }),
  pool('MaxPool', 'dilated', [1, 1, 7, 7], { kernel_shape: ints([2, 3]), dilations: ints([2, 3]) }),
  pool('MaxPool', 'auto_pad', [1, 1, 5, 5], {
    kernel_shape: ints([2, 2]),
    strides: ints([2, 2]),
    auto_pad: text('SAME_UPPER'),
  }),
  pool('MaxPool', '3-D', [1, 2, 4, 3, 4], { kernel_shape: ints([2, 2, 2]), strides: ints([2, 1, 2]) }),
  pool('AveragePool', '1-D', [2, 2, 7], { kernel_shape: ints([3]), strides: ints([2]) }),
  pool('AveragePool', 'padded, pads not counted', [1, 2, 6, 5], {
    kernel_shape: ints([3, 3]),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
  }),
  pool('AveragePool', 'padded, pads counted', [1, 2, 6, 5], {
    kernel_shape: ints([3, 2]),
    pads: ints([1, 0, 1, 1]),
    count_include_pad: int(1),
  }),
  pool('AveragePool', 'ceil mode', [1, 1, 6, 7], {
    kernel_shape: ints([3, 3]),
    strides: ints([2, 2]),
    ceil_mode: int(1),
  }),
  pool('AveragePool', 'ceil mode, pads counted', [1, 1, 6, 7], {
    kernel_shape: ints([3, 3]),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
    ceil_mode: int(1),
    count_include_pad: int(1),
  }),
  pool('AveragePool', 'dilated', [1, 1, 7, 6], { kernel_shape: ints([2, 2]), dilations: ints([3, 2]) }),
  pool('AveragePool', '3-D', [1, 2, 4, 3, 4], { kernel_shape: ints([2, 2, 2]), strides: ints([2, 1, 2]) }),
  pool('LpPool', 'p 2', [1, 2, 5, 4], { kernel_shape: ints([2, 2]), strides: ints([2, 1]) }),
  pool('LpPool', 'p 3', [1, 1, 4, 4], { kernel_shape: ints([2, 2]), p: int(3) }),
  pool('LpPool', 'p 1', [1, 1, 4, 4], { kernel_shape: ints([2, 2]), p: int(1) }),
  pool('GlobalAveragePool', '2-D', [2, 3, 4, 3], {}),
  pool('GlobalAveragePool', '1-D', [2, 3, 4], {}),
  pool('GlobalMaxPool', '2-D', [2, 3, 4, 3], {}),
  pool('GlobalLpPool', 'p 2', [2, 2, 3, 3], {}),
  pool('GlobalLpPool', 'p 3', [2, 2, 3, 3], { p: int(3) }),
];
