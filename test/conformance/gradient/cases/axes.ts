/** Normalisations, softmax, reductions, sums along axes. */
import { float, int, ints } from '../../../../server/graph/attributes';
import { i64 } from '../../../../server/graph/tensor';
import { at, vary, weights } from './types';
import type { Case } from './types';

const reduce = (op: string, x = vary([2, 3, 4], 0.3, 2)): Case[] => [
  { op, name: 'last axis, kept', inputs: [x, i64([-1])] },
  { op, name: 'two axes, dropped', inputs: [x, i64([0, 2])], attributes: { keepdims: int(0) } },
  { op, name: 'all axes, dropped', inputs: [x], attributes: { keepdims: int(0) } },
  { op, name: 'all axes, kept', inputs: [x] },
  { op, name: 'no axes', inputs: [x], attributes: { noop_with_empty_axes: int(1) } },
];

const signed = vary([2, 3, 4], -2, 2);

export const axes: readonly Case[] = [
  { op: 'Softmax', name: 'last axis', inputs: [vary([2, 3], -2, 2)] },
  { op: 'Softmax', name: 'middle axis', inputs: [signed], attributes: { axis: int(1) } },
  { op: 'LogSoftmax', name: 'last axis', inputs: [vary([2, 3], -2, 2)] },
  { op: 'LogSoftmax', name: 'first axis', inputs: [signed], attributes: { axis: int(0) } },

  ...reduce('ReduceSum', signed),
  ...reduce('ReduceMean', signed),
  ...reduce('ReduceMax', signed),
  ...reduce('ReduceMin', signed),
  {
    op: 'ReduceMax',
    name: 'first and last axis of four',
    inputs: [vary([2, 2, 3, 2]), i64([3, 0])],
    attributes: { keepdims: int(0) },
  },
  ...reduce('ReduceProd'),
  { op: 'ReduceProd', name: 'one zero, two zeros', inputs: [at([3, 3], [1.5, 0, 2, 0, 0, 3, 0.5, 2, -1]), i64([1])] },
  ...reduce('ReduceL1', signed),
  ...reduce('ReduceL2', signed),
  ...reduce('ReduceSumSquare', signed),
  ...reduce('ReduceLogSum'),
  ...reduce('ReduceLogSumExp', signed),

  { op: 'CumSum', name: 'plain', inputs: [signed, i64(1)] },
  {
    op: 'CumSum',
    name: 'exclusive, reverse',
    inputs: [signed, i64(-1)],
    attributes: { exclusive: int(1), reverse: int(1) },
  },
  { op: 'TopK', name: 'largest', inputs: [signed, i64([2])], outputs: 2 },
  {
    op: 'TopK',
    name: 'smallest along the middle',
    inputs: [signed, i64([2])],
    outputs: 2,
    attributes: { axis: int(1), largest: int(0) },
  },

  {
    op: 'BatchNormalization',
    name: '2-D',
    inputs: [
      vary([2, 3, 2, 2]),
      weights([3]),
      weights([3], -1, 1, 8),
      weights([3], -1, 1, 9),
      weights([3], 0.2, 2, 10),
    ],
  },
  {
    op: 'BatchNormalization',
    name: 'columns, epsilon',
    inputs: [vary([2, 3]), weights([3]), weights([3], -1, 1, 8), weights([3], -1, 1, 9), weights([3], 0.2, 2, 10)],
    attributes: { epsilon: float(0.1) },
  },
  { op: 'InstanceNormalization', name: '2-D', inputs: [vary([2, 3, 3, 2]), vary([3], 0.2, 2, 2), vary([3], -1, 1, 3)] },
  { op: 'InstanceNormalization', name: '1-D', inputs: [vary([2, 3, 4]), weights([3]), weights([3])] },
  {
    op: 'GroupNormalization',
    name: 'two groups',
    inputs: [vary([2, 4, 3, 2]), vary([4], 0.2, 2, 2), vary([4], -1, 1, 3)],
    attributes: { num_groups: int(2) },
  },
  { op: 'LayerNormalization', name: 'last axis', inputs: [vary([2, 3, 4]), vary([4], 0.2, 2, 2), vary([4], -1, 1, 3)] },
  {
    op: 'LayerNormalization',
    name: 'two axes, no bias',
    inputs: [vary([2, 3, 4]), weights([3, 4])],
    attributes: { axis: int(1) },
  },
  { op: 'LayerNormalization', name: 'zero in gamma', inputs: [vary([2, 3]), at([3], [0, 1.5, -1]), weights([3])] },
  { op: 'MeanVarianceNormalization', name: 'default axes', inputs: [vary([2, 3, 2, 2])] },
  { op: 'MeanVarianceNormalization', name: 'axes', inputs: [vary([2, 3, 3, 2])], attributes: { axes: ints([2, 3]) } },
  { op: 'LpNormalization', name: 'p 2', inputs: [vary([2, 3, 4])] },
  { op: 'LpNormalization', name: 'p 1, axis 1', inputs: [vary([2, 3, 4])], attributes: { p: int(1), axis: int(1) } },
  {
    op: 'LRN',
    name: 'odd window',
    inputs: [vary([1, 5, 2, 2], -2, 2)],
    attributes: { size: int(3), alpha: float(0.5) },
    fixedSizes: true,
  },
  {
    op: 'LRN',
    name: 'wide window',
    inputs: [vary([1, 4, 2, 2], -2, 2)],
    attributes: { size: int(5), alpha: float(0.9), beta: float(0.6), bias: float(2) },
    fixedSizes: true,
  },
];
