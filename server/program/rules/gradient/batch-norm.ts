/** BatchNormalization at inference: a constant factor per channel. */
import { numberOf } from '../../../graph/attributes';
import type { GraphBuilder } from '../../../graph/builder';
import type { Node, Value } from '../../../graph/types';
import type { RelevanceRule, RuleEntry } from '../../types';
import { maths } from '../../maths';
import { rankOf, reshape } from '../../shapes';
import { inputOf, only } from '../common';

/** γ / √(σ² + ε), [channels, 1, …] to multiply [batch, channels, …]. */
export function channelFactor(b: GraphBuilder, node: Node): Value {
  const x = inputOf(node, 0);
  const m = maths(b, x);
  const deviation = m.sqrt(m.add(inputOf(node, 4), numberOf(node, 'epsilon', 1e-5)));
  const factor = m.div(inputOf(node, 1), deviation);
  const spatial = Math.max(0, rankOf(b, x) - 2);
  return spatial === 0 ? factor : reshape(b, factor, [-1, ...new Array<number>(spatial).fill(1)]);
}

const batchNorm: RelevanceRule = (node, r, b) => [maths(b, inputOf(node, 0)).mul(only(r), channelFactor(b, node))];

function refuses(node: Node, _b: GraphBuilder, needed: (value: Value) => boolean): string | null {
  if (numberOf(node, 'training_mode', 0) === 1) return 'in training mode';
  return node.inputs.slice(1).some(needed) ? 'parameters computed from the sample' : null;
}

export const batchNormRules: readonly RuleEntry[] = [{ ops: ['BatchNormalization'], rule: batchNorm, refuses }];
