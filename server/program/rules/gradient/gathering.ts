/** Gather and Scatter families: what was read is added to where it came from. */
import { int, numberOf, textOf } from '../../../graph/attributes';
import type { RelevanceRule, RuleEntry } from '../../types';
import type { Node } from '../../../graph/types';
import { again, axisOf, constantInts, rankOf, scatterAdd, scatterBack, shapeOf, zerosLike } from '../../shapes';
import { inputOf, only, outputOf, perInput } from '../common';
import { padTo } from './slicing';

const gather: RelevanceRule = (node, r, b) => {
  const [x, indices] = [inputOf(node, 0), inputOf(node, 1)];
  const axis = axisOf(numberOf(node, 'axis', 0), rankOf(b, x));
  const constant = constantInts(b, indices);
  const dim = shapeOf(b, x)?.[axis];
  const first = constant?.[0];
  // One constant index (a class token, q/k/v of a stack): zeros around it instead of a scatter.
  if (constant?.length === 1 && first !== undefined && (first >= 0 || typeof dim === 'number')) {
    const rank = rankOf(b, indices);
    const y = outputOf(node);
    const keeps = rank === 1;
    if (rank <= 1) {
      const slab = keeps ? only(r) : b.op('Unsqueeze', [only(r), b.indices([axis])]);
      const shaped = keeps ? y : b.op('Unsqueeze', [y, b.indices([axis])]);
      return [padTo(b, slab, shaped, x, [axis], [first < 0 ? first + (dim as number) : first]), null];
    }
  }
  return [scatterBack(b, only(r), x, (numbers) => again(b, node, [numbers, indices])), null];
};

const gatherElements: RelevanceRule = (node, r, b) => {
  const [x, indices] = [inputOf(node, 0), inputOf(node, 1)];
  return [b.op('ScatterElements', [zerosLike(b, x), indices, only(r)], scatterAdd(numberOf(node, 'axis', 0))), null];
};

const gatherND: RelevanceRule = (node, r, b) => {
  const [x, indices] = [inputOf(node, 0), inputOf(node, 1)];
  return [scatterBack(b, only(r), x, (numbers) => again(b, node, [numbers, indices])), null];
};

const compress: RelevanceRule = (node, r, b) => {
  const [x, condition] = [inputOf(node, 0), inputOf(node, 1)];
  return [scatterBack(b, only(r), x, (numbers) => again(b, node, [numbers, condition])), null];
};

/** Without reduction, what was overwritten gets nothing. */
const scatterElements: RelevanceRule = (node, r, b, ctx) => {
  const [indices, updates] = [inputOf(node, 1), inputOf(node, 2)];
  const axis = int(numberOf(node, 'axis', 0));
  const adds = textOf(node, 'reduction', 'none') === 'add';
  return perInput(node, ctx, [
    () => (adds ? only(r) : b.op('ScatterElements', [only(r), indices, zerosLike(b, updates)], { axis })),
    () => null,
    () => b.op('GatherElements', [only(r), indices], { axis }),
  ]);
};

const scatterND: RelevanceRule = (node, r, b, ctx) => {
  const [indices, updates] = [inputOf(node, 1), inputOf(node, 2)];
  const adds = textOf(node, 'reduction', 'none') === 'add';
  return perInput(node, ctx, [
    () => (adds ? only(r) : b.op('ScatterND', [only(r), indices, zerosLike(b, updates)])),
    () => null,
    () => b.op('GatherND', [only(r), indices]),
  ]);
};

const refuseReduction = (node: Node): string | null => {
  const reduction = textOf(node, 'reduction', 'none');
  return reduction === 'none' || reduction === 'add' ? null : `with reduction ${reduction}`;
};

export const gatheringRules: readonly RuleEntry[] = [
  { ops: ['Gather'], rule: gather },
  { ops: ['GatherElements'], rule: gatherElements },
  { ops: ['GatherND'], rule: gatherND },
  { ops: ['Compress'], rule: compress },
  { ops: ['ScatterElements'], rule: scatterElements, refuses: refuseReduction },
  { ops: ['ScatterND'], rule: scatterND, refuses: refuseReduction },
];
