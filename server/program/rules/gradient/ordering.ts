/** CumSum and TopK. */
import { int, numberOf } from '../../../graph/attributes';
import type { RelevanceRule, RuleEntry } from '../../types';
import { scatterAdd, zerosLike } from '../../shapes';
import { inputOf, only, outputOf } from '../common';

/** The sum of everything that an element went into: the same sum from the other end. */
const cumSum: RelevanceRule = (node, r, b) => [
  b.op('CumSum', [only(r), inputOf(node, 1)], {
    exclusive: int(numberOf(node, 'exclusive', 0)),
    reverse: int(1 - numberOf(node, 'reverse', 0)),
  }),
];

const topK: RelevanceRule = (node, r, b) => {
  const x = inputOf(node, 0);
  const axis = numberOf(node, 'axis', -1);
  return [b.op('ScatterElements', [zerosLike(b, x), outputOf(node, 1), only(r)], scatterAdd(axis)), null];
};

export const orderingRules: readonly RuleEntry[] = [
  { ops: ['CumSum'], rule: cumSum },
  { ops: ['TopK'], rule: topK, outputs: 2 },
];
