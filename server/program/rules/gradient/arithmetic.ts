/** Add, Sub, Mul, Div and their n-ary kin, with broadcasting undone. */
import { numberOf } from '../../../graph/attributes';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { unbroadcast } from '../../shapes';
import { inputOf, only, outputOf, perInput } from '../common';

const add: RelevanceRule = (node, r, b, ctx) =>
  perInput(
    node,
    ctx,
    node.inputs.map((input) => () => unbroadcast(b, only(r), outputOf(node), input)),
  );

const mean: RelevanceRule = (node, r, b, ctx) => {
  const share = maths(b, outputOf(node)).mul(only(r), 1 / node.inputs.length);
  return add(node, [share], b, ctx);
};

const subtract: RelevanceRule = (node, r, b, ctx) =>
  perInput(node, ctx, [
    () => unbroadcast(b, only(r), outputOf(node), inputOf(node, 0)),
    () => b.op('Neg', [unbroadcast(b, only(r), outputOf(node), inputOf(node, 1))]),
  ]);

const multiply: RelevanceRule = (node, r, b, ctx) => {
  const m = maths(b, outputOf(node));
  const [a, c] = [inputOf(node, 0), inputOf(node, 1)];
  return perInput(node, ctx, [
    () => unbroadcast(b, m.mul(only(r), c), outputOf(node), a),
    () => unbroadcast(b, m.mul(only(r), a), outputOf(node), c),
  ]);
};

const divide: RelevanceRule = (node, r, b, ctx) => {
  const m = maths(b, outputOf(node));
  const [a, c] = [inputOf(node, 0), inputOf(node, 1)];
  return perInput(node, ctx, [
    () => unbroadcast(b, m.div(only(r), c), outputOf(node), a),
    () => m.neg(unbroadcast(b, m.div(m.mul(only(r), outputOf(node)), c), outputOf(node), c)),
  ]);
};

/** a mod c = a − c·q with a whole q, held constant. */
const modulo: RelevanceRule = (node, r, b, ctx) => {
  const m = maths(b, outputOf(node));
  const [a, c] = [inputOf(node, 0), inputOf(node, 1)];
  return perInput(node, ctx, [
    () => unbroadcast(b, only(r), outputOf(node), a),
    () => unbroadcast(b, m.mul(only(r), m.div(m.sub(outputOf(node), a), c)), outputOf(node), c),
  ]);
};

export const arithmeticRules: readonly RuleEntry[] = [
  { ops: ['Add', 'Sum'], rule: add },
  { ops: ['Mean'], rule: mean },
  { ops: ['Sub'], rule: subtract },
  { ops: ['Mul'], rule: multiply },
  { ops: ['Div'], rule: divide },
  {
    ops: ['Mod'],
    rule: modulo,
    refuses: (node) => (numberOf(node, 'fmod', 0) === 0 ? 'of integers' : null),
  },
];
