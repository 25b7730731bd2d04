/** Operators that move elements. */
import { int, ints, text } from '../../../../server/graph/attributes';
import { bool, f32, i64 } from '../../../../server/graph/tensor';
import { vary } from './types';
import type { Case } from './types';

const x = vary([2, 3, 4]);
const slice = (name: string, ...lists: readonly (readonly number[])[]): Case => ({
  op: 'Slice',
  name,
  inputs: [x, ...lists.map((list) => i64(list))],
});
const pad = (name: string, pads: readonly number[], mode?: string, axes?: readonly number[]): Case => ({
  op: 'Pad',
  name,
  inputs: [x, i64(pads), ...(axes === undefined ? [] : [f32(0.5), i64(axes)])],
  ...(mode === undefined ? {} : { attributes: { mode: text(mode) } }),
});
const resize = (
  name: string,
  dims: readonly number[],
  target: { readonly scales?: readonly number[]; readonly sizes?: readonly number[] },
  attributes: Record<string, string>,
  axes?: readonly number[],
): Case => ({
  op: 'Resize',
  name,
  inputs: [
    vary(dims),
    null,
    target.scales === undefined ? null : f32(target.scales),
    ...(target.sizes === undefined ? [] : [i64(target.sizes)]),
  ],
  attributes: {
    ...Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, text(value)])),
    ...(axes === undefined ? {} : { axes: ints(axes) }),
  },
});

