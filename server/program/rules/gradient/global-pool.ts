/** Pooling over all positions. */
import { int, numberOf } from '../../../graph/attributes';
import type { RelevanceRule, RuleEntry } from '../../types';
import { cast, floatTypeOf, maths } from '../../maths';
import { expandLike, reshape, reshapeLike, staticShape, zerosLike } from '../../shapes';
import { inputOf, only, outputOf } from '../common';
import { lpSlope } from './average-pool';

const average: RelevanceRule = (node, r, b) => {
  const [x, y] = [inputOf(node, 0), outputOf(node)];
  const m = maths(b, x);
  const known = staticShape(b, x)?.slice(2) ?? spatialOf(b.type(x)?.shape);
  const positions = known?.reduce((product, dim) => product * dim, 1);
  const size = (value: string): string => cast(b, b.op('Size', [value]), floatTypeOf(b, x));
  const share = m.div(only(r), positions ?? m.div(size(x), size(y)));
  return [expandLike(b, share, x)];
};

/** Spatial sizes when only the batch (or channels) are unknown. */
function spatialOf(shape: readonly (number | string)[] | undefined): number[] | undefined {
  const rest = shape?.slice(2);
  return rest?.every((dim) => typeof dim === 'number') === true ? rest : undefined;
}

const maximum: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  const rows = b.op('Flatten', [x], { axis: int(2) });
  const winner = b.op('ArgMax', [rows], { axis: int(1), keepdims: int(1) });
  const placed = b.op('ScatterElements', [zerosLike(b, rows), winner, reshape(b, only(r), [-1, 1])], { axis: int(1) });
  return [reshapeLike(b, placed, x)];
};

const lp: RelevanceRule = (node, r, b) => [
  lpSlope(b, inputOf(node, 0), outputOf(node), numberOf(node, 'p', 2), only(r), (value) =>
    expandLike(b, value, inputOf(node, 0)),
  ),
];

export const globalPoolRules: readonly RuleEntry[] = [
  { ops: ['GlobalAveragePool'], rule: average },
  { ops: ['GlobalMaxPool'], rule: maximum },
  { ops: ['GlobalLpPool'], rule: lp },
];
