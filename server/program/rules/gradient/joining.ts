/** Concat and Split. */
import { int, numberOf } from '../../../graph/attributes';
import type { RelevanceRule, RuleEntry } from '../../types';
import { axisOf, rankOf, size, zerosLike } from '../../shapes';
import { inputOf, only, outputOf } from '../common';

const concat: RelevanceRule = (node, r, b, ctx) => {
  const axis = axisOf(numberOf(node, 'axis', 0), rankOf(b, outputOf(node)));
  const lengths = node.inputs.map((input) => size(b, input, axis));
  const known = lengths.map((length) => b.constantOf(length)?.data[0]);
  const split = known.every((length) => length !== undefined)
    ? b.indices(known.map(Number))
    : b.op('Concat', lengths, { axis: int(0) });
  const parts = b.ops('Split', [only(r), split], node.inputs.length, { axis: int(axis) });
  return node.inputs.map((input, index) => (ctx.needed(input) ? (parts[index] ?? null) : null));
};

const split: RelevanceRule = (node, r, b) => {
  const axis = axisOf(numberOf(node, 'axis', 0), rankOf(b, inputOf(node, 0)));
  const parts = node.outputs.map((output, index) => r[index] ?? zerosLike(b, output));
  return [b.op('Concat', parts, { axis: int(axis) })];
};

export const joiningRules: readonly RuleEntry[] = [
  { ops: ['Concat'], rule: concat },
  { ops: ['Split'], rule: split },
];
