/** Softmax and LogSoftmax along one axis. */
import { int, numberOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { only, outputOf } from '../common';

const sumOver = (b: GraphBuilder, node: Node, value: Value): Value =>
  b.op('ReduceSum', [value, b.indices([numberOf(node, 'axis', -1)])], { keepdims: int(1) });

/** y ⊙ (r − Σ r y). */
const softmax: RelevanceRule = (node, r, b) => {
  const y = outputOf(node);
  const m = maths(b, y);
  return [m.mul(y, m.sub(only(r), sumOver(b, node, m.mul(only(r), y))))];
};

/** r − softmax · Σ r. */
const logSoftmax: RelevanceRule = (node, r, b) => {
  const y = outputOf(node);
  const m = maths(b, y);
  return [m.sub(only(r), m.mul(m.exp(y), sumOver(b, node, only(r))))];
};

export const softmaxRules: readonly RuleEntry[] = [
  { ops: ['Softmax'], rule: softmax },
  { ops: ['LogSoftmax'], rule: logSoftmax },
];
