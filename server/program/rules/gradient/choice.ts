/** Operators that pick one of their inputs per element: Max, Min, Where, Clip, PRelu. */
import type { Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { unbroadcast } from '../../shapes';
import { inputOf, only, outputOf, perInput } from '../common';

/** The first input that equals the output takes all. */
const extreme: RelevanceRule = (node, r, b, ctx) => {
  const y = outputOf(node);
  const m = maths(b, y);
  let free: Value | undefined;
  const masks = node.inputs.map((input) => {
    const equal = m.equal(input, y);
    const wins = free === undefined ? equal : m.and(equal, free);
    free = free === undefined ? m.not(equal) : m.and(free, m.not(equal));
    return wins;
  });
  return perInput(
    node,
    ctx,
    node.inputs.map((input, index) => () => {
      return unbroadcast(b, m.mul(only(r), m.mask(masks[index] as Value)), y, input);
    }),
  );
};

const where: RelevanceRule = (node, r, b, ctx) => {
  const y = outputOf(node);
  const m = maths(b, y);
  const condition = inputOf(node, 0);
  const share = (chosen: Value, input: number) =>
    unbroadcast(b, m.mul(only(r), m.mask(chosen)), y, inputOf(node, input));
  return perInput(node, ctx, [() => null, () => share(condition, 1), () => share(m.not(condition), 2)]);
};

/** Bounds belong to the inside, as in PyTorch: where the output is the input. */
const clip: RelevanceRule = (node, r, b, ctx) => {
  const [x, low, high] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  const m = maths(b, x);
  const masked = (condition: Value): Value => m.mul(only(r), m.mask(condition));
  return perInput(node, ctx, [
    () => (low === '' && high === '' ? only(r) : masked(m.equal(x, outputOf(node)))),
    () => unbroadcast(b, masked(m.less(x, low)), x, low),
    () => unbroadcast(b, masked(m.greater(x, high)), x, high),
  ]);
};

const prelu: RelevanceRule = (node, r, b, ctx) => {
  const [x, slope] = [inputOf(node, 0), inputOf(node, 1)];
  const m = maths(b, x);
  const negative = m.less(x, 0);
  return perInput(node, ctx, [
    () => m.mul(only(r), m.where(negative, slope, 1)),
    () => unbroadcast(b, m.mul(only(r), m.mul(x, m.mask(negative))), x, slope),
  ]);
};

export const choiceRules: readonly RuleEntry[] = [
  { ops: ['Max', 'Min'], rule: extreme },
  { ops: ['Where'], rule: where },
  { ops: ['Clip'], rule: clip },
  { ops: ['PRelu'], rule: prelu },
];
