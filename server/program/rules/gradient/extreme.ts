/** The first largest (smallest) element of a reduction takes all. */
import { int } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import { axisOf, constantInts, rankOf, reshape, reshapeLike, transpose, zerosLike } from '../../shapes';
import { inputOf } from '../common';

/** @param r Relevance of the reduced value, with its axes kept. */
export function firstExtreme(b: GraphBuilder, node: Node, r: Value): Value {
  const x = inputOf(node, 0);
  const rank = rankOf(b, x);
  const given = constantInts(b, inputOf(node, 1)) ?? [];
  const axes =
    given.length === 0 ? Array.from({ length: rank }, (_, axis) => axis) : given.map((axis) => axisOf(axis, rank));
  const choose = node.op === 'ReduceMin' ? 'ArgMin' : 'ArgMax';
  const [axis] = axes;
  if (axes.length === 1 && axis !== undefined) {
    const winner = b.op(choose, [x], { axis: int(axis), keepdims: int(1) });
    return b.op('ScatterElements', [zerosLike(b, x), winner, r], { axis: int(axis) });
  }
  // Several axes: moved to the end in scan order and joined to one.
  const perm = [
    ...Array.from({ length: rank }, (_, at) => at).filter((at) => !axes.includes(at)),
    ...axes.toSorted((p, q) => p - q),
  ];
  const moved = transpose(b, x, perm);
  const lead = rank - axes.length;
  const joint = lead === 0 ? reshape(b, moved, [1, -1]) : joinTail(b, moved, lead);
  const winner = b.op(choose, [joint], { axis: int(1), keepdims: int(1) });
  const column = reshape(b, transpose(b, r, perm), [-1, 1]);
  const placed = b.op('ScatterElements', [zerosLike(b, joint), winner, column], { axis: int(1) });
  const back = new Array<number>(rank);
  perm.forEach((from, to) => (back[from] = to));
  return transpose(b, reshapeLike(b, placed, moved), back);
}

/** Joins the first `lead` axes to one and the others to one. */
function joinTail(b: GraphBuilder, value: Value, lead: number): Value {
  return b.op('Flatten', [value], { axis: int(lead) });
}
