/** Operators that only reorder or rename axes: exact routing. */
import { int, numberOf, numbersOf, textOf } from '../../../graph/attributes';
import type { RelevanceRule, RuleEntry } from '../../types';
import { rankOf, reshapeLike, sizes, transpose, unbroadcast, scatterBack, again } from '../../shapes';
import { inputOf, only, outputOf } from '../common';

const reshaping: RelevanceRule = (node, r, b) => [reshapeLike(b, only(r), inputOf(node, 0))];

const transposing: RelevanceRule = (node, r, b) => {
  const rank = rankOf(b, inputOf(node, 0));
  const perm = numbersOf(node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const inverse = new Array<number>(rank);
  perm.forEach((from, to) => (inverse[from] = to));
  return [transpose(b, only(r), inverse)];
};

const expand: RelevanceRule = (node, r, b) => [unbroadcast(b, only(r), outputOf(node), inputOf(node, 0))];

const tile: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  return [scatterBack(b, only(r), x, (indices) => again(b, node, [indices, inputOf(node, 1)]))];
};

const depthToSpace: RelevanceRule = (node, r, b) => {
  const block = numberOf(node, 'blocksize', 1);
  if (textOf(node, 'mode', 'DCR') === 'DCR') return [b.op('SpaceToDepth', [only(r)], { blocksize: int(block) })];
  const x = inputOf(node, 0);
  const shape = b.op('Shape', [x]);
  const part = (axis: number): string => b.op('Slice', [shape, b.indices([axis]), b.indices([axis + 1])]);
  const blocks = b.indices([block]);
  const split = b.op('Concat', [part(0), b.indices([-1]), part(2), blocks, part(3), blocks], { axis: int(0) });
  const parts = transpose(b, b.op('Reshape', [only(r), split]), [0, 1, 3, 5, 2, 4]);
  return [b.op('Reshape', [parts, sizes(b, x)])];
};

const spaceToDepth: RelevanceRule = (node, r, b) => [
  b.op('DepthToSpace', [only(r)], { blocksize: int(numberOf(node, 'blocksize', 1)) }),
];

const reverseSequence: RelevanceRule = (node, r, b) => [again(b, node, [only(r), inputOf(node, 1)])];

const trilu: RelevanceRule = (node, r, b) => [again(b, node, [only(r), ...node.inputs.slice(1)])];

export const layoutRules: readonly RuleEntry[] = [
  { ops: ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'], rule: reshaping },
  { ops: ['Transpose'], rule: transposing },
  { ops: ['Expand'], rule: expand },
  { ops: ['Tile'], rule: tile },
  { ops: ['DepthToSpace'], rule: depthToSpace },
  { ops: ['SpaceToDepth'], rule: spaceToDepth },
  { ops: ['ReverseSequence'], rule: reverseSequence },
  { ops: ['Trilu'], rule: trilu },
];
