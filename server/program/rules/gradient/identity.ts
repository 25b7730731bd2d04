/** Operators that hand the value on: identity, inference dropout, casts, straight-through quantisation. */
import type { RelevanceRule, RuleEntry } from '../../types';
import { cast } from '../../maths';
import type { Node } from '../../../graph/types';
import type { GraphBuilder } from '../../../graph/builder';
import { constantInts } from '../../shapes';
import { inputOf, only, outputOf } from '../common';

const pass: RelevanceRule = (_node, r) => [only(r)];

const casting: RelevanceRule = (node, r, b) => {
  const from = b.type(inputOf(node, 0))?.dtype;
  const to = b.type(outputOf(node))?.dtype;
  return [from === to || (from !== 'float64' && from !== 'float32') ? only(r) : cast(b, only(r), from)];
};

/** A cast to small whole numbers is a step, not a quantisation with a scale. (Other casts to integers carry nothing.) */
export function refuseCast(node: Node, b: GraphBuilder): string | null {
  const to = b.type(outputOf(node))?.dtype;
  return to === undefined || to.startsWith('float') ? null : `to ${to}`;
}

/** Dropout in training mode scales and drops at random. */
function refuseTraining(node: Node, b: GraphBuilder): string | null {
  return constantInts(b, inputOf(node, 2))?.[0] === 1 ? 'in training mode' : null;
}

export const identityRules: readonly RuleEntry[] = [
  { ops: ['Identity'], rule: pass },
  { ops: ['Dropout'], rule: pass, refuses: refuseTraining },
  { ops: ['Cast', 'CastLike'], rule: casting, refuses: refuseCast },
  // Straight-through: rounding counts as the identity, so relevance stays in real units between the two.
  { ops: ['QuantizeLinear', 'DequantizeLinear'], rule: pass },
];