export const movement: readonly Case[] = [
  { op: 'Reshape', name: 'rest', inputs: [x, i64([3, -1])] },
  { op: 'Reshape', name: 'copy', inputs: [x, i64([0, 2, -1])] },
  { op: 'Flatten', name: 'axis 1', inputs: [x] },
  { op: 'Flatten', name: 'axis 2', inputs: [x], attributes: { axis: int(2) } },
  { op: 'Squeeze', name: 'one axis', inputs: [vary([2, 1, 3]), i64([1])] },
  { op: 'Unsqueeze', name: 'two axes', inputs: [vary([2, 3]), i64([0, -1])] },
  { op: 'Transpose', name: 'default', inputs: [x] },
  { op: 'Transpose', name: 'cycle', inputs: [x], attributes: { perm: ints([2, 0, 1]) } },
  { op: 'Expand', name: 'both ways', inputs: [vary([3, 1]), i64([2, 1, 4])] },
  { op: 'Tile', name: 'two axes', inputs: [x, i64([2, 1, 3])] },
  { op: 'Concat', name: 'middle axis', inputs: [x, vary([2, 2, 4], -1, 1, 2)], attributes: { axis: int(1) } },
  {
    op: 'Concat',
    name: 'last axis, three',
    inputs: [x, vary([2, 3, 1], -1, 1, 2), vary([2, 3, 2], -1, 1, 3)],
    attributes: { axis: int(-1) },
  },
  { op: 'Split', name: 'sizes', inputs: [x, i64([1, 3])], outputs: 2, used: [0, 1], attributes: { axis: int(2) } },
  {
    op: 'Split',
    name: 'equal, one part unused',
    inputs: [vary([6, 2])],
    outputs: 3,
    used: [0, 2],
    attributes: { num_outputs: int(3) },
  },
  slice('front', [0, 1], [2, 3], [1, 2]),
  slice('from the end', [-2], [9], [2]),
  slice('all axes', [0, 1, 1], [1, 3, 4]),
  slice('steps', [3, 0], [0, 3], [2, 1], [-2, 2]),
  slice('start behind the beginning', [-9], [2], [2]),
  pad('zeros', [0, 1, 2, 0, 0, 1]),
  pad('axes', [1, 2], 'constant', [-1]),
  pad('cutting', [0, -1, 1, 0, 0, -1]),
  pad('reflect', [0, 1, 2, 0, 1, 2], 'reflect'),
  pad('edge', [1, 0, 2, 0, 1, 1], 'edge'),
  pad('wrap', [0, 1, 2, 0, 1, 1], 'wrap'),
  { op: 'Gather', name: 'scalar', inputs: [x, i64(1)], attributes: { axis: int(1) } },
  { op: 'Gather', name: 'scalar from the end', inputs: [x, i64(-1)], attributes: { axis: int(2) }, fixedSizes: true },
  { op: 'Gather', name: 'repeated', inputs: [x, i64([2, 0, 2, -1], [2, 2])], attributes: { axis: int(1) } },
  { op: 'Gather', name: 'one index', inputs: [x, i64([1])], attributes: { axis: int(0) } },
  {
    op: 'GatherElements',
    name: 'repeated',
    inputs: [vary([2, 3]), i64([0, 0, 2, 1], [2, 2])],
    attributes: { axis: int(1) },
  },
  { op: 'GatherND', name: 'rows, repeated', inputs: [x, i64([0, 1, 1, 2, 0, 1], [3, 2])] },
  { op: 'GatherND', name: 'batch', inputs: [x, i64([1, 2, 0, 0], [2, 1, 2])], attributes: { batch_dims: int(1) } },
  {
    op: 'ScatterElements',
    name: 'overwriting',
    inputs: [vary([2, 3]), i64([1, 0], [2, 1]), vary([2, 1], -1, 1, 2)],
    attributes: { axis: int(1) },
  },
  {
    op: 'ScatterElements',
    name: 'adding',
    inputs: [vary([3, 2]), i64([1, 1, 1, 0], [2, 2]), vary([2, 2], -1, 1, 2)],
    attributes: { reduction: text('add') },
  },
  { op: 'ScatterND', name: 'overwriting', inputs: [vary([3, 2]), i64([2, 0], [2, 1]), vary([2, 2], -1, 1, 2)] },
  {
    op: 'ScatterND',
    name: 'adding',
    inputs: [vary([3, 2]), i64([1, 1, 1, 1], [2, 2]), vary([2], -1, 1, 2)],
    attributes: { reduction: text('add') },
  },
  { op: 'Compress', name: 'axis', inputs: [x, bool([true, false, true])], attributes: { axis: int(1) } },
  { op: 'Compress', name: 'flat', inputs: [vary([2, 2]), bool([false, true, true])] },
  { op: 'DepthToSpace', name: 'DCR', inputs: [vary([1, 8, 2, 3])], attributes: { blocksize: int(2) } },
  {
    op: 'DepthToSpace',
    name: 'CRD',
    inputs: [vary([2, 8, 2, 3])],
    attributes: { blocksize: int(2), mode: text('CRD') },
  },
  { op: 'SpaceToDepth', name: 'plain', inputs: [vary([1, 2, 4, 6])], attributes: { blocksize: int(2) } },
  {
    op: 'ReverseSequence',
    name: 'lengths',
    inputs: [vary([4, 2, 3]), i64([3, 4])],
    attributes: { time_axis: int(0), batch_axis: int(1) },
  },
  { op: 'Trilu', name: 'upper', inputs: [vary([2, 3, 4])] },
  { op: 'Trilu', name: 'lower, shifted', inputs: [vary([3, 4]), i64(-1)], attributes: { upper: int(0) } },

  resize(
    'nearest by scales',
    [1, 2, 3, 2],
    { scales: [1, 1, 2, 3] },
    { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  ),
  resize('nearest by sizes, down', [1, 1, 5, 4], { sizes: [1, 1, 3, 2] }, { mode: 'nearest' }),
  resize(
    'linear half pixel',
    [2, 2, 3, 4],
    { scales: [1, 1, 2, 1.5] },
    { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
  ),
  resize(
    'linear by sizes',
    [1, 2, 3, 4],
    { sizes: [1, 2, 5, 7] },
    { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
  ),
  resize(
    'linear aligned corners',
    [1, 1, 4, 3],
    { sizes: [1, 1, 7, 5] },
    { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
  ),
  resize('linear down', [1, 1, 7, 6], { sizes: [1, 1, 3, 4] }, { mode: 'linear' }),
  resize('cubic', [1, 1, 4, 5], { sizes: [1, 1, 7, 9] }, { mode: 'cubic' }),
  resize('axes', [1, 2, 3, 2], { sizes: [6, 5] }, { mode: 'linear' }, [2, 3]),
];
